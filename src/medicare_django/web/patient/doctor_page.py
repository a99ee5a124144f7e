"""A doctor and the free times, open to anyone."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.generic import View

from medicare_core.errors import NotFound
from medicare_core.ids import PatientId
from medicare_django.accounts.doctors import active_doctors
from medicare_django.accounts.models import UserProfile
from medicare_django.accounts.roles import Role, role_of
from medicare_django.web.patient.timetable import timetable


class DoctorPage(View):
    """`start` of the address is the time that is chosen beforehand."""

    def get(self, request: HttpRequest, doctor: int) -> HttpResponse:
        found = get_object_or_404(active_doctors(), pk=doctor)
        asked = request.GET.dict()
        try:
            offered = timetable(found, asked, timezone.now(), _patient(request))
        except NotFound:
            raise Http404 from None
        context = {"doctor": found, "timetable": offered, "start": asked.get("start", "")}
        return render(request, "web/patient/doctor.html", context)


def _patient(request: HttpRequest) -> PatientId | None:
    """Who shall not be shown times at which they have an appointment already."""
    user = request.user
    if isinstance(user, UserProfile) and role_of(user) is Role.PATIENT:
        return PatientId(user.pk)
    return None
