"""Booking a time: the summary before, and what happens next."""

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.utils import timezone

from medicare_core.errors import NotFound, TimeRefused
from medicare_core.ids import DoctorId, PatientId
from medicare_django.accounts.doctors import active_doctors
from medicare_django.accounts.models import Doctor
from medicare_django.scheduling.wiring import booking_service
from medicare_django.web.patient.appointments import Listed, live, own_appointments
from medicare_django.web.patient.timetable import free_visit
from medicare_django.web.patient.visits import (
    Choice,
    read_start,
    refusal_words,
    start_words,
)
from medicare_django.web.portals import PATIENTS, PortalView


class Book(PortalView):
    """The time that `start` names. Whoever sends the form twice sees what the first one booked."""

    portal = PATIENTS

    def get(self, request: HttpRequest, doctor: int) -> HttpResponse:
        return self._answer(doctor, request.GET.get("start", ""), self._ask)

    def post(self, request: HttpRequest, doctor: int) -> HttpResponse:
        return self._answer(doctor, request.POST.get("start", ""), self._book)

    def _answer(
        self, pk: int, text: str, step: Callable[[Doctor, datetime], HttpResponse]
    ) -> HttpResponse:
        doctor = get_object_or_404(active_doctors(), pk=pk)
        if not self.user.is_email_verified:
            context = {"doctor": doctor, "next": self._next(doctor, text)}
            return self._show("unverified", HTTPStatus.FORBIDDEN, context)
        start = read_start(text, ZoneInfo(doctor.timezone))
        if start is None:
            messages.error(self.request, "Choose a time first.")
            return redirect("doctor-page", doctor.pk)
        try:
            return step(doctor, start)
        except NotFound:  # deactivated since
            raise Http404 from None
        except TimeRefused as refused:
            held = live(own_appointments(self.user)).filter(doctor=doctor, starts_at=start).first()
            if held is not None:
                return redirect("booked", held.pk)
            return self._refuse(doctor, start, refused)

    def _ask(self, doctor: Doctor, start: datetime) -> HttpResponse:
        now, (doctor_id, patient) = timezone.now(), self._claim(doctor)
        visit = free_visit(doctor, start, now, patient)
        if visit is not None:
            context = {"doctor": doctor, "visit": visit, "change": visit.change_words(now)}
            return self._show("book", HTTPStatus.OK, context)
        reason = booking_service().explain(doctor_id, start, now=now, patient=patient)
        if reason is not None:
            raise TimeRefused(reason)
        return redirect(times_url(doctor, start))  # freed a moment ago

    def _book(self, doctor: Doctor, start: datetime) -> HttpResponse:
        booked = booking_service().book(*self._claim(doctor), start, now=timezone.now())
        return redirect("booked", booked.id)

    def _refuse(self, doctor: Doctor, start: datetime, refused: TimeRefused) -> HttpResponse:
        """Who only looked is shown all times of that day; who booked, the nearest ones."""
        if self.request.method != "POST":
            messages.error(self.request, f"{start_words(start)}: {refusal_words(refused.reason)}")
            return redirect(times_url(doctor, start))
        context = {
            "doctor": doctor,
            "wanted": start_words(start),
            "refusal": refusal_words(refused.reason),
            "alternatives": [Choice(each) for each in refused.alternatives],
            "all_times": times_url(doctor, start),
        }
        return self._show("refused", HTTPStatus.CONFLICT, context)

    def _claim(self, doctor: Doctor) -> tuple[DoctorId, PatientId]:
        return DoctorId(doctor.pk), PatientId(self.user.pk)

    def _next(self, doctor: Doctor, text: str) -> str:
        return f"{resolve_url('book', doctor.pk)}?{urlencode({'start': text})}"

    def _show(self, name: str, status: HTTPStatus, context: dict[str, object]) -> HttpResponse:
        return render(self.request, f"web/patient/{name}.html", context, status=status)


class Booked(PortalView):
    portal = PATIENTS

    def get(self, request: HttpRequest, appointment: UUID) -> HttpResponse:
        row = get_object_or_404(own_appointments(self.user), pk=appointment)
        listed = Listed.of(row, timezone.now())
        if listed.is_cancelled:
            return redirect("appointments")
        context = {"listed": listed, "visit": listed.visit, "doctor": row.doctor}
        return render(request, "web/patient/booked.html", context)


def times_url(doctor: Doctor, start: datetime) -> str:
    """The doctor's page with the times of that day."""
    query = urlencode({"date": start.date().isoformat()})
    return f"{resolve_url('doctor-page', doctor.pk)}?{query}#times"
