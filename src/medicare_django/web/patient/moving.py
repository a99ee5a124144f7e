"""Moving an appointment: another time of the same doctor, then the old beside the new."""

from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from medicare_core.errors import NotFound, NotLive, TimeRefused, TooLate
from medicare_core.ids import AppointmentId, PatientId
from medicare_core.policy import Actor
from medicare_django.scheduling.wiring import booking_service
from medicare_django.web.patient.appointments import Listed, own_appointments
from medicare_django.web.patient.timetable import free_visit, timetable
from medicare_django.web.patient.visits import (
    Choice,
    read_start,
    refusal_words,
    start_value,
    start_words,
)
from medicare_django.web.portals import PATIENTS, PortalView

_LATE = "It is too late to move this appointment here. Please call the clinic."
_CANCELLED = "This appointment was cancelled."
_GONE = (
    "This doctor no longer sees patients here. Please cancel the appointment, and book another "
    "doctor."
)


class Move(PortalView):
    """Without `start` the free times; with it, the question whether to move there."""

    portal = PATIENTS

    def get(self, request: HttpRequest, appointment: UUID) -> HttpResponse:
        listed = self._find(appointment)
        if listed.is_cancelled or not listed.can_change:
            return self._stop(listed, _CANCELLED if listed.is_cancelled else _LATE)
        text = request.GET.get("start", "")
        start = self._start(listed, text)
        if text and start is None:
            messages.error(request, "Choose a time first.")
        try:
            return self._choose(listed) if start is None else self._ask(listed, start)
        except NotFound:
            return self._stop(listed, _GONE)

    def post(self, request: HttpRequest, appointment: UUID) -> HttpResponse:
        listed = self._find(appointment)
        start = self._start(listed, request.POST.get("start", ""))
        if start is None:
            messages.error(request, "Choose a time first.")
            return redirect("move-appointment", appointment)
        own = AppointmentId(listed.row.pk)
        try:
            booking_service().reschedule(own, start, now=timezone.now(), by=Actor.PATIENT)
        except (NotLive, TooLate, NotFound) as error:
            return self._stop(listed, _words(error))
        except TimeRefused as refused:
            return self._refuse(listed, start, refused)
        messages.success(request, f"Your appointment is moved to {start_words(start)}.")
        return redirect("appointments")

    def _choose(self, listed: Listed) -> HttpResponse:
        doctor, patient = listed.row.doctor, PatientId(self.user.pk)
        offered = timetable(doctor, self.request.GET.dict(), listed.now, patient)
        return self._show("move", listed, timetable=offered)

    def _ask(self, listed: Listed, start: datetime) -> HttpResponse:
        """Where the new time is not listed as free, moving there says why, and what is."""
        doctor, patient = listed.row.doctor, PatientId(self.user.pk)
        visit = free_visit(doctor, start, listed.now, patient)
        return self._show(
            "confirm_move",
            listed,
            wanted=start_words(start) if visit is None else visit.words,
            start=start_value(start),
            all_times=_times_url(start),
        )

    def _refuse(self, listed: Listed, start: datetime, refused: TimeRefused) -> HttpResponse:
        return self._show(
            "move_refused",
            listed,
            HTTPStatus.CONFLICT,
            wanted=start_words(start),
            refusal=refusal_words(refused.reason),
            alternatives=[Choice(each) for each in refused.alternatives],
            all_times=_times_url(start),
        )

    def _stop(self, listed: Listed, sentence: str) -> HttpResponse:
        return self._show("cannot_move", listed, HTTPStatus.CONFLICT, sentence=sentence)

    def _find(self, appointment: UUID) -> Listed:
        row = get_object_or_404(own_appointments(self.user), pk=appointment)
        return Listed.of(row, timezone.now())

    def _start(self, listed: Listed, text: str) -> datetime | None:
        return read_start(text, ZoneInfo(listed.row.doctor.timezone))

    def _show(
        self, name: str, listed: Listed, status: HTTPStatus = HTTPStatus.OK, **more: Any
    ) -> HttpResponse:
        context = {"listed": listed, "doctor": listed.row.doctor, **more}
        return render(self.request, f"web/patient/{name}.html", context, status=status)


def _times_url(start: datetime) -> str:
    """From the address of the move, to its free times of that day."""
    return f"?{urlencode({'date': start.date().isoformat()})}#times"


def _words(error: NotLive | TooLate | NotFound) -> str:
    if isinstance(error, NotFound):
        return _GONE
    return _CANCELLED if isinstance(error, NotLive) else _LATE
