"""All that fills some days of a doctor: hours, time off, closures and visits."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.urls import reverse

from medicare_core.appointments import AppointmentStatus
from medicare_core.hours import hours
from medicare_core.ids import DoctorId
from medicare_core.period import Period
from medicare_core.wall_clock import DAY, day_number, to_utc
from medicare_django.accounts.models import Doctor
from medicare_django.scheduling.models import Appointment, TimeOff
from medicare_django.scheduling.wiring import booking_service
from medicare_django.web.doctor.week_grid import Kind, Span

STRANDED = "outside your hours"
_LONGEST_VISIT = timedelta(days=1)


def spans_of(doctor: Doctor, first_on: date, days: int, now: datetime) -> list[Span]:
    """With the hours of the night before, which may reach into the first of the days."""
    period = period_of(doctor, first_on, days)
    return [
        *_hours(doctor, first_on - timedelta(days=1), days + 1),
        *map(_absence, absences_in(doctor, period)),
        *_visits(doctor, period, now),
    ]


def period_of(doctor: Doctor, first_on: date, days: int = 1) -> Period:
    """From midnight to midnight of the doctor's wall clock."""
    zone, first = ZoneInfo(doctor.timezone), day_number(first_on)
    return Period(to_utc(zone, first * DAY), to_utc(zone, (first + days) * DAY))


def absences_in(doctor: Doctor, period: Period) -> QuerySet[TimeOff]:
    """The doctor's time off and the closures that overlap it, in order."""
    rows = TimeOff.objects.filter(Q(doctor=doctor) | Q(doctor=None))
    return rows.filter(starts_at__lt=period.ends_at, ends_at__gt=period.starts_at)


def visits_in(doctor: Doctor, period: Period) -> QuerySet[Appointment]:
    """Those booked that overlap it, in order, with their patients."""
    rows = Appointment.objects.filter(doctor=doctor, status=AppointmentStatus.BOOKED.value)
    near = rows.filter(starts_at__gt=period.starts_at - _LONGEST_VISIT)
    inside = near.filter(starts_at__lt=period.ends_at, ends_at__gt=period.starts_at)
    return inside.select_related("patient").order_by("starts_at")


def _hours(doctor: Doctor, first_on: date, days: int) -> list[Span]:
    schedule = booking_service().unlocked.schedules.get(DoctorId(doctor.pk))
    found = hours(schedule, first_on, days)
    return [Span(Kind.HOURS, each.starts_at, each.ends_at) for each in found]


def _absence(row: TimeOff) -> Span:
    word = "Time off" if row.doctor_id else "Clinic closed"
    label = f"{word}: {row.note}" if row.note else word
    return Span(Kind.AWAY, row.starts_at, row.ends_at, label)


def _visits(doctor: Doctor, period: Period, now: datetime) -> list[Span]:
    stranded = {each.id for each in booking_service().stranded(DoctorId(doctor.pk), now=now)}
    return [
        Span(
            Kind.APPOINTMENT,
            row.starts_at,
            row.ends_at,
            row.patient.name,
            reverse("doctor:patient", args=[row.patient_id]),
            row.pk in stranded,
            STRANDED if row.pk in stranded else "",
        )
        for row in visits_in(doctor, period)
    ]
