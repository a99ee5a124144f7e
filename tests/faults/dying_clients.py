"""Processes that book and are killed at one point of it: `python -m tests.faults` is told who."""

import os
import signal
from typing import Never

from django.utils import timezone

from medicare_core.appointments import Appointment
from medicare_core.ids import DoctorId, PatientId
from medicare_core.period import Period
from medicare_core.ports import Event, Notifier
from medicare_django.notifications import bell
from medicare_django.notifications.outbox import OutboxNotifier
from medicare_django.scheduling.wiring import booking_service


def before_commit(doctor: int, patient: int) -> Never:
    """When all has been written, the outbox too."""
    _book(doctor, patient, _DyingNotifier())


def before_ring(doctor: int, patient: int) -> Never:
    """When it is committed, and nobody has been told of the mail."""
    bell.ring = _die_at
    _book(doctor, patient, OutboxNotifier())


class _DyingNotifier:
    def notify(self, event: Event, appointment: Appointment, previous: Period | None) -> None:
        OutboxNotifier().notify(event, appointment, previous)
        _die()


def _book(doctor: int, patient: int, notifier: Notifier) -> Never:
    service, now = booking_service(notifier), timezone.now()
    slot = service.first_free(DoctorId(doctor), now=now)
    assert slot is not None
    service.book(DoctorId(doctor), PatientId(patient), slot.starts_at, now=now)
    raise AssertionError("it lives on")


def _die_at(pk: int) -> None:
    _die()


def _die() -> Never:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("it lives on")
