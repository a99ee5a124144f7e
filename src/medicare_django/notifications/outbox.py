"""Owing a mail: the row is written in the caller's transaction, so both happen or neither."""

from datetime import datetime
from typing import Any

from django.db import transaction

from medicare_core.appointments import Appointment
from medicare_core.period import Period
from medicare_core.ports import Event
from medicare_django.notifications import bell, reminders
from medicare_django.notifications.models import Kind, Notification


def enqueue(
    kind: Kind,
    recipient_id: int,
    *,
    params: dict[str, Any] | None = None,
    topic: str = "",
    expires_at: datetime | None = None,
) -> Notification:
    """Never put a name, an address, a code or a token into `params`."""
    row = Notification.objects.create(
        kind=kind,
        recipient_id=recipient_id,
        params=params or {},
        topic=topic,
        expires_at=expires_at,
    )
    # Robust: the row is safe, so a broken bell must not turn a booked appointment into an error.
    # That takes a function: Django says which one failed, and stumbles over a `partial`.
    transaction.on_commit(lambda: bell.ring(row.pk), robust=True)
    return row


class OutboxNotifier:
    """The core's `Notifier`: tells the patient, and will remind them."""

    def notify(self, event: Event, appointment: Appointment, previous: Period | None) -> None:
        params = _params(appointment)
        enqueue(
            Kind(event.value),
            appointment.patient,
            params=params | _previous_params(previous),
            topic=reminders.appointment_topic(appointment.id),
        )
        # After it, since a later word about an appointment makes its reminders void.
        reminders.follow(event, appointment, params)


def _params(appointment: Appointment) -> dict[str, Any]:
    return {
        "appointment": str(appointment.id),
        "revision": appointment.revision,
        "doctor": appointment.doctor,
        "starts_at": appointment.period.starts_at.isoformat(),
        "ends_at": appointment.period.ends_at.isoformat(),
        "zone": appointment.zone.key,
    }


def _previous_params(previous: Period | None) -> dict[str, Any]:
    if previous is None:
        return {}
    return {
        "previous_starts_at": previous.starts_at.isoformat(),
        "previous_ends_at": previous.ends_at.isoformat(),
    }
