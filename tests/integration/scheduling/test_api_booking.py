"""What patients, doctors and admins do with appointments over HTTP."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image
from rest_framework.test import APIClient

from medicare_django.accounts.models import Doctor, UserProfile
from medicare_django.scheduling.models import Appointment, OccupiedCell
from tests.integration.factories import (
    client_of,
    make_admin,
    make_doctor,
    make_hours,
    make_patient,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
NOW = datetime(2031, 6, 2, 7, tzinfo=UTC)  # a Monday, 09:00 in Berlin
TUESDAY = "2031-06-03"


@pytest.fixture
def doctor() -> Doctor:
    doctor = make_doctor(name="Dr Ada Okafor", timezone="Europe/Berlin")
    make_hours(doctor, "09:00", "12:00")
    return doctor


def book(client: APIClient, doctor: Doctor, time: str, date: str = TUESDAY) -> Any:
    asked = {"doctor": doctor.pk, "date": date, "time": time}
    return client.post("/api/book-appointment/", asked, format="json")


def free_times(doctor: Doctor, date: str = TUESDAY) -> list[str]:
    answer = APIClient().get(f"/api/doctor/{doctor.pk}/timeslots/?date={date}").json()
    times: list[str] = answer["data"]["available_slots"]
    return times


def test_free_times_are_told_with_labels_and_instants(doctor: Doctor) -> None:
    answer = APIClient().get(f"/api/doctor/{doctor.pk}/timeslots/?date={TUESDAY}")
    assert answer.status_code == 200
    data = answer.json()["data"]
    assert data["timezone"] == "Europe/Berlin"
    assert data["date"] == TUESDAY
    assert data["available_slots"] == ["09:00", "09:30", "10:00", "10:30", "11:00", "11:30"]
    assert data["slots"][0] == {
        "time": "09:00",
        "starts_at": "2031-06-03T09:00:00+02:00",
        "ends_at": "2031-06-03T09:30:00+02:00",
    }


def test_a_booking_answers_with_all_that_the_patient_needs(doctor: Doctor) -> None:
    answer = book(client_of(make_patient()), doctor, "09:30")
    assert answer.status_code == 201
    body = answer.json()
    assert (body["status"], body["status_code"]) == ("Created", 201)
    assert UUID(body["data"].pop("id")).version == 4
    assert body["data"] == {
        "doctor": doctor.pk,
        "doctor_name": "Dr Ada Okafor",
        "date": TUESDAY,
        "time": "09:30",
        "starts_at": "2031-06-03T09:30:00+02:00",
        "ends_at": "2031-06-03T10:00:00+02:00",
        "timezone": "Europe/Berlin",
        "status": "booked",
    }


def test_a_booked_time_is_gone_for_everybody_and_the_next_one_is_offered(doctor: Doctor) -> None:
    assert book(client_of(make_patient()), doctor, "09:30").status_code == 201
    assert "09:30" not in free_times(doctor)
    answer = book(client_of(make_patient()), doctor, "09:30")
    assert answer.status_code == 409
    body = answer.json()
    assert body["status"] == "Conflict"
    assert body["code"] == "slot_taken"
    assert list(body["errors"]) == ["time"]
    assert [each["time"] for each in body["alternatives"]] == ["09:00", "10:00", "10:30"]
    assert body["alternatives"][0] == {
        "date": TUESDAY,
        "time": "09:00",
        "starts_at": "2031-06-03T09:00:00+02:00",
    }


def test_an_overlapping_time_of_another_length_is_taken_too(doctor: Doctor) -> None:
    make_hours(doctor, "09:20", "12:00", slot_minutes=20)
    assert book(client_of(make_patient()), doctor, "09:30").status_code == 201
    for time in ("09:20", "09:40"):
        answer = book(client_of(make_patient()), doctor, time)
        assert (answer.status_code, answer.json()["code"]) == (409, "slot_taken")
    assert book(client_of(make_patient()), doctor, "10:00").status_code == 201


def test_a_moved_appointment_keeps_its_id_and_frees_its_old_time(doctor: Doctor) -> None:
    patient = client_of(make_patient())
    booked = book(patient, doctor, "09:30").json()["data"]
    answer = patient.post(
        f"/api/appointments/{booked['id']}/reschedule/",
        {"date": TUESDAY, "time": "11:00"},
        format="json",
    )
    assert answer.status_code == 200
    assert answer.json()["data"]["id"] == booked["id"]
    assert answer.json()["data"]["time"] == "11:00"
    assert "09:30" in free_times(doctor)
    assert "11:00" not in free_times(doctor)
    assert OccupiedCell.objects.count() == 6


def test_a_cancelled_time_is_free_again_and_stays_in_the_history(doctor: Doctor) -> None:
    patient = client_of(make_patient())
    booked = book(patient, doctor, "09:30").json()["data"]
    answer = patient.delete(f"/api/appointments/{booked['id']}/cancel/")
    assert (answer.status_code, answer.json()["data"]["status"]) == (200, "cancelled")
    assert "09:30" in free_times(doctor)
    [told] = patient.get("/api/appointments/history/").json()["data"]["results"]
    assert (told["id"], told["status"]) == (booked["id"], "cancelled")
    again = patient.delete(f"/api/appointments/{booked['id']}/cancel/")
    assert (again.status_code, again.json()["code"]) == (409, "not_live")


def test_a_time_is_booked_by_its_instant_in_any_offset(doctor: Doctor) -> None:
    asked = {"doctor": doctor.pk, "starts_at": "2031-06-03T03:30:00-04:00"}
    answer = client_of(make_patient()).post("/api/book-appointment/", asked, format="json")
    assert answer.status_code == 201
    assert answer.json()["data"]["time"] == "09:30"


def test_in_a_fold_a_label_is_shown_once_and_both_times_can_be_had(
    doctor: Doctor, clock: time_machine.Traveller
) -> None:
    clock.move_to(datetime(2031, 10, 20, tzinfo=UTC))
    make_hours(doctor, "01:00", "04:00", slot_minutes=60)
    sunday = "2031-10-26"
    answer = APIClient().get(f"/api/doctor/{doctor.pk}/timeslots/?date={sunday}").json()["data"]
    assert answer["available_slots"][:3] == ["01:00", "02:00", "03:00"]
    twice = [slot["starts_at"] for slot in answer["slots"] if slot["time"] == "02:00"]
    assert twice == ["2031-10-26T02:00:00+02:00", "2031-10-26T02:00:00+01:00"]
    first = book(client_of(make_patient()), doctor, "02:00", sunday).json()["data"]
    second = book(client_of(make_patient()), doctor, "02:00", sunday).json()["data"]
    assert [first["starts_at"], second["starts_at"]] == twice
    third = book(client_of(make_patient()), doctor, "02:00", sunday)
    assert (third.status_code, third.json()["code"]) == (409, "slot_taken")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"doctor": None}, "doctor"),
        ({"doctor": "1"}, "doctor"),
        ({"doctor": 1.0}, "doctor"),
        ({"doctor": True}, "doctor"),
        ({"doctor": 0}, "doctor"),
        ({"doctor": 10**30}, "doctor"),
        ({"doctor": ...}, "doctor"),
        ({"date": ...}, "date"),
        ({"date": "2031-02-30"}, "date"),
        ({"date": "20310603"}, "date"),
        ({"date": "0001-01-01"}, "date"),
        ({"date": "9999-12-31"}, "date"),
        ({"date": ["2031-06-03"]}, "date"),
        ({"time": ...}, "time"),
        ({"time": "1030"}, "time"),
        ({"time": "10:32"}, "time"),
        ({"time": "10:30:15"}, "time"),
        ({"time": "10:30+05:00"}, "time"),
        ({"time": "24:00"}, "time"),
        ({"time": "\u0661\u0660:\u0663\u0660"}, "time"),
        ({"patient": 1}, "patient"),
        ({"status": "booked"}, "status"),
        ({"starts_at": "2031-06-03T09:30:00+02:00"}, "date"),
        ({"date": ..., "time": ..., "starts_at": "2031-06-03T09:30:00"}, "starts_at"),
        ({"date": ..., "time": ..., "starts_at": "2031-06-03T09:32:00Z"}, "starts_at"),
        ({"date": ..., "time": ..., "starts_at": "2031-06-03T09:30:07Z"}, "starts_at"),
        ({"date": ..., "time": ..., "starts_at": 1938238200}, "starts_at"),
    ],
)
def test_what_cannot_be_read_is_400_and_names_its_field(
    doctor: Doctor, change: dict[str, Any], field: str
) -> None:
    asked = {"doctor": doctor.pk, "date": TUESDAY, "time": "09:30", **change}
    asked = {name: value for name, value in asked.items() if value is not ...}
    answer = client_of(make_patient()).post("/api/book-appointment/", asked, format="json")
    assert answer.status_code == 400
    assert field in answer.json()["errors"]
    assert answer.json()["message"] == "Booking failed"
    assert not Appointment.objects.exists()


@pytest.mark.parametrize(
    ("asked", "fields"),
    [
        ({}, {"doctor", "date", "time"}),
        ({"date": TUESDAY}, {"doctor", "time"}),
        ({"doctor": 1, "time": "9:00"}, {"date", "time"}),
        ({"doctor": "x", "starts_at": "soon"}, {"doctor", "starts_at"}),
    ],
)
def test_all_that_is_wrong_is_named_at_once(asked: dict[str, Any], fields: set[str]) -> None:
    answer = client_of(make_patient()).post("/api/book-appointment/", asked, format="json")
    assert answer.status_code == 400
    assert set(answer.json()["errors"]) == fields


@pytest.mark.parametrize("body", ["", "null", "[]", '"x"', "5", '{"doctor": ', "{,}"])
def test_a_body_that_is_no_object_is_400(doctor: Doctor, body: str) -> None:
    answer = client_of(make_patient()).post(
        "/api/book-appointment/", body, content_type="application/json"
    )
    assert answer.status_code == 400
    assert answer.json()["errors"]


@pytest.mark.parametrize("query", ["", "?date=", "?date=2031-6-3", "?date=x&date=y", "?date=%00"])
@pytest.mark.parametrize("what", ["timeslots", "availability"])
def test_a_date_is_asked_for_once_and_in_one_form(doctor: Doctor, what: str, query: str) -> None:
    answer = APIClient().get(f"/api/doctor/{doctor.pk}/{what}/{query}")
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["date"]


@pytest.mark.parametrize("number", ["0", "987654", str(10**17), str(10**30), "9" * 4500])
def test_an_unknown_doctor_is_404(number: str) -> None:
    for path in (f"doctors/{number}/", f"doctor/{number}/timeslots/?date={TUESDAY}"):
        answer = APIClient().get(f"/api/{path}")
        assert answer.status_code == 404
        assert answer.json()["status"] == "Not Found"


def test_a_doctor_who_left_is_neither_shown_nor_booked(doctor: Doctor) -> None:
    doctor.user.is_active = False
    doctor.user.save()
    assert APIClient().get("/api/doctors/").json()["data"]["results"] == []
    assert APIClient().get(f"/api/doctors/{doctor.pk}/").status_code == 404
    for what in ("timeslots", "availability"):
        path = f"/api/doctor/{doctor.pk}/{what}/?date={TUESDAY}"
        assert APIClient().get(path).status_code == 404
    answer = book(client_of(make_patient()), doctor, "09:30")
    assert answer.status_code == 404
    assert list(answer.json()["errors"]) == ["doctor"]


def test_the_picture_of_a_doctor_is_where_the_answer_says(doctor: Doctor) -> None:
    path = f"/api/doctors/{doctor.pk}/"
    assert APIClient().get(path).json()["data"]["image"] is None
    assert APIClient().get(f"{path}image/").json()["status"] == "Not Found"
    picture = BytesIO()
    Image.new("RGB", (8, 8)).save(picture, "PNG")
    doctor.image.save("ada.png", ContentFile(picture.getvalue()))
    link = APIClient().get(path).json()["data"]["image"]
    answer = APIClient().get(link)
    assert (answer["Content-Type"], b"".join(answer)[:4]) == ("image/png", b"\x89PNG")
    doctor.image.delete(save=False)
    assert APIClient().get(link).status_code == 404


def test_only_verified_patients_book(doctor: Doctor) -> None:
    assert book(APIClient(), doctor, "09:30").status_code == 401
    assert book(client_of(make_admin()), doctor, "09:30").status_code == 403
    assert book(client_of(make_doctor().user), doctor, "09:30").status_code == 403
    answer = book(client_of(make_patient(is_email_verified=False)), doctor, "09:30")
    assert (answer.status_code, answer.json()["code"]) == (403, "email_not_verified")
    assert "verify" in answer.json()["message"]


def test_appointments_of_others_do_not_exist(doctor: Doctor) -> None:
    booked = book(client_of(make_patient()), doctor, "09:30").json()["data"]
    asked = {"date": TUESDAY, "time": "11:00"}
    strangers = [client_of(make_patient()), client_of(make_doctor().user)]
    for stranger in strangers:
        assert stranger.delete(f"/api/appointments/{booked['id']}/cancel/").status_code == 404
    moving = f"/api/appointments/{booked['id']}/reschedule/"
    assert strangers[0].post(moving, asked, format="json").status_code == 404
    assert strangers[1].post(moving, asked, format="json").status_code == 403
    for unknown in (uuid4(), "1", "x"):
        path = f"/api/appointments/{unknown}/cancel/"
        assert strangers[0].delete(path).status_code == 404


def test_a_doctor_who_is_somebodys_patient_keeps_their_own_visits(
    doctor: Doctor, clock: time_machine.Traveller
) -> None:
    user = make_patient()
    first, second = (book(client_of(user), doctor, at).json()["data"] for at in ("09:00", "11:00"))
    Doctor.objects.create(user=user, specialization="x", hospital="x", address="x")
    client = client_of(UserProfile.objects.get(pk=user.pk))
    told = client.get("/api/appointments/history/").json()["data"]["results"]
    assert [each["id"] for each in told] == [second["id"], first["id"]]
    assert client.delete(f"/api/appointments/{second['id']}/cancel/").status_code == 200
    clock.move_to(datetime(2031, 6, 3, 6, 30, tzinfo=UTC))  # 08:30 in Berlin
    client = client_of(UserProfile.objects.get(pk=user.pk))
    answer = client.delete(f"/api/appointments/{first['id']}/cancel/")
    assert (answer.status_code, answer.json()["code"]) == (409, "too_late")


def test_the_cut_off_binds_patients_but_not_the_clinic(
    doctor: Doctor, clock: time_machine.Traveller
) -> None:
    user = make_patient()
    booked = [
        book(client_of(user), doctor, time).json()["data"] for time in ("09:00", "10:00", "11:00")
    ]
    clock.move_to(datetime(2031, 6, 3, 6, 30, tzinfo=UTC))  # 08:30 in Berlin
    paths = [f"/api/appointments/{each['id']}/cancel/" for each in booked]
    answer = client_of(user).delete(paths[0])
    assert (answer.status_code, answer.json()["code"]) == (409, "too_late")
    moving = f"/api/appointments/{booked[0]['id']}/reschedule/"
    answer = client_of(user).post(moving, {"date": TUESDAY, "time": "11:30"}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "too_late")
    assert client_of(doctor.user).delete(paths[0]).status_code == 200
    assert client_of(make_admin()).delete(paths[1]).status_code == 200
    assert client_of(user).delete(paths[2]).status_code == 200


def test_each_sees_their_own_history_newest_first(
    doctor: Doctor, clock: time_machine.Traveller
) -> None:
    mine, other = make_patient(name="Mina Canary"), make_patient(name="Otto Canary")
    other_doctor = make_doctor(timezone="Europe/Berlin")
    make_hours(other_doctor, "09:00", "12:00")
    for user, whom, time in [
        (mine, doctor, "09:00"),
        (mine, other_doctor, "11:00"),
        (other, doctor, "10:00"),
    ]:
        assert book(client_of(user), whom, time).status_code == 201
    clock.move_to(datetime(2031, 6, 3, 8, 15, tzinfo=UTC))  # 10:15 in Berlin

    def times(user: Any, query: str = "") -> list[str]:
        answer = client_of(user).get(f"/api/appointments/history/{query}").json()["data"]
        assert answer["count"] == len(answer["results"])
        return [each["time"] for each in answer["results"]]

    assert times(mine) == ["11:00", "09:00"]
    assert times(mine, "?when=past") == ["09:00"]
    assert times(mine, "?when=upcoming") == ["11:00"]
    assert times(mine, f"?patient={other.pk}") == ["11:00", "09:00"]
    assert times(doctor.user) == ["10:00", "09:00"]
    assert times(make_admin()) == ["11:00", "10:00", "09:00"]
    assert times(make_admin(), f"?doctor={doctor.pk}&from=2031-06-03&to=2031-06-03") == [
        "10:00",
        "09:00",
    ]
    assert times(make_admin(), "?from=2031-06-04") == []
    assert "Otto" not in client_of(mine).get("/api/appointments/history/").content.decode()
    assert "Otto" in client_of(doctor.user).get("/api/appointments/history/").content.decode()


@pytest.mark.parametrize(
    ("query", "field"),
    [("when=soon", "when"), ("from=x", "from"), ("to=2031-13-01", "to"), ("doctor=-1", "doctor")],
)
def test_the_history_refuses_filters_that_it_cannot_read(query: str, field: str) -> None:
    answer = client_of(make_patient()).get(f"/api/appointments/history/?{query}")
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [field]


def test_the_rules_in_force_on_a_date_are_told(doctor: Doctor) -> None:
    make_hours(doctor, "14:00", "16:00", repeat_pattern="weekly", repeat_days={1, 3})
    make_hours(doctor, "18:00", "20:00", repeat_pattern="weekly", repeat_days={2})
    path = f"/api/doctor/{doctor.pk}/availability/?date={TUESDAY}"
    data = APIClient().get(path).json()["data"]
    assert (data["date"], data["timezone"]) == (TUESDAY, "Europe/Berlin")
    assert [rule["start_time"] for rule in data["rules"]] == ["09:00", "14:00"]
    assert data["rules"][1]["repeat_days"] == ["Tuesday", "Thursday"]


def statements(act: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert act().status_code in {200, 201}
    return len(captured)


def test_the_number_of_statements_does_not_grow(doctor: Doctor) -> None:
    make_hours(doctor, "13:00", "22:00", slot_minutes=5)
    patient = make_patient()
    asking = {
        "free times": (APIClient(), f"/api/doctor/{doctor.pk}/timeslots/?date={TUESDAY}"),
        "of the patient": (client_of(patient), "/api/appointments/history/?page_size=100"),
        "of the doctor": (client_of(doctor.user), "/api/appointments/history/?page_size=100"),
        "of all": (client_of(make_admin()), "/api/appointments/history/?page_size=100"),
    }

    def counted(at: str) -> dict[str, int]:
        booking = statements(lambda: book(client_of(patient), doctor, at))
        asked = {name: statements(partial(who.get, path)) for name, (who, path) in asking.items()}
        return {"booking": booking, **asked}

    few = counted("13:00")
    for number in range(1, 100):
        at = f"{13 + number // 12}:{number % 12 * 5:02}"
        whose = patient if number % 2 else make_patient()
        assert book(client_of(whose), doctor, at).status_code == 201
    assert counted("21:55") == few
    assert few["free times"] == 2
    assert max(few.values()) <= 17
