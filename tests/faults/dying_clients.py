"""Processes that book and are killed at one point of it: `python -m tests.faults` is told who."""

import os
import signal
from typing import Never

from django.utils import timezone

from medicare_core.appointments import Appointment
from medicare_core.ids import DoctorId, PatientId
from medicare_core.period import Period
from medicare_core.ports import Event
from medicare_django.notifications import bell
from medicare_django.notifications.outbox import OutboxNotifier
from medicare_django.scheduling.booking_keys import Wish, book_once
from medicare_django.scheduling.wiring import booking_service

KEY = "the key of who is killed"
"""Under which those book who get as far as the commit."""


def before_commit(doctor: int, patient: int) -> Never:
    """When all has been written, the outbox too."""
    wish, now = _wish(doctor, patient), timezone.now()
    service = booking_service(_DyingNotifier())
    service.book(wish.doctor, wish.patient, wish.start, now=now)
    raise AssertionError("it lives on")


def before_ring(doctor: int, patient: int) -> Never:
    """When it is committed, and nobody has been told of the mail."""
    bell.ring = _die_at
    book_once(_wish(doctor, patient), KEY, now=timezone.now())
    raise AssertionError("it lives on")


class _DyingNotifier:
    def notify(self, event: Event, appointment: Appointment, previous: Period | None) -> None:
        OutboxNotifier().notify(event, appointment, previous)
        _die()


def _wish(doctor: int, patient: int) -> Wish:
    slot = booking_service().first_free(DoctorId(doctor), now=timezone.now())
    assert slot is not None
    return Wish(DoctorId(doctor), PatientId(patient), slot.starts_at)


def _die_at(pk: int) -> None:
    _die()


def _die() -> Never:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("it lives on")
