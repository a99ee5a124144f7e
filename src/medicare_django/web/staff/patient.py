"""One patient: who they are and when they come. What they upload is not for administrators."""

from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import cached_property

from medicare_django.accounts.models import UserProfile
from medicare_django.accounts.roles import patients
from medicare_django.scheduling.models import Appointment
from medicare_django.scheduling.patients import (
    activate_patient,
    deactivate_patient,
    upcoming_of,
)
from medicare_django.web.portals import next_url, page_of
from medicare_django.web.staff.portal import StaffView
from medicare_django.web.stranding import Outcome, ScheduleView

_EARLIER = 10


class _OfPatient(StaffView):
    @cached_property
    def patient(self) -> UserProfile:
        return get_object_or_404(patients(), pk=self.kwargs["patient"])


class PatientPage(_OfPatient):
    def get(self, request: HttpRequest, patient: int) -> HttpResponse:
        now = timezone.now()
        rows = Appointment.objects.filter(patient=self.patient)
        upcoming = upcoming_of(self.patient, now)
        earlier = rows.exclude(pk__in=upcoming.order_by().values("pk"))
        told = ("doctor__user", "patient")
        context = {
            "patient": self.patient,
            "now": now,
            "upcoming": upcoming.select_related(*told),
            "page": page_of(
                request, earlier.select_related(*told).order_by("-starts_at", "pk"), _EARLIER
            ),
        }
        return render(request, "web/staff/patient.html", context)


class DeactivatePatient(_OfPatient, ScheduleView):
    back = "staff:patients"
    clash = "are still to come"

    def get(self, request: HttpRequest, patient: int) -> HttpResponse:
        return self._ask(self.settle(partial(deactivate_patient, self.patient), dry_run=True))

    def post(self, request: HttpRequest, patient: int) -> HttpResponse:
        outcome = self.settle(partial(deactivate_patient, self.patient))
        if not outcome.is_made:
            return self._ask(outcome)
        return self.done(f"{self.patient.name} is deactivated.", outcome)

    def _ask(self, outcome: Outcome) -> HttpResponse:
        context = {
            "person": self.patient,
            "next": next_url(self.request, self.back),
            **self.question(outcome),
        }
        return render(self.request, "web/staff/deactivate.html", context)


class ActivatePatient(_OfPatient):
    def get(self, request: HttpRequest, patient: int) -> HttpResponse:
        context = {"person": self.patient, "next": next_url(request, "staff:patients")}
        return render(request, "web/staff/activate.html", context)

    def post(self, request: HttpRequest, patient: int) -> HttpResponse:
        activate_patient(self.patient)
        messages.success(request, f"{self.patient.name} can log in and book again.")
        return redirect(next_url(request, "staff:patients"))
