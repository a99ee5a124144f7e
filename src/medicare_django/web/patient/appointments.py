"""A patient's own appointments."""

from datetime import datetime
from uuid import UUID

from attrs import frozen
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from medicare_core.appointments import AppointmentStatus
from medicare_core.policy import Actor
from medicare_django.accounts.models import UserProfile
from medicare_django.notifications import calendar
from medicare_django.scheduling.models import Appointment
from medicare_django.scheduling.patients import upcoming_of
from medicare_django.web.cancelling import CancelAppointment
from medicare_django.web.patient.visits import Visit
from medicare_django.web.portals import PATIENTS, PortalView, page_of

_CANCELLED = AppointmentStatus.CANCELLED.value


@frozen
class Listed:
    row: Appointment
    visit: Visit
    now: datetime

    @classmethod
    def of(cls, row: Appointment, now: datetime) -> "Listed":
        return cls(row, Visit.booked(row), now)

    @property
    def is_cancelled(self) -> bool:
        return self.row.status == _CANCELLED

    @property
    def can_change(self) -> bool:
        return self.visit.can_change(self.now)

    @property
    def change_words(self) -> str:
        return self.visit.change_words(self.now)


class Appointments(PortalView):
    """What is still to come, and below it, page by page, what is over or was cancelled."""

    portal = PATIENTS

    def get(self, request: HttpRequest) -> HttpResponse:
        now, own = timezone.now(), own_appointments(self.user)
        upcoming = upcoming_of(self.user, now).select_related("doctor__user")
        others = own.filter(Q(ends_at__lte=now) | Q(status=_CANCELLED))
        page = page_of(request, others.order_by("-starts_at", "id"), 10)
        context = {
            "upcoming": [Listed.of(row, now) for row in upcoming],
            "page": page,
            "others": [Listed.of(row, now) for row in page],
        }
        return render(request, "web/patient/appointments.html", context)


class Cancel(CancelAppointment):
    portal = PATIENTS
    by = Actor.PATIENT
    back = "appointments"

    def appointments(self) -> QuerySet[Appointment]:
        return own_appointments(self.user)


class CalendarFile(PortalView):
    portal = PATIENTS

    def get(self, request: HttpRequest, appointment: UUID) -> HttpResponse:
        row = get_object_or_404(own_appointments(self.user), pk=appointment)
        entry = calendar.Entry(
            appointment=str(row.pk),
            revision=row.revision,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            doctor=row.doctor,
            cancelled=row.status == _CANCELLED,
        )
        return HttpResponse(
            calendar.render(entry),
            content_type="text/calendar; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="appointment.ics"'},
        )


def own_appointments(user: UserProfile) -> QuerySet[Appointment]:
    return Appointment.objects.filter(patient=user).select_related("doctor__user")


def live(rows: QuerySet[Appointment]) -> QuerySet[Appointment]:
    return rows.filter(status=AppointmentStatus.BOOKED.value)
