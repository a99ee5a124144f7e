"""One doctor as the clinic keeps them."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters

from medicare_core.appointments import AppointmentStatus
from medicare_core.ids import DoctorId
from medicare_django.accounts.doctors import EmailTaken
from medicare_django.accounts.models import Doctor
from medicare_django.notifications import account_mail
from medicare_django.scheduling.models import Appointment
from medicare_django.scheduling.practice import change_doctor
from medicare_django.web import times
from medicare_django.web.staff.attention import hours_ahead
from medicare_django.web.staff.doctor_forms import (
    TAKEN,
    DoctorChangeForm,
    DoctorForm,
    NewDoctorForm,
)
from medicare_django.web.staff.doctors import UTILISATION_DAYS, utilisation_ahead
from medicare_django.web.staff.portal import StaffView
from medicare_django.web.words import rule_words

_SHOWN_VISITS = 10
_OF_AN_ADMIN = "This is the address of an administrator. They change it in their own profile."


def find_doctor(pk: int) -> Doctor:
    """Active or not, with their user. Raises Http404."""
    return get_object_or_404(Doctor.objects.select_related("user"), pk=pk)


@method_decorator(sensitive_post_parameters("password"), name="dispatch")
class AddDoctor(StaffView):
    def get(self, request: HttpRequest) -> HttpResponse:
        return self._show(NewDoctorForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        form = NewDoctorForm(request.POST, request.FILES)
        doctor = self._add(form) if form.is_valid() else None
        if doctor is None:
            return self._show(form)
        said = f"{doctor.user.name} is added."
        if not form.cleaned_data["password"]:
            said += " We have mailed them a link to choose a password."
        messages.success(request, said)
        return redirect("staff:doctor", doctor.pk)

    def _add(self, form: NewDoctorForm) -> Doctor | None:
        password = form.cleaned_data["password"] or None
        try:
            return account_mail.create_doctor(password, form.person, form.practice, timezone.now())
        except EmailTaken:
            form.add_error("email", TAKEN)
            return None

    def _show(self, form: DoctorForm) -> HttpResponse:
        return render(self.request, "web/staff/add_doctor.html", {"form": form})


class DoctorPage(StaffView):
    def get(self, request: HttpRequest, doctor: int) -> HttpResponse:
        row = find_doctor(doctor)
        return self._show(row, DoctorChangeForm(row))

    def post(self, request: HttpRequest, doctor: int) -> HttpResponse:
        row = find_doctor(doctor)
        form = DoctorChangeForm(row, request.POST, request.FILES)
        if not form.is_valid() or not self._change(row, form):
            return self._show(row, form)
        messages.success(request, "Your changes are saved.")
        return redirect("staff:doctor", row.pk)

    def _change(self, row: Doctor, form: DoctorChangeForm) -> bool:
        # Whoever has the address of an administrator can have a link to set their password.
        if row.user.is_staff and form.cleaned_data["email"] != row.user.email:
            form.add_error("email", _OF_AN_ADMIN)
            return False
        try:
            change_doctor(row, form.person, form.practice, now=timezone.now())
        except EmailTaken:
            form.add_error("email", TAKEN)
            return False
        return True

    def _show(self, row: Doctor, form: DoctorForm) -> HttpResponse:
        now = timezone.now()
        upcoming = Appointment.objects.filter(
            doctor=row, status=AppointmentStatus.BOOKED.value, ends_at__gt=now
        )
        shown = upcoming.select_related("patient").order_by("starts_at", "pk")[:_SHOWN_VISITS]
        context: dict[str, Any] = {
            "form": form,
            "doctor": row,
            "now": now,
            "upcoming": shown,
            "upcoming_count": upcoming.count(),
            "rules": hours_words(row, times.today(row.timezone)),
            "utilisation": utilisation_ahead([row.pk]).get(DoctorId(row.pk)),
            "utilisation_days": UTILISATION_DAYS,
            "has_password": row.user.has_usable_password(),
        }
        return render(self.request, "web/staff/doctor.html", context)


def hours_words(doctor: Doctor, today: date) -> list[str]:
    """Of the hours that are not over."""
    return [rule_words(row.rule(), today) for row in hours_ahead(today).filter(doctor=doctor)]


class InviteAgain(StaffView):
    http_method_names = ["post"]

    def post(self, request: HttpRequest, doctor: int) -> HttpResponse:
        user = find_doctor(doctor).user
        if account_mail.invite_again(user, timezone.now()):
            messages.success(request, f"We have mailed the invitation to {user.email} again.")
        else:
            messages.warning(
                request,
                "Nothing was mailed: an invitation is on its way, or none is needed any more.",
            )
        return redirect("staff:doctor", doctor)
