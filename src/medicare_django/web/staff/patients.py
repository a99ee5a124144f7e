"""The patients of the clinic, those who are deactivated too."""

from typing import Any, ClassVar

from django import forms
from django.db.models import Max, Min, Q, QuerySet
from django.utils import timezone

from medicare_core.appointments import AppointmentStatus
from medicare_django.accounts.models import UserProfile
from medicare_django.accounts.roles import patients
from medicare_django.web.staff.lists import Column, Filters, ListView

_YES_OR_NO = {"yes": True, "no": False}


class PatientFilters(Filters):
    verified = forms.ChoiceField(
        label="E-mail",
        required=False,
        choices=[("", "Confirmed or not"), ("yes", "Confirmed"), ("no", "Not confirmed")],
    )
    active = forms.ChoiceField(
        label="State",
        required=False,
        choices=[("", "Active or not"), ("yes", "Active"), ("no", "Deactivated")],
    )


class Patients(ListView):
    template = "web/staff/patients.html"
    filters = PatientFilters
    columns: ClassVar = (
        Column("Name", "name", ("name",), is_text=True),
        Column("E-mail", "email", ("email_canonical",), is_text=True),
        Column("Phone"),
        Column("Last visit", "last", ("last_visit", "name")),
        Column("Next visit", "next", ("next_visit", "name")),
        Column("State"),
    )
    search_in: ClassVar = ("name", "email", "phone_number")

    def rows(self, asked: dict[str, Any]) -> QuerySet[UserProfile]:
        lookups = {"verified": "is_email_verified", "active": "is_active"}
        exact = {
            lookup: _YES_OR_NO[asked[name]] for name, lookup in lookups.items() if asked.get(name)
        }
        now = timezone.now()
        booked = Q(appointments__status=AppointmentStatus.BOOKED.value)
        past, ahead = Q(appointments__ends_at__lte=now), Q(appointments__ends_at__gt=now)
        return (
            patients()
            .filter(**exact)
            .annotate(
                last_visit=Max("appointments__date", filter=booked & past),
                next_visit=Min("appointments__date", filter=booked & ahead),
            )
        )

    def usual_sort(self) -> str:
        return "name"
