from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from medicare_django.web.doctor.agenda import agenda_of
from medicare_django.web.doctor.portal import DoctorView
from medicare_django.web.doctor.week_grid import DAYS, week_grid

_FIRST, _LAST = date(2000, 1, 3), date(9998, 1, 5)  # Mondays, well inside what the core reckons


class Week(DoctorView):
    """`?week=` is any date of it; `?day=` the one that phones show. What is no date is today."""

    def get(self, request: HttpRequest) -> HttpResponse:
        today, now = self.today, timezone.now()
        monday = monday_of(date_in(request, "day") or date_in(request, "week") or today)
        spans = agenda_of(self.doctor, monday, DAYS).spans(self.stranded(now))
        grid = week_grid(spans, self.zone, monday, now)
        chosen = date_in(request, "day") or (today if monday == monday_of(today) else monday)
        context = {
            "doctor": self.doctor,
            "grid": grid,
            "has_stranded": any(span.is_marked for span in spans),
            **week_links(monday, today),
            "chosen": grid.days[chosen.weekday()],
        }
        return render(request, "web/doctor/week.html", context)


def monday_of(day: date) -> date:
    return min(max(day - timedelta(days=day.weekday()), _FIRST), _LAST)


def week_links(monday: date, today: date) -> dict[str, Any]:
    """What `web/doctor/week_nav.html` needs to know."""
    return {
        "monday": monday,
        "sunday": monday + timedelta(days=DAYS - 1),
        "previous": monday - timedelta(days=DAYS),
        "following": monday + timedelta(days=DAYS),
        "is_this_week": monday == monday_of(today),
    }


def date_in(request: HttpRequest, name: str) -> date | None:
    """The date that the query gives this name, or None where it is none."""
    try:
        return min(max(date.fromisoformat(request.GET.get(name, "")), _FIRST), _LAST)
    except ValueError:
        return None
