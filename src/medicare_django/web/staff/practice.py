"""Changes to a doctor that may leave booked patients without one: those are named first."""

from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import cached_property

from medicare_django.accounts.models import Doctor
from medicare_django.scheduling.practice import activate_doctor, change_doctor, deactivate_doctor
from medicare_django.web.portals import next_url
from medicare_django.web.staff.doctor import find_doctor
from medicare_django.web.staff.doctor_forms import TimeZoneForm
from medicare_django.web.staff.portal import StaffView
from medicare_django.web.stranding import Outcome, ScheduleView


class _OfDoctor(StaffView, ScheduleView):
    back = "staff:doctors"
    template_name: str

    @cached_property
    def doctor(self) -> Doctor:
        return find_doctor(self.kwargs["doctor"])

    def ask(self, outcome: Outcome | None = None, **more: Any) -> HttpResponse:
        asked = {} if outcome is None else self.question(outcome)
        context = {"doctor": self.doctor, "next": next_url(self.request, self.back), **asked}
        return render(self.request, self.template_name, {**context, **more})


class DeactivateDoctor(_OfDoctor):
    """Nobody who is an administrator too: one would lock out oneself, or who runs the site."""

    template_name = "web/staff/deactivate.html"
    clash = "would be left without their doctor"

    def get(self, request: HttpRequest, doctor: int) -> HttpResponse:
        if self.doctor.user.is_staff:
            return self._refuse()
        make = partial(deactivate_doctor, self.doctor)
        return self.ask(self.settle(make, dry_run=True), person=self.doctor.user)

    def post(self, request: HttpRequest, doctor: int) -> HttpResponse:
        if self.doctor.user.is_staff:
            return self._refuse()
        outcome = self.settle(partial(deactivate_doctor, self.doctor))
        if not outcome.is_made:
            return self.ask(outcome, person=self.doctor.user)
        return self.done(f"{self.doctor.user.name} is deactivated.", outcome)

    def _refuse(self) -> HttpResponse:
        said = f"{self.doctor.user.name} is an administrator, and is not deactivated as a doctor."
        messages.warning(self.request, said)
        return redirect("staff:doctor", self.doctor.pk)


class ActivateDoctor(_OfDoctor):
    template_name = "web/staff/activate.html"

    def get(self, request: HttpRequest, doctor: int) -> HttpResponse:
        return self.ask(person=self.doctor.user)

    def post(self, request: HttpRequest, doctor: int) -> HttpResponse:
        activate_doctor(self.doctor)
        messages.success(request, f"{self.doctor.user.name} can log in and be booked again.")
        return redirect(next_url(request, self.back))


class ChangeTimeZone(_OfDoctor):
    template_name = "web/staff/time_zone.html"
    clash = "would lie outside the hours"

    def get(self, request: HttpRequest, doctor: int) -> HttpResponse:
        return self.ask(form=TimeZoneForm(initial={"timezone": self.doctor.timezone}))

    def post(self, request: HttpRequest, doctor: int) -> HttpResponse:
        form = TimeZoneForm(request.POST)
        if not form.is_valid():
            return self.ask(form=form)
        outcome = self.settle(self._change_to(form))
        if not outcome.is_made:
            return self.ask(outcome, form=form)
        zone = form.cleaned_data["timezone"]
        return self.done(f"The hours of {self.doctor.user.name} are {zone} now.", outcome)

    def _change_to(self, form: forms.Form) -> "partial[Any]":
        return partial(change_doctor, self.doctor, {}, form.cleaned_data)
