from datetime import datetime

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from medicare_core.appointments import AppointmentStatus
from medicare_django.scheduling.models import Appointment
from medicare_django.web.cancelling import CancelAppointment
from medicare_django.web.doctor.patients import patients_of
from medicare_django.web.doctor.portal import DoctorView
from medicare_django.web.portals import page_of

_BOOKED = AppointmentStatus.BOOKED.value
_TABS = {"upcoming": "Upcoming", "past": "Past", "cancelled": "Cancelled"}


class Appointments(DoctorView):
    def get(self, request: HttpRequest) -> HttpResponse:
        now, search = timezone.now(), request.GET.get("search", "")
        asked = request.GET.get("when", "")
        when = asked if asked in _TABS else "upcoming"
        rows = _of_tab(self.visits(), when, now)
        if search.strip():
            rows = rows.filter(patient__in=patients_of(self.doctor, search))
        context = {
            "doctor": self.doctor,
            "today": self.today,
            "tabs": _TABS,
            "when": when,
            "search": search,
            "page": page_of(request, rows),
            "stranded": self.stranded(now) if when == "upcoming" else set(),
        }
        return render(request, "web/doctor/appointments.html", context)


class Cancel(DoctorView, CancelAppointment):
    """Doctors cancel what is booked with them; as patients they go to the pages of patients."""

    back = "doctor:appointments"

    def appointments(self) -> QuerySet[Appointment]:
        return self.visits()


def _of_tab(rows: QuerySet[Appointment], when: str, now: datetime) -> QuerySet[Appointment]:
    """The soonest first of those that lie ahead, else the latest."""
    if when == "upcoming":
        return rows.filter(status=_BOOKED, ends_at__gt=now).order_by("starts_at", "id")
    condition = Q(status=_BOOKED, ends_at__lte=now)
    if when == "cancelled":
        condition = Q(status=AppointmentStatus.CANCELLED.value)
    return rows.filter(condition).order_by("-starts_at", "id")
