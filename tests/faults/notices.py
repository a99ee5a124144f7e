"""Appointments and what is owed to their patients: as many mails as there were changes."""

from collections import defaultdict

from medicare_django.notifications.models import Kind, Notification
from medicare_django.scheduling.models import Appointment

CHANGES = (Kind.BOOKED, Kind.RESCHEDULED, Kind.CANCELLED)


def wrong_notices() -> list[str]:
    """Those of which a mail is missing, is one too many, or tells of what did not happen."""
    owed: dict[str, list[tuple[str, int]]] = defaultdict(list)
    rows = Notification.objects.filter(kind__in=CHANGES).order_by("id")
    for kind, params in rows.values_list("kind", "params"):
        owed[params["appointment"]].append((kind, params["revision"]))
    wrong = []
    for appointment in Appointment.objects.all():
        found = owed.pop(str(appointment.id), [])
        if found != _expected(appointment):
            wrong.append(f"{appointment.id}, {appointment.status}: {found}")
    return wrong + [
        f"{appointment}, which is not there: {found}" for appointment, found in owed.items()
    ]


def _expected(appointment: Appointment) -> list[tuple[str, int]]:
    """Booked, then moved once for each revision; the last one is the cancel where there was one."""
    kinds = [Kind.BOOKED, *appointment.revision * [Kind.RESCHEDULED]]
    if appointment.status == "cancelled":
        kinds[-1] = Kind.CANCELLED
    return [(kind.value, revision) for revision, kind in enumerate(kinds)]
