"""Cancelling an appointment, which every portal offers for those that its people may cancel."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from medicare_core.appointments import AppointmentStatus
from medicare_core.errors import NotLive, TooLate
from medicare_core.ids import AppointmentId
from medicare_core.policy import Actor
from medicare_django.scheduling.models import Appointment
from medicare_django.scheduling.wiring import booking_service
from medicare_django.web import times
from medicare_django.web.portals import PortalView, next_url

_CANCELLED = "This appointment was cancelled before."
_TOO_LATE = {
    Actor.PATIENT: "It is too late to cancel this appointment here. Please call the clinic.",
    Actor.CLINIC: "This appointment is over.",
}


class CancelAppointment(PortalView):
    """Asks first. `back` is the route of the list from which people come."""

    by = Actor.CLINIC
    back: str

    def appointments(self) -> QuerySet[Appointment]:
        """Those that this user may cancel; of others nobody is told that they exist."""
        raise NotImplementedError

    def get(self, request: HttpRequest, appointment: UUID) -> HttpResponse:
        row = self._find(appointment)
        if row.status == AppointmentStatus.CANCELLED.value:
            return self._ask(row, HTTPStatus.CONFLICT, refusal=_CANCELLED)
        return self._ask(row)

    def post(self, request: HttpRequest, appointment: UUID) -> HttpResponse:
        row = self._find(appointment)
        try:
            booking_service().cancel(AppointmentId(row.pk), now=timezone.now(), by=self.by)
        except NotLive:
            return self._ask(row, HTTPStatus.CONFLICT, refusal=_CANCELLED)
        except TooLate:
            return self._ask(row, HTTPStatus.CONFLICT, refusal=_TOO_LATE[self.by])
        when = f"{times.day(row.date)} at {times.clock(row.time)}"
        messages.success(request, f"The appointment on {when} is cancelled.")
        return redirect(next_url(request, self.back))

    def _find(self, appointment: UUID) -> Appointment:
        rows = self.appointments().select_related("doctor__user", "patient")
        return get_object_or_404(rows, pk=appointment)

    def _ask(
        self, row: Appointment, status: HTTPStatus = HTTPStatus.OK, **more: Any
    ) -> HttpResponse:
        context = {"appointment": row, "next": next_url(self.request, self.back), **more}
        return render(self.request, "web/cancel_appointment.html", context, status=status)
