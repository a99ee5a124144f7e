"""The Django Admin shows schedules and appointments, and cancels through the service."""

from datetime import date, timedelta

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from medicare_core.ids import DoctorId, PatientId
from medicare_django.notifications.models import Notification
from medicare_django.scheduling.models import (
    Appointment,
    DoctorAvailability,
    OccupiedCell,
    TimeOff,
)
from medicare_django.scheduling.wiring import booking_service
from tests.integration.factories import (
    browser_of,
    make_admin,
    make_doctor,
    make_hours,
    make_patient,
)

pytestmark = pytest.mark.django_db
MODELS = [Appointment, DoctorAvailability, TimeOff]


@pytest.fixture
def admin() -> Client:
    return browser_of(make_admin())


@pytest.fixture
def appointment() -> Appointment:
    doctor, day = make_doctor(), timezone.localdate() + timedelta(days=2)
    make_hours(doctor, "09:00", "12:00", start_date=day)
    make_hours(
        doctor, "20:00", "21:00", start_date=day, repeat_pattern="weekly", repeat_days={2, 0}
    )
    TimeOff.objects.create(doctor=doctor, start_date=date(2020, 1, 1))
    [slot, *_] = booking_service().free_slots(DoctorId(doctor.pk), day, now=timezone.now())
    booked = booking_service().book(
        DoctorId(doctor.pk), PatientId(make_patient().pk), slot.starts_at, now=timezone.now()
    )
    return Appointment.objects.get(pk=booked.id)


@pytest.mark.parametrize("model", MODELS)
def test_rows_are_shown_and_cannot_be_edited(
    admin: Client, appointment: Appointment, model: type[Appointment]
) -> None:
    name = model._meta.model_name
    row = model.objects.first()
    assert row is not None
    listing = admin.get(f"/admin/scheduling/{name}/?q=person")
    assert listing.status_code == 200
    assert admin.get(f"/admin/scheduling/{name}/{row.pk}/change/").status_code == 200
    assert admin.post(f"/admin/scheduling/{name}/{row.pk}/change/", {}).status_code == 403
    assert admin.post(f"/admin/scheduling/{name}/{row.pk}/delete/", {}).status_code == 403
    assert admin.get(f"/admin/scheduling/{name}/add/").status_code == 403


def test_weekdays_are_written_out(admin: Client, appointment: Appointment) -> None:
    row = DoctorAvailability.objects.get(repeat_pattern="weekly")
    for path in ("", f"{row.pk}/change/"):
        page = admin.get(f"/admin/scheduling/doctoravailability/{path}").content.decode()
        assert "Monday, Wednesday" in page


def test_staff_who_may_only_look_cannot_cancel(appointment: Appointment) -> None:
    staff = make_patient(is_staff=True)
    staff.user_permissions.add(Permission.objects.get(codename="view_appointment"))
    client = browser_of(staff)
    asked = {"action": "cancel", "_selected_action": [str(appointment.pk)]}
    client.post("/admin/scheduling/appointment/", asked)
    appointment.refresh_from_db()
    assert appointment.status == "booked"


def test_an_appointment_is_cancelled_with_a_mail_and_only_once(
    admin: Client, appointment: Appointment
) -> None:
    asked = {"action": "cancel", "_selected_action": [str(appointment.pk)]}
    for expected in ("Appointments cancelled: 1.", "Appointments cancelled: 0."):
        answer = admin.post("/admin/scheduling/appointment/", asked, follow=True)
        assert expected in answer.content.decode()
    appointment.refresh_from_db()
    assert appointment.status == "cancelled"
    assert not OccupiedCell.objects.exists()
    mails = Notification.objects.exclude(kind="reminder").values_list("kind", flat=True)
    assert list(mails) == ["booked", "cancelled"]
