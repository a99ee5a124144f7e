"""When a doctor works: the rules, each as a sentence, and the week that they come to."""

from datetime import date
from typing import Any

from attrs import frozen
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from medicare_core.availability import Repeat
from medicare_django.scheduling.models import DoctorAvailability
from medicare_django.web.doctor.hours_form import HoursForm
from medicare_django.web.doctor.hours_preview import preview, week_of
from medicare_django.web.doctor.portal import DoctorView
from medicare_django.web.doctor.week import date_in, monday_of, week_links
from medicare_django.web.portals import page_of
from medicare_django.web.stranding import Delete, Save
from medicare_django.web.words import rule_words, visit_words


class HoursView(DoctorView):
    back = "doctor:availability"
    clash = "would lie outside your hours"

    def rows(self) -> QuerySet[DoctorAvailability]:
        """Of the hours of others nobody is told that they exist."""
        return DoctorAvailability.objects.filter(doctor=self.doctor)


class Availability(HoursView):
    """`?week=` is any date of the week that is drawn."""

    def get(self, request: HttpRequest) -> HttpResponse:
        today, now = self.today, timezone.now()
        monday = monday_of(date_in(request, "week") or today)
        rows = sorted(self.rows(), key=_order)
        over = [_told(row, today) for row in reversed(rows) if _is_over(row, today)]
        context = {
            "doctor": self.doctor,
            "current": [_told(row, today) for row in rows if not _is_over(row, today)],
            "page": page_of(request, over),
            "grid": week_of(self.doctor, [row.rule() for row in rows], monday, now),
            **week_links(monday, today),
        }
        return render(request, "web/doctor/availability.html", context)


class AddHours(HoursView, Save):
    template_name = "web/doctor/hours_form.html"

    def form(self, given: Any = None) -> HoursForm:
        return HoursForm.blank(self.today) if given is None else HoursForm(given)

    def store(self, form: HoursForm) -> object:
        return _save(DoctorAvailability(doctor=self.doctor), form)

    def words(self, form: HoursForm) -> str:
        told = _told(DoctorAvailability(**form.values), self.today)
        return f"{told.words}, {told.visits}"

    def show(self, form: Any, **more: Any) -> HttpResponse:
        own = self.kwargs.get("pk")
        return super().show(form, own=own, **_preview(self, form, own), **more)


class ChangeHours(AddHours):
    """Whoever saves last has the last word; what was deleted meanwhile is not there any more."""

    def form(self, given: Any = None) -> HoursForm:
        row = get_object_or_404(self.rows(), pk=self.kwargs["pk"])
        return HoursForm.of(row) if given is None else HoursForm(given)

    def store(self, form: HoursForm) -> object:
        return _save(get_object_or_404(self.rows(), pk=self.kwargs["pk"]), form)


class DeleteHours(HoursView, Delete):
    noun = "these hours"

    def words(self, row: DoctorAvailability) -> str:
        return rule_words(row.rule(), self.today)


class PreviewHours(HoursView):
    """What the form in the query comes to, as a part of a page; `own` is the row it is to replace."""

    def get(self, request: HttpRequest) -> HttpResponse:
        own = request.GET.get("own", "")
        known = int(own) if own.isascii() and own.isdigit() and len(own) < 19 else None
        form = HoursForm(request.GET)
        form.is_valid()
        context = _preview(self, form, known)
        return render(request, "web/doctor/hours_preview.html", context)


@frozen
class Told:
    """A row as the list tells it."""

    pk: int
    words: str
    visits: str


def _told(row: DoctorAvailability, today: date) -> Told:
    rule = row.rule()
    return Told(row.pk, rule_words(rule, today), visit_words(rule))


def _save(row: DoctorAvailability, form: HoursForm) -> DoctorAvailability:
    for name, value in form.values.items():
        setattr(row, name, value)
    row.save()
    return row


def _preview(view: HoursView, form: HoursForm, own: int | None) -> dict[str, Any]:
    """`wrong` is what keeps the form from being shown, but for what is not filled in yet."""
    others = [row.rule() for row in view.rows() if row.pk != own]
    shown = form.rule and preview(view.doctor, form.rule, others, timezone.now())
    wrong = [
        error.message
        for errors in form.errors.as_data().values()
        for error in errors
        if error.code != "required"
    ]
    return {"doctor": view.doctor, "preview": shown, "wrong": wrong}


def _order(row: DoctorAvailability) -> tuple[Any, ...]:
    """Every day, then by weekdays, then single days."""
    is_single = row.repeat_pattern == Repeat.NONE.value
    return is_single, min(row.repeat_days, default=0), row.start_date, row.start_time, row.pk


def _is_over(row: DoctorAvailability, today: date) -> bool:
    is_single = row.repeat_pattern == Repeat.NONE.value
    last = row.start_date if is_single else row.end_date
    return last is not None and last < today
