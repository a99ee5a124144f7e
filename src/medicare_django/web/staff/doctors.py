"""The doctors of the clinic, those who are deactivated too."""

from typing import Any, ClassVar

from django import forms
from django.core.paginator import Page
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from medicare_core.appointments import AppointmentStatus
from medicare_core.ids import DoctorId
from medicare_core.utilisation import Utilisation
from medicare_django.accounts.doctors import known_practices
from medicare_django.accounts.models import Doctor
from medicare_django.scheduling.wiring import booking_service
from medicare_django.web import times
from medicare_django.web.staff.attention import doctors_without_hours
from medicare_django.web.staff.lists import Column, Filters, ListView

UTILISATION_DAYS = 30
"""From today on."""
_NO_HOURS = "no-hours"
_STATES = [
    ("", "Active or not"),
    ("yes", "Active"),
    ("no", "Deactivated"),
    (_NO_HOURS, "Active, without hours"),
]


class DoctorFilters(Filters):
    specialization = forms.ChoiceField(required=False)
    hospital = forms.ChoiceField(required=False)
    active = forms.ChoiceField(label="State", required=False, choices=_STATES)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name, texts in known_practices().items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
            field.choices = [("", "Any"), *((text, text) for text in texts)]


class Doctors(ListView):
    template = "web/staff/doctors.html"
    filters = DoctorFilters
    columns: ClassVar = (
        Column("Name", "name", ("user__name",), is_text=True),
        Column("Specialization", "specialization", ("specialization", "user__name"), is_text=True),
        Column("Hospital", "hospital", ("hospital", "user__name"), is_text=True),
        Column("Upcoming", "upcoming", ("upcoming", "user__name")),
        Column("Utilisation"),
        Column("State"),
    )
    search_in: ClassVar = ("user__name", "user__email", "specialization", "hospital")

    def rows(self, asked: dict[str, Any]) -> QuerySet[Doctor]:
        rows = Doctor.objects.select_related("user").annotate(upcoming=_upcoming())
        exact = {name: asked[name] for name in ("specialization", "hospital") if asked.get(name)}
        return rows.filter(_state(asked.get("active", "")), **exact)

    def usual_sort(self) -> str:
        return "name"

    def more(self, page: Page[Any]) -> dict[str, Any]:
        """One row with its utilisation for each doctor of the page."""
        told = utilisation_ahead([doctor.pk for doctor in page])
        rows = [(doctor, told.get(DoctorId(doctor.pk))) for doctor in page]
        return {"rows": rows, "utilisation_days": UTILISATION_DAYS}


def utilisation_ahead(doctors: list[int]) -> dict[DoctorId, Utilisation]:
    """Of those of them who are active, from the clinic's today on."""
    ids = [DoctorId(doctor) for doctor in doctors]
    return booking_service().utilisation(ids, times.today(), UTILISATION_DAYS)


def _upcoming() -> Count:
    booked = Q(appointments__status=AppointmentStatus.BOOKED.value)
    return Count("appointments", filter=booked & Q(appointments__ends_at__gt=timezone.now()))


def _state(state: str) -> Q:
    if state == _NO_HOURS:
        return Q(pk__in=[doctor.pk for doctor in doctors_without_hours(times.today())])
    return Q(user__is_active=state == "yes") if state else Q()
