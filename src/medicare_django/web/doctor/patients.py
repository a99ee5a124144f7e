"""The patients who booked with a doctor."""

from datetime import datetime

from attrs import frozen
from django.db import transaction
from django.db.models import Max, Min, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from medicare_core.appointments import AppointmentStatus
from medicare_django.accounts.models import Doctor, UserProfile
from medicare_django.accounts.search import folded, has_all, words_of
from medicare_django.records import reports
from medicare_django.records.models import Report
from medicare_django.scheduling.models import Appointment
from medicare_django.web.doctor.portal import DoctorView
from medicare_django.web.portals import page_of

_SHOWN_VISITS = 10
_BOOKED = AppointmentStatus.BOOKED.value


def patients_of(doctor: Doctor, search: str = "") -> list[int]:
    """The ids of those who booked with this doctor and whose name has these words, by name."""
    rows = Appointment.objects.filter(doctor=doctor).order_by()
    people = rows.values_list("patient", "patient__name").distinct()
    words = words_of(search)
    found = sorted((folded(name), pk) for pk, name in people if has_all(words, name))
    return [pk for _, pk in found]


class Patients(DoctorView):
    def get(self, request: HttpRequest) -> HttpResponse:
        search = request.GET.get("search", "")
        page = page_of(request, patients_of(self.doctor, search))
        people = _with_visits(self.doctor, list(page.object_list), timezone.now())
        context = {
            "doctor": self.doctor,
            "page": page,
            "patients": [people[pk] for pk in page.object_list],
            "search": search,
        }
        return render(request, "web/doctor/patients.html", context)


def _with_visits(doctor: Doctor, ids: list[int], now: datetime) -> dict[int, UserProfile]:
    """By id, each with the start of the last visit with this doctor and of the next one."""
    theirs = Q(appointments__doctor=doctor, appointments__status=_BOOKED)
    over = theirs & Q(appointments__ends_at__lte=now)
    ahead = theirs & Q(appointments__ends_at__gt=now)
    rows = UserProfile.objects.filter(pk__in=ids).annotate(
        last_visit=Max("appointments__starts_at", filter=over),
        next_visit=Min("appointments__starts_at", filter=ahead),
    )
    return {row.pk: row for row in rows}


@frozen
class Visits:
    """Of one patient: all that lie ahead, soonest first, and the latest of the others."""

    ahead: list[Appointment]
    earlier: list[Appointment]
    has_more: bool


class Patient(DoctorView):
    """Who has not booked with this doctor has no page."""

    def get(self, request: HttpRequest, patient: int) -> HttpResponse:
        if not self.visits().filter(patient=patient).exists():
            raise Http404
        person = get_object_or_404(UserProfile, pk=patient)
        now = timezone.now()
        context = {
            "doctor": self.doctor,
            "patient": person,
            "visits": self._visits_of(patient, now),
            "now": now,
        }
        try:
            with transaction.atomic():  # nobody reads a list without its being written down
                page = page_of(request, reports.reports_of(self.user, patient, now))
                page.object_list = list(page.object_list)
        except Report.DoesNotExist:
            page = None
        return render(request, "web/doctor/patient.html", {**context, "page": page})

    def _visits_of(self, patient: int, now: datetime) -> Visits:
        rows = self.visits().filter(patient=patient)
        is_ahead = Q(ends_at__gt=now, status=_BOOKED)
        earlier = list(rows.exclude(is_ahead).order_by("-starts_at", "id")[: _SHOWN_VISITS + 1])
        ahead = list(rows.filter(is_ahead).order_by("starts_at"))
        return Visits(ahead, earlier[:_SHOWN_VISITS], len(earlier) > _SHOWN_VISITS)
