"""Time off of a doctor and closures of the clinic: the list, adding one, deleting one.

A portal says whose they are by `doctor`, and in which words by its templates and `noun`.
"""

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from medicare_core import availability
from medicare_core.errors import InvalidValue
from medicare_django.scheduling.models import TimeOff
from medicare_django.web.fields import Date, Text, Time
from medicare_django.web.portals import page_of
from medicare_django.web.stranding import Delete, Save, ScheduleView
from medicare_django.web.words import absence_words


class AbsenceForm(forms.Form):
    """The names are those of the core's fields, so that what it refuses finds its place."""

    start_date = Date("First day", "Enter the first day.")
    end_date = Date("Last day")
    start_time = Time("From", help_text="On the first day.")
    end_time = Time("Until", help_text="On the last day.")
    note = Text("Note", longest=200)

    def clean(self) -> None:
        given = self.cleaned_data
        if self.errors:
            return
        try:
            availability.TimeOff(*(given[name] for name in _TIMES))
        except InvalidValue as wrong:
            self.add_error(wrong.field, wrong.message)


_TIMES = ("start_date", "end_date", "start_time", "end_time")


class Absences(ScheduleView):
    """Those to come first; those that are over by pages, the last one on top."""

    template_name: str

    def get(self, request: HttpRequest) -> HttpResponse:
        now, rows = timezone.now(), self.rows()
        over = rows.filter(ends_at__lte=now).order_by("-starts_at", "-pk")
        context = {
            "absences": rows.filter(ends_at__gt=now),
            "page": page_of(request, over),
            "doctor": self.doctor,
            "now": now,
        }
        return render(request, self.template_name, context)

    def rows(self) -> QuerySet[TimeOff]:
        """The closures stand among everybody's time off."""
        return TimeOff.objects.filter(Q(doctor=self.doctor) | Q(doctor=None))


class AddAbsence(Save):
    def form(self, given: Any = None) -> forms.Form:
        return AbsenceForm(given)

    def store(self, form: AbsenceForm) -> object:
        row = TimeOff(doctor=self.doctor, **form.cleaned_data)
        row.save()
        return row

    def words(self, form: AbsenceForm) -> str:
        return absence_words(TimeOff(**form.cleaned_data))


class DeleteAbsence(Delete):
    def rows(self) -> QuerySet[TimeOff]:
        return TimeOff.objects.filter(doctor=self.doctor)

    def words(self, row: TimeOff) -> str:
        return absence_words(row)
