"""One booking for one key: a client that never saw the answer may ask again.

Why, and what a key is not for: docs/decisions/0014-asking-again.md.
"""

from datetime import datetime
from hashlib import sha256

from attrs import frozen
from django.db import IntegrityError

from medicare_core.appointments import Appointment
from medicare_core.errors import BookingError, WriteConflict
from medicare_core.ids import AppointmentId, DoctorId, PatientId
from medicare_core.period import Period
from medicare_core.ports import Event, Notifier
from medicare_django.notifications.outbox import OutboxNotifier
from medicare_django.scheduling.models import BookingKey
from medicare_django.scheduling.wiring import booking_service


class KeyReused(Exception):
    """The patient has booked something else with this key."""


@frozen
class Wish:
    """What a patient asks for; under one key it has to be the same, word for word."""

    doctor: DoctorId
    patient: PatientId
    start: datetime
    """As `BookingService.book` takes it."""


@frozen
class Kept:
    appointment: AppointmentId
    is_new: bool
    """Whether it was booked just now, rather than by an earlier request."""


def book_once(wish: Wish, key: str, *, now: datetime, notifier: Notifier | None = None) -> Kept:
    """Book, or give what was booked with this key before, whatever became of it since.

    Raises `KeyReused`, and all that `BookingService.book` raises. What is refused leaves no trace,
    so that it may be asked for again under the same key.
    """
    service = booking_service(_Remembering(notifier or OutboxNotifier(), wish, key, now))
    try:
        booked = service.book(wish.doctor, wish.patient, wish.start, now=now)
    except (BookingError, IntegrityError) as error:
        # Of what was booked with the key, the time is gone; if not, the key is.
        earlier = _earlier(wish, key)
        if earlier is not None:
            return earlier
        if isinstance(error, IntegrityError):  # the key was there, and was forgotten just now
            raise WriteConflict("The database is busy. Please try again.") from error
        raise
    return Kept(booked.id, is_new=True)


@frozen
class _Remembering:
    """Writes the key down in the transaction of the booking, beside the mail."""

    notifier: Notifier
    wish: Wish
    key: str
    now: datetime

    def notify(self, event: Event, appointment: Appointment, previous: Period | None) -> None:
        self.notifier.notify(event, appointment, previous)
        BookingKey.objects.create(
            patient_id=self.wish.patient,
            key=_digest(self.key),
            wish=_mark(self.wish),
            appointment_id=appointment.id,
            created_at=self.now,
        )


def _earlier(wish: Wish, key: str) -> Kept | None:
    row = BookingKey.objects.filter(patient=wish.patient, key=_digest(key)).first()
    if row is None:
        return None
    if row.wish != _mark(wish):
        raise KeyReused
    return Kept(AppointmentId(row.appointment_id), is_new=False)


def _mark(wish: Wish) -> str:
    return _digest(f"{wish.doctor} {wish.start.isoformat()}")


def _digest(text: str) -> str:
    """Of one length and in plain letters, whatever was sent; and nobody's words are kept."""
    return sha256(text.encode()).hexdigest()
