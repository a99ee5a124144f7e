"""The clinic at a glance."""

from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from medicare_django.scheduling import figures
from medicare_django.web import times
from medicare_django.web.staff.attention import MAIL_DAYS, needs_attention
from medicare_django.web.staff.charts import HEIGHT, day_chart
from medicare_django.web.staff.portal import StaffView

SPANS = (14, 30, 90)
"""Days that can be chosen, half of them past."""
_USUAL_SPAN = 30
_BUSIEST = 8


class Dashboard(StaffView):
    def get(self, request: HttpRequest) -> HttpResponse:
        now, today = timezone.now(), times.today()
        context = {
            "now": now,
            "today": today,
            "totals": figures.totals(now),
            "attention": needs_attention(now, today),
            "mail_days": MAIL_DAYS,
            "spans": SPANS,
            **_figures(_span(request.GET.get("days", "")), today),
        }
        return render(request, "web/staff/dashboard.html", context)


def _span(asked: str) -> int:
    spans = {str(span): span for span in SPANS}
    return spans.get(asked, _USUAL_SPAN)


def _figures(days: int, today: date) -> dict[str, Any]:
    first_on = today - timedelta(days=days // 2)
    per_day = figures.appointments_per_day(first_on, days)
    doctors = figures.utilisation(first_on, days)
    busiest = sorted(doctors, key=lambda each: -each.utilisation.share)
    return {
        "days": days,
        "first_on": first_on,
        "last_on": first_on + timedelta(days=days - 1),
        "per_day": per_day,
        "booked": sum(each.booked for each in per_day),
        "most": max(per_day, key=lambda each: each.booked),
        "chart": day_chart(per_day, today),
        "chart_height": HEIGHT,
        "busiest": busiest[:_BUSIEST],
        "others": busiest[_BUSIEST:],
    }
