"""Reminders of an appointment: owed from the moment it is booked, due some time before it starts.

They are rows of the outbox like all others, and follow their appointment in its own transactions.
"""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from medicare_core.appointments import Appointment
from medicare_core.ports import Event
from medicare_django.notifications.models import Kind, Notification, State

LEADS = (timedelta(hours=24), timedelta(hours=2))
"""How long before the start; one is of no use any more when the next one is due."""


def follow(event: Event, appointment: Appointment, params: dict[str, Any]) -> None:
    if event is not Event.BOOKED:
        _drop(appointment)
    if event is not Event.CANCELLED:
        _owe(appointment, params)


def applies(reminder: Notification) -> bool:
    """False where the appointment has been moved or cancelled since the reminder was written."""
    later = Notification.objects.filter(
        topic=appointment_topic(reminder.params["appointment"]),
        kind__in=[Kind.RESCHEDULED, Kind.CANCELLED],
        pk__gt=reminder.pk,
    )
    return not later.exists()


def appointment_topic(appointment: object) -> str:
    return f"appointment:{appointment}"


def _drop(appointment: Appointment) -> None:
    # Its worker, where there is one already, can no longer mark it, and so not bring it back.
    pending = Notification.objects.filter(topic__in=_topics(appointment), state=State.PENDING)
    pending.update(state=State.DROPPED, lease_token=None)


def _owe(appointment: Appointment, params: dict[str, Any]) -> None:
    now, starts_at = timezone.now(), appointment.period.starts_at
    nexts = [*LEADS[1:], timedelta(0)]
    reminders = [
        Notification(
            kind=Kind.REMINDER,
            recipient_id=appointment.patient,
            params=params,
            topic=topic,
            next_attempt_at=starts_at - lead,
            expires_at=starts_at - following,
        )
        for topic, lead, following in zip(_topics(appointment), LEADS, nexts, strict=True)
        if starts_at - lead > now
    ]
    Notification.objects.bulk_create(reminders)


def _topics(appointment: Appointment) -> list[str]:
    """Of each its own: one that the mail server does not take must not hold up the next."""
    return [f"reminder:{appointment.id}:{number}" for number in range(len(LEADS))]
