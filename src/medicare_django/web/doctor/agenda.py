"""All that fills some days of a doctor: hours, time off, closures and visits."""

from collections.abc import Collection
from datetime import date, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from attrs import frozen
from django.db.models import F, Q, QuerySet
from django.urls import reverse

from medicare_core.appointments import AppointmentStatus
from medicare_core.hours import gaps, hours
from medicare_core.ids import DoctorId
from medicare_core.period import Period
from medicare_core.wall_clock import DAY, day_number, to_utc
from medicare_django.accounts.models import Doctor
from medicare_django.scheduling.models import Appointment, TimeOff
from medicare_django.scheduling.wiring import booking_service
from medicare_django.web.doctor.week_grid import Kind, Span

STRANDED = "outside your hours"
_LONGEST_VISIT = timedelta(days=1)


@frozen
class Agenda:
    """What lies in `period` in whole or in part, each in order of its start."""

    period: Period
    hours: tuple[Period, ...]
    absences: tuple[TimeOff, ...]
    visits: tuple[Appointment, ...]

    def within(self, period: Period) -> "Agenda":
        def kept(rows: Collection[Period]) -> tuple[Period, ...]:
            return tuple(each for each in rows if each.overlaps(period))

        return Agenda(
            period,
            kept(self.hours),
            tuple(row for row in self.absences if _period(row).overlaps(period)),
            tuple(row for row in self.visits if _period(row).overlaps(period)),
        )

    def gaps(self) -> tuple[Period, ...]:
        """The time of the period that is worked and in which nobody comes."""
        cut = [clip(each, self.period) for each in self.hours]
        return gaps(cut, [*map(_period, self.absences), *map(_period, self.visits)])

    def spans(self, stranded: Collection[UUID]) -> list[Span]:
        """To be drawn; `stranded` are the ids of the visits that the hours do not cover."""
        return [
            *(Span(Kind.HOURS, each.starts_at, each.ends_at) for each in self.hours),
            *map(_absence, self.absences),
            *(_visit(row, row.pk in stranded) for row in self.visits),
        ]


def agenda_of(doctor: Doctor, first_on: date, days: int = 1) -> Agenda:
    """Of whole days of the doctor's wall clock. Raises the core's `NotFound`."""
    period = period_of(doctor, first_on, days)
    schedule = booking_service().unlocked.schedules.get(DoctorId(doctor.pk))
    found = hours(schedule, first_on - timedelta(days=1), days + 1)  # the night before as well
    return Agenda(
        period,
        tuple(each for each in found if each.overlaps(period)),
        tuple(_absences(doctor, period)),
        tuple(_visits(doctor, period)),
    )


def period_of(doctor: Doctor, first_on: date, days: int = 1) -> Period:
    """From midnight to midnight of the doctor's wall clock."""
    zone, first = ZoneInfo(doctor.timezone), day_number(first_on)
    return Period(to_utc(zone, first * DAY), to_utc(zone, (first + days) * DAY))


def clip(each: Period, period: Period) -> Period:
    """The part of it that lies in the period, which it overlaps."""
    return Period(max(each.start, period.start), min(each.end, period.end))


def absence_label(row: TimeOff) -> str:
    word = "Time off" if row.doctor_id else "Clinic closed"
    return f"{word}: {row.note}" if row.note else word


def _absences(doctor: Doctor, period: Period) -> QuerySet[TimeOff]:
    """One that falls into a gap of the clock is empty, and left out."""
    rows = TimeOff.objects.filter(Q(doctor=doctor) | Q(doctor=None), ends_at__gt=F("starts_at"))
    return rows.filter(starts_at__lt=period.ends_at, ends_at__gt=period.starts_at)


def _visits(doctor: Doctor, period: Period) -> QuerySet[Appointment]:
    rows = Appointment.objects.filter(doctor=doctor, status=AppointmentStatus.BOOKED.value)
    near = rows.filter(starts_at__gt=period.starts_at - _LONGEST_VISIT)
    inside = near.filter(starts_at__lt=period.ends_at, ends_at__gt=period.starts_at)
    return inside.select_related("patient").order_by("starts_at")


def _period(row: TimeOff | Appointment) -> Period:
    return Period.between(row.starts_at, row.ends_at)


def _absence(row: TimeOff) -> Span:
    return Span(Kind.AWAY, row.starts_at, row.ends_at, absence_label(row))


def _visit(row: Appointment, is_stranded: bool) -> Span:
    return Span(
        Kind.APPOINTMENT,
        row.starts_at,
        row.ends_at,
        row.patient.name,
        reverse("doctor:patient", args=[row.patient_id]),
        is_stranded,
        STRANDED if is_stranded else "",
    )
