"""All appointments of the clinic, and cancelling one on a patient's behalf."""

from typing import Any, ClassVar

from django import forms
from django.core.paginator import Page
from django.db.models import Q, QuerySet
from django.utils import timezone

from medicare_core.appointments import AppointmentStatus
from medicare_django.accounts.models import Doctor
from medicare_django.accounts.search import folded
from medicare_django.scheduling.models import Appointment
from medicare_django.scheduling.wiring import booking_service
from medicare_django.web.cancelling import CancelAppointment
from medicare_django.web.fields import Date
from medicare_django.web.portals import STAFF
from medicare_django.web.staff.lists import Column, Filters, ListView

BOOKED = AppointmentStatus.BOOKED.value
STRANDED = "stranded"
UPCOMING = "upcoming"
_STATUSES = [
    ("", "Any status"),
    (BOOKED, "Booked"),
    (AppointmentStatus.CANCELLED.value, "Cancelled"),
    (STRANDED, "Booked, but outside the hours"),
]
WHEN = [(UPCOMING, "Upcoming"), ("past", "Past"), ("all", "All")]


class AppointmentFilters(Filters):
    status = forms.ChoiceField(label="Status", choices=_STATUSES, required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        doctors = [("", "Any doctor"), *_doctors_by_name()]
        self.fields["doctor"] = forms.ChoiceField(label="Doctor", required=False, choices=doctors)
        self.fields["from"] = Date("From")
        self.fields["to"] = Date("To")

    def clean(self) -> None:
        first, last = self.cleaned_data.get("from"), self.cleaned_data.get("to")
        if first and last and last < first:
            self.add_error("to", "The last day lies before the first.")


class Appointments(ListView):
    template = "web/staff/appointments.html"
    filters = AppointmentFilters
    columns: ClassVar = (
        Column("When", "when", ("starts_at",)),
        Column("Patient", "patient", ("patient__name", "starts_at"), is_text=True),
        Column("Doctor", "doctor", ("doctor__user__name", "starts_at"), is_text=True),
        Column("Status"),
    )
    search_in: ClassVar = ("patient__name", "doctor__user__name")

    def rows(self, asked: dict[str, Any]) -> QuerySet[Appointment]:
        rows = Appointment.objects.select_related("doctor__user", "patient")
        lookups = {"from": "date__gte", "to": "date__lte", "doctor": "doctor"}
        bounds = {lookup: asked[name] for name, lookup in lookups.items() if asked.get(name)}
        return rows.filter(self._time(), _status(asked.get("status", "")), **bounds)

    def usual_sort(self) -> str:
        return "when" if self._when == UPCOMING else "-when"

    def more(self, page: Page[Any]) -> dict[str, Any]:
        return {
            "when": self._when,
            "whens": WHEN,
            "now": timezone.now(),
            "has_actions": True,
        }

    @property
    def _when(self) -> str:
        when = self.request.GET.get("when", "")
        return when if when in dict(WHEN) else UPCOMING

    def _time(self) -> Q:
        now = timezone.now()
        times = {UPCOMING: Q(ends_at__gt=now), "past": Q(ends_at__lte=now)}
        return times.get(self._when, Q())


class Cancel(CancelAppointment):
    portal = STAFF
    back = "staff:appointments"

    def appointments(self) -> QuerySet[Appointment]:
        return Appointment.objects.all()


def _doctors_by_name() -> list[tuple[int, str]]:
    """Those who were deactivated too, in an order that no database gives: see `folded`."""
    names = Doctor.objects.values_list("pk", "user__name")
    return sorted(names, key=lambda doctor: folded(doctor[1]))


def _status(status: str) -> Q:
    if status == STRANDED:
        stranded = booking_service().stranded(None, now=timezone.now())
        return Q(pk__in=[each.id for each in stranded])
    return Q(status=status) if status else Q()
