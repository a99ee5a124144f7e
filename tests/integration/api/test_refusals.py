"""Every reason to refuse a time can be met over HTTP, with the field it is named on."""

from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from medicare_core.errors import RefusalCode
from medicare_django.accounts.models import Doctor
from medicare_django.scheduling.models import TimeOff
from tests.integration.factories import client_of, make_doctor, make_hours, make_patient

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
NOW = datetime(2031, 3, 24, 8, tzinfo=UTC)  # a Monday, 09:00 in Berlin

REFUSED = {
    # The clocks go forward on 30 March.
    "nonexistent_time": ("2031-03-30", "02:30", "time"),
    "in_the_past": ("2031-03-24", "08:30", "time"),
    "too_soon": ("2031-03-24", "09:30", "time"),
    "too_far": ("2031-09-21", "09:00", "date"),
    "time_off": ("2031-03-26", "11:00", "date"),
    "not_offered": ("2031-03-25", "20:00", "time"),
    "off_grid": ("2031-03-25", "09:10", "time"),
    "slot_taken": ("2031-03-25", "10:00", "time"),
    "patient_busy": ("2031-03-25", "11:00", "time"),
}


@pytest.fixture
def doctor() -> Doctor:
    doctor = make_doctor(timezone="Europe/Berlin")
    make_hours(doctor, "08:00", "12:00")
    TimeOff.objects.create(
        doctor=doctor, start_date=date(2031, 3, 26), start_time=time(11), end_time=time(15)
    )
    return doctor


def ask(client: Any, doctor: Doctor, on: str, at: str, path: str = "book-appointment") -> Any:
    asked: dict[str, Any] = {"date": on, "time": at}
    if path == "book-appointment":
        asked |= {"doctor": doctor.pk}
    return client.post(f"/api/{path}/", asked, format="json")


def fill_the_day(patient: Any, doctor: Doctor) -> None:
    other_doctor = make_doctor(timezone="Europe/Berlin")
    make_hours(other_doctor, "11:00", "12:00", slot_minutes=60)
    somebody = client_of(make_patient())
    assert ask(somebody, doctor, "2031-03-25", "10:00").status_code == 201
    assert ask(patient, other_doctor, "2031-03-25", "11:00").status_code == 201


def test_there_is_an_example_of_every_code() -> None:
    assert list(REFUSED) == [code.value for code in RefusalCode]


@pytest.mark.parametrize(("code", "example"), REFUSED.items(), ids=list(REFUSED))
def test_a_refused_booking_says_why_and_what_is_free(
    doctor: Doctor, code: str, example: tuple[str, str, str]
) -> None:
    patient = client_of(make_patient())
    fill_the_day(patient, doctor)
    on, at, field = example
    answer = ask(patient, doctor, on, at)
    check_refusal(answer, code, field)
    assert answer.json()["message"] == "Booking failed"
    for alternative in answer.json()["alternatives"]:
        booked = ask(patient, doctor, alternative["date"], alternative["time"])
        assert booked.json()["data"]["starts_at"] == alternative["starts_at"]


@pytest.mark.parametrize(("code", "example"), REFUSED.items(), ids=list(REFUSED))
def test_a_refused_move_says_why_and_leaves_the_appointment(
    doctor: Doctor, code: str, example: tuple[str, str, str]
) -> None:
    patient = client_of(make_patient())
    fill_the_day(patient, doctor)
    booked = ask(patient, doctor, "2031-03-27", "09:00").json()["data"]
    on, at, field = example
    check_refusal(
        ask(patient, doctor, on, at, f"appointments/{booked['id']}/reschedule"), code, field
    )
    history = patient.get("/api/appointments/history/").json()["data"]["results"]
    assert booked in history


def check_refusal(answer: Any, code: str, field: str) -> None:
    body = answer.json()
    assert (answer.status_code, body["status"], body["code"]) == (409, "Conflict", code)
    assert body["errors"] == {field: [RefusalCode(code).sentence]}
    assert len(body["alternatives"]) == 3


def test_a_closure_of_the_clinic_is_time_off_of_every_doctor(doctor: Doctor) -> None:
    TimeOff.objects.create(doctor=None, start_date=date(2031, 3, 28))
    answer = ask(client_of(make_patient()), doctor, "2031-03-28", "09:00")
    check_refusal(answer, "time_off", "date")


def test_a_doctor_without_free_times_has_no_alternatives() -> None:
    answer = ask(client_of(make_patient()), make_doctor(), "2031-03-28", "09:00")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_offered")
    assert "alternatives" not in answer.json()
