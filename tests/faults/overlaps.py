"""A look at the rows themselves, minute by minute, which trusts neither cells nor the core."""

from datetime import datetime, timedelta

from medicare_django.scheduling.models import Appointment

MINUTE = timedelta(minutes=1)


def count_overlaps() -> int:
    """How many live appointments have a minute that an earlier one of doctor or patient has."""
    rows = Appointment.objects.filter(status="booked").order_by("created_at", "id")
    taken: set[tuple[str, int, datetime]] = set()
    overlaps = 0
    for doctor, patient, *span in rows.values_list("doctor", "patient", "starts_at", "ends_at"):
        wanted = {
            (role, person, minute)
            for role, person in (("doctor", doctor), ("patient", patient))
            for minute in _minutes(*span)
        }
        overlaps += not taken.isdisjoint(wanted)
        taken |= wanted
    return overlaps


def _minutes(starts_at: datetime, ends_at: datetime) -> list[datetime]:
    return [starts_at + number * MINUTE for number in range((ends_at - starts_at) // MINUTE)]
