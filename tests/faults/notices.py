"""Appointments and what is owed to their patients: a mail for each change, and reminders to come."""

from collections import defaultdict

from django.db.models import QuerySet

from medicare_django.notifications.models import Kind, Notification, State
from medicare_django.notifications.reminders import LEADS
from medicare_django.scheduling.models import Appointment

CHANGES = (Kind.BOOKED, Kind.RESCHEDULED, Kind.CANCELLED)


def wrong_notices() -> list[str]:
    """Appointments of which a mail is missing, is one too many, or tells of what did not happen."""
    told = _revisions(Notification.objects.filter(kind__in=CHANGES))
    to_come = _revisions(Notification.objects.filter(kind=Kind.REMINDER, state=State.PENDING))
    wrong = []
    for appointment in Appointment.objects.all():
        found = told.pop(str(appointment.id), []) + to_come.pop(str(appointment.id), [])
        if found != _expected(appointment):
            wrong.append(f"{appointment.id}, {appointment.status}: {found}")
    return [*wrong, *(f"{unknown}, which is not there" for unknown in {**told, **to_come})]


def _revisions(rows: QuerySet[Notification]) -> dict[str, list[tuple[str, int]]]:
    """The kinds and revisions of each appointment's rows, in their order."""
    found: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for kind, params in rows.order_by("id").values_list("kind", "params"):
        found[params["appointment"]].append((kind, params["revision"]))
    return found


def _expected(appointment: Appointment) -> list[tuple[str, int]]:
    """Booked, and moved once for each revision; the last was the cancel, or there are reminders."""
    kinds = [Kind.BOOKED, *appointment.revision * [Kind.RESCHEDULED]]
    if appointment.status == "cancelled":
        kinds[-1] = Kind.CANCELLED
    changes = [(kind.value, revision) for revision, kind in enumerate(kinds)]
    if appointment.status == "cancelled":
        return changes
    return changes + len(LEADS) * [(Kind.REMINDER.value, appointment.revision)]
