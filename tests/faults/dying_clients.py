"""Processes that book and are killed at one point of it: `python -m tests.faults` is told who."""

import os
import signal
from typing import Never

from django.db import transaction
from django.utils import timezone

from medicare_core.appointments import Appointment
from medicare_core.ids import DoctorId, PatientId
from medicare_core.period import Period
from medicare_core.ports import Event, Notifier
from medicare_django.notifications.outbox import OutboxNotifier
from medicare_django.scheduling.booking_keys import Wish, book_once
from medicare_django.scheduling.wiring import booking_service

KEY = "the key of who is killed"


def before_commit(doctor: int, patient: int) -> Never:
    """When all has been written, the outbox too."""
    _book(doctor, patient, _DyingNotifier())


def before_ring(doctor: int, patient: int) -> Never:
    """When it is committed, and nothing that comes after the commit has begun."""
    _book(doctor, patient, _DoomedNotifier())


class _DyingNotifier:
    def notify(self, event: Event, appointment: Appointment, previous: Period | None) -> None:
        OutboxNotifier().notify(event, appointment, previous)
        _die()


class _DoomedNotifier:
    def notify(self, event: Event, appointment: Appointment, previous: Period | None) -> None:
        transaction.on_commit(_die)  # the first of those that are called
        OutboxNotifier().notify(event, appointment, previous)


def _book(doctor: int, patient: int, notifier: Notifier) -> Never:
    now = timezone.now()
    slot = booking_service().first_free(DoctorId(doctor), now=now)
    assert slot is not None
    wish = Wish(DoctorId(doctor), PatientId(patient), slot.starts_at)
    book_once(wish, KEY, now=now, notifier=notifier)
    raise AssertionError("it lives on")


def _die() -> Never:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("it lives on")
