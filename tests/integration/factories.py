"""People and their hours for the tests. Each call makes somebody new; what matters to a test is an argument."""

from datetime import date, time, timedelta
from itertools import count
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from medicare_core.appointments import Appointment
from medicare_core.ids import DoctorId, PatientId
from medicare_django.accounts import browser_login, tokens
from medicare_django.accounts.models import Doctor, UserProfile
from medicare_django.records.models import Report
from medicare_django.scheduling.models import DoctorAvailability
from medicare_django.scheduling.wiring import booking_service
from tests.integration.sample_files import PDF

PASSWORD = "correct horse battery"
_numbers = count(1)


def make_user(**fields: Any) -> UserProfile:
    number = next(_numbers)
    email = fields.pop("email", f"person{number}@example.org")
    name = fields.pop("name", f"Person {number}")
    password = fields.pop("password", PASSWORD)
    return UserProfile.objects.create_user(email, name, password, **fields)


def make_patient(**fields: Any) -> UserProfile:
    return make_user(**{"is_email_verified": True, **fields})


def make_doctor(**fields: Any) -> Doctor:
    """`email` and `name` are those of the doctor's user."""
    user = make_patient(**{key: fields.pop(key) for key in ("email", "name") if key in fields})
    return Doctor.objects.create(
        **{
            "user": user,
            "specialization": "Cardiology",
            "hospital": "St Anne",
            "address": "1 Hill Street",
            **fields,
        }
    )


def make_admin(**fields: Any) -> UserProfile:
    return make_patient(**{"is_staff": True, "is_superuser": True, **fields})


def make_hours(doctor: Doctor, start: str, end: str, **fields: Any) -> DoctorAvailability:
    """Working hours of every day from 2030 on, unless `fields` say otherwise."""
    start_date = {"start_date": date(2030, 1, 1), "repeat_pattern": "daily"}
    times = {"start_time": time.fromisoformat(start), "end_time": time.fromisoformat(end)}
    return DoctorAvailability.objects.create(doctor=doctor, **{**start_date, **times, **fields})


def make_appointment(patient: UserProfile) -> Appointment:
    """The first of a new doctor's, in two days."""
    day, now, doctor = timezone.localdate() + timedelta(days=2), timezone.now(), make_doctor()
    make_hours(doctor, "09:00", "12:00", start_date=day)
    [slot, *_] = booking_service().free_slots(DoctorId(doctor.pk), day, now=now)
    return booking_service().book(
        DoctorId(doctor.pk), PatientId(patient.pk), slot.starts_at, now=now
    )


def client_of(user: UserProfile) -> APIClient:
    """A client that is logged in by a token of its own."""
    client = APIClient()
    access = tokens.start_login(user, timezone.now()).access
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {access}")
    return client


def browser_of(user: UserProfile, **environ: Any) -> Client:
    """A browser that is logged in to the pages."""
    client, request = Client(**environ), HttpRequest()
    request.session = client.session
    browser_login.begin(request, user, timezone.now())
    request.session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = str(request.session.session_key)
    return client


def upload_report(client: APIClient, **given: Any) -> Any:
    """What is None is left out."""
    parts = {
        "report": "Blood count",
        "report_type": "BLOOD",
        "notes": "Before breakfast",
        "file": SimpleUploadedFile("count.pdf", PDF, "application/pdf"),
        **given,
    }
    present = {name: value for name, value in parts.items() if value is not None}
    return client.post("/api/reports/upload/", present, format="multipart")


def make_report(patient: UserProfile, **given: Any) -> Report:
    answer = upload_report(client_of(patient), **given)
    assert answer.status_code == 201, answer.json()
    return Report.objects.get(pk=answer.json()["data"]["id"])
