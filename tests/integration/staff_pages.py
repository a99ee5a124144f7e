"""What the tests of the administrators' pages share."""

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any

from medicare_core.ids import AppointmentId, DoctorId, PatientId
from medicare_core.policy import Actor
from medicare_django.accounts.models import Doctor, UserProfile
from medicare_django.scheduling.models import Appointment
from medicare_django.scheduling.wiring import booking_service
from tests.integration.factories import make_doctor, make_hours, make_patient

MORNING = datetime(2030, 1, 7, 8, 40, tzinfo=UTC)  # a Monday; the clinic's clock is that of UTC
MONDAY = MORNING.date()
DAY = timedelta(days=1)


def make_working_doctor(name: str, **fields: Any) -> Doctor:
    doctor = make_doctor(name=name, **fields)
    make_hours(doctor, "09:00", "12:00")
    return doctor


def book(
    doctor: Doctor, patient: UserProfile | str, start: str, on: date = MONDAY + DAY
) -> Appointment:
    """As if it had been booked long before, by a new patient where only a name is given."""
    who = make_patient(name=patient) if isinstance(patient, str) else patient
    starts_at = datetime.fromisoformat(f"{on}T{start}").replace(tzinfo=UTC)
    booked = booking_service().book(
        DoctorId(doctor.pk), PatientId(who.pk), starts_at, now=starts_at - 30 * DAY
    )
    return Appointment.objects.get(pk=booked.id)


def cancel(appointment: Appointment) -> None:
    now = appointment.starts_at - DAY
    booking_service().cancel(AppointmentId(appointment.pk), now=now, by=Actor.CLINIC)


def text_of(answer: Any, status: int = 200) -> str:
    """What people read, on one line."""
    assert answer.status_code == status, answer.status_code
    [main] = re.findall(r"(?s)<main.*</main>", answer.content.decode())
    shown = re.sub(r"(?s)<svg class=\"icon.*?</svg>|<datalist.*?</datalist>|<[^>]+>", " ", main)
    return " ".join(unescape(shown).split())


def names_in(answer: Any) -> list[str]:
    """The first cell of each row of a list's table."""
    assert answer.status_code == 200, answer.status_code
    heads = re.findall(r'(?s)<th scope="row">(.*?)</th>', answer.content.decode())
    return [" ".join(unescape(re.sub("<[^>]+>", " ", head)).split()) for head in heads]


def answer_with(answer: Any, then: str) -> dict[str, str]:
    """What the form on this page sends when the button of this answer is pressed."""
    return {"stranded": answer.context["named"], "then": then}


def status_of(appointment: Appointment) -> str:
    status: str = Appointment.objects.get(pk=appointment.pk).status
    return status
