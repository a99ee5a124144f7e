"""What a doctor looks at between two visits."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from attrs import frozen
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from medicare_core.appointments import AppointmentStatus
from medicare_core.period import Period
from medicare_django.scheduling.models import Appointment, DoctorAvailability
from medicare_django.scheduling.wiring import booking_service
from medicare_django.web.doctor.agenda import Agenda, absence_label, agenda_of, clip, period_of
from medicare_django.web.doctor.portal import DoctorView

_SHOWN_STRANDED = 5


@frozen
class Entry:
    """A line of the day: a visit or, without one, time off or time that is free."""

    starts_at: datetime
    ends_at: datetime
    visit: Appointment | None = None
    words: str = ""
    is_away: bool = False
    free_times: int = 0
    is_over: bool = False
    is_now: bool = False
    is_stranded: bool = False


class Today(DoctorView):
    def get(self, request: HttpRequest) -> HttpResponse:
        now, today = timezone.now(), self.today
        two_days = agenda_of(self.doctor, today, 2)
        day = two_days.within(period_of(self.doctor, today))
        free = list(booking_service().free_slots(self.doctor_id, today, now=now))
        stranded = booking_service().stranded(self.doctor_id, now=now)
        starts = [slot.period.start for slot in free]
        context = {
            "doctor": self.doctor,
            "today": today,
            "now": now,
            "entries": entries_of(day, starts, {each.id for each in stranded}, now),
            "booked": len(day.visits),
            "free": len(free),
            "tomorrow": self._tomorrow(two_days, today + timedelta(days=1)),
            "stranded": self._rows([each.id for each in stranded[:_SHOWN_STRANDED]]),
            "stranded_count": len(stranded),
            **self._coming(day, now),
        }
        return render(request, "web/doctor/today.html", context)

    def _coming(self, day: Agenda, now: datetime) -> dict[str, Any]:
        """Who is here now and who comes next today; else the next one of all."""
        left = [row for row in day.visits if row.ends_at > now]
        current = next((row for row in left if row.starts_at <= now), None)
        coming = next((row for row in left if row.starts_at > now), None)
        later = None if left else self._first_after(now)
        return {
            "current": current,
            "coming": coming,
            "wait": None if coming is None else wait_words(coming.starts_at - now),
            "later": later,
            "has_hours": bool(day.hours or later or left) or self._has_hours(),
        }

    def _first_after(self, now: datetime) -> Appointment | None:
        booked = self.visits().filter(status=AppointmentStatus.BOOKED.value)
        return booked.filter(starts_at__gt=now).order_by("starts_at").first()

    def _has_hours(self) -> bool:
        return DoctorAvailability.objects.filter(doctor=self.doctor).exists()

    def _rows(self, ids: Sequence[UUID]) -> list[Appointment]:
        return list(self.visits().filter(pk__in=ids).order_by("starts_at")) if ids else []

    def _tomorrow(self, agenda: Agenda, tomorrow: date) -> dict[str, Any]:
        day = agenda.within(period_of(self.doctor, tomorrow))
        # A visit that goes on over midnight is one of today.
        visits = [row for row in day.visits if row.starts_at >= day.period.starts_at]
        return {
            "on": tomorrow,
            "visits": len(visits),
            "first": visits[0] if visits else None,
            "absence": absence_label(day.absences[0]) if day.absences else "",
        }


def entries_of(
    day: Agenda, free_starts: Sequence[int], stranded: set[UUID], now: datetime
) -> list[Entry]:
    """In order; `free_starts` are the UTC minutes at which somebody could still book."""
    visits = [
        Entry(
            row.starts_at,
            row.ends_at,
            row,
            row.patient.name,
            is_over=row.ends_at <= now,
            is_now=row.starts_at <= now < row.ends_at,
            is_stranded=row.pk in stranded,
        )
        for row in day.visits
    ]
    free = [_gap(each, free_starts, now) for each in day.gaps()]
    away = [
        _away(row.starts_at, row.ends_at, absence_label(row), day, now) for row in day.absences
    ]
    return sorted([*visits, *free, *away], key=lambda entry: entry.starts_at)


def wait_words(wait: timedelta) -> str:
    """Such as "in 1 hour 5 minutes"; minutes that have begun count."""
    hours, minutes = divmod(-(-wait // timedelta(minutes=1)), 60)
    parts = [_counted(hours, "hour"), _counted(minutes, "minute")]
    return "in " + " ".join(part for part in parts if part)


def _counted(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}" if number else ""


def _gap(gap: Period, free_starts: Sequence[int], now: datetime) -> Entry:
    is_over = gap.ends_at <= now
    free_times = sum(gap.start <= start < gap.end for start in free_starts)
    words = "No visit" if is_over else "Free"
    return Entry(gap.starts_at, gap.ends_at, None, words, free_times=free_times, is_over=is_over)


def _away(starts_at: datetime, ends_at: datetime, words: str, day: Agenda, now: datetime) -> Entry:
    shown = clip(Period.between(starts_at, ends_at), day.period)
    return Entry(shown.starts_at, shown.ends_at, None, words, is_away=True, is_over=ends_at <= now)
