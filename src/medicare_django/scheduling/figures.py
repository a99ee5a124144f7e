"""What an admin wants to see at a glance, each with a number of queries that does not grow."""

from datetime import date, datetime, timedelta
from typing import NamedTuple

from attrs import frozen
from django.db.models import Count, Q
from django.utils import timezone

from medicare_core.appointments import AppointmentStatus
from medicare_core.ids import DoctorId
from medicare_core.utilisation import Utilisation
from medicare_django.accounts.doctors import active_doctors
from medicare_django.accounts.roles import patients
from medicare_django.scheduling.models import Appointment
from medicare_django.scheduling.wiring import booking_service

_BOOKED = Q(status=AppointmentStatus.BOOKED.value)
_CANCELLED = Q(status=AppointmentStatus.CANCELLED.value)


@frozen
class Totals:
    """`doctors` and `patients` are the active ones; appointments are booked unless it says not.

    `today` are those of the clinic's date, by the date that the patient was promised; `upcoming`
    are not over yet.
    """

    doctors: int
    patients: int
    upcoming: int
    today: int
    booked: int
    cancelled: int


class DayFigures(NamedTuple):
    """The appointments that were promised for a date."""

    on: date
    booked: int
    cancelled: int


class DoctorFigures(NamedTuple):
    doctor: DoctorId
    name: str
    utilisation: Utilisation


def totals(now: datetime) -> Totals:
    return Totals(
        doctors=active_doctors().count(),
        patients=patients().filter(is_active=True).count(),
        **Appointment.objects.aggregate(
            upcoming=Count("pk", filter=_BOOKED & Q(ends_at__gt=now)),
            today=Count("pk", filter=_BOOKED & Q(date=timezone.localdate(now))),
            booked=Count("pk", filter=_BOOKED),
            cancelled=Count("pk", filter=_CANCELLED),
        ),
    )


def appointments_per_day(first_on: date, days: int) -> list[DayFigures]:
    """Of each of these dates, those without appointments too."""
    after = first_on + timedelta(days=days)
    rows = Appointment.objects.filter(date__gte=first_on, date__lt=after).order_by()
    counted = rows.values_list("date").annotate(
        booked=Count("pk", filter=_BOOKED), cancelled=Count("pk", filter=_CANCELLED)
    )
    found = {on: DayFigures(on, *counts) for on, *counts in counted}
    dates = (first_on + timedelta(days=day) for day in range(days))
    return [found.get(on, DayFigures(on, 0, 0)) for on in dates]


def utilisation(first_on: date, days: int) -> list[DoctorFigures]:
    """Of each active doctor, by name, on these dates of the doctor's own clock."""
    rows = active_doctors().order_by("user__name", "pk")
    names = {DoctorId(pk): name for pk, name in rows.values_list("pk", "user__name")}
    told = booking_service().utilisation(names, first_on, days)
    return [DoctorFigures(pk, name, told[pk]) for pk, name in names.items() if pk in told]
