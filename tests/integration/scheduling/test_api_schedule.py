"""Doctors keep their hours and time off, admins the closures, and see whom a change strands."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from medicare_django.accounts.models import Doctor
from medicare_django.notifications.models import Kind, Notification
from medicare_django.scheduling.models import (
    DoctorAvailability,
    OccupiedCell,
    TimeOff,
)
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
WEEKLY = {
    "start_date": "2031-06-02",
    "end_date": None,
    "start_time": "09:00",
    "end_time": "12:00",
    "repeat_pattern": "weekly",
    "repeat_days": ["Monday", "Wednesday"],
    "repeat_interval": 2,
    "slot_minutes": 20,
}
WHOLE_DAY = {"start_date": TUESDAY}


@pytest.fixture
def doctor() -> Doctor:
    return make_doctor(name="Dr Ada Okafor", timezone="Europe/Berlin")


def send(client: APIClient, method: str, path: str, body: Any = None) -> Any:
    return getattr(client, method)(f"/api/{path}", body, format="json")


def book(doctor: Doctor, time: str = "09:00", **patient: Any) -> str:
    asked = {"doctor": doctor.pk, "date": TUESDAY, "time": time}
    answer = send(client_of(make_patient(**patient)), "post", "book-appointment/", asked)
    assert answer.status_code == 201, answer.json()
    found: str = answer.json()["data"]["id"]
    return found


def test_hours_are_added_read_changed_and_deleted(doctor: Doctor) -> None:
    client = client_of(doctor.user)
    added = send(client, "post", "availability/", WEEKLY)
    assert (added.status_code, added.json()["status"]) == (201, "Created")
    rule = added.json()["data"].pop("id")
    assert added.json()["data"] | {"id": rule} == {**WEEKLY, "id": rule, "stranded": []}
    path = f"availability/{rule}/"
    assert send(client, "get", path).json()["data"] == {**WEEKLY, "id": rule}
    listed = send(client, "get", "availability/").json()["data"]
    assert (listed["count"], listed["results"]) == (1, [{**WEEKLY, "id": rule}])

    patched = send(client, "patch", path, {"repeat_days": ["fri", "TUE"], "slot_minutes": 30})
    assert patched.json()["data"]["repeat_days"] == ["Tuesday", "Friday"]
    assert patched.json()["data"]["repeat_interval"] == 2

    single = {"start_date": TUESDAY, "start_time": "10:00", "end_time": "11:00"}
    put = send(client, "put", path, {**single, "id": rule})
    expected: dict[str, Any] = {"end_date": None, "repeat_pattern": "none", "repeat_days": []}
    expected |= {"repeat_interval": 1, "slot_minutes": 30, "id": rule, "stranded": []}
    assert put.json()["data"] == {**single, **expected}

    assert send(client, "delete", path).json()["data"] == {"stranded": []}
    assert send(client, "get", path).status_code == 404
    assert not DoctorAvailability.objects.exists()


def test_hours_of_another_doctor_do_not_exist(doctor: Doctor) -> None:
    rule = make_hours(doctor, "09:00", "12:00")
    stranger = client_of(make_doctor().user)
    path = f"availability/{rule.pk}/"
    assert send(stranger, "get", "availability/").json()["data"]["results"] == []
    for method, body in [("get", None), ("put", WEEKLY), ("patch", {}), ("delete", None)]:
        assert send(stranger, method, path, body).status_code == 404
    absence = TimeOff.objects.create(doctor=doctor, start_date=NOW.date())
    assert send(stranger, "delete", f"time-off/{absence.pk}/").status_code == 404
    closure = TimeOff.objects.create(doctor=None, start_date=NOW.date())
    assert send(client_of(doctor.user), "delete", f"time-off/{closure.pk}/").status_code == 404
    assert send(client_of(make_admin()), "delete", f"closures/{absence.pk}/").status_code == 404
    assert TimeOff.objects.count() == 2


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"end_time": "09:00"}, "end_time"),
        ({"start_time": "09:02"}, "start_time"),
        ({"start_time": "9:00"}, "start_time"),
        ({"start_date": ...}, "start_date"),
        ({"end_date": "2031-06-01"}, "end_date"),
        ({"repeat_days": []}, "repeat_days"),
        ({"repeat_days": None}, "repeat_days"),
        ({"repeat_days": "mon"}, "repeat_days"),
        ({"repeat_days": {"mon": 1}}, "repeat_days"),
        ({"repeat_days": ["Monday"] * 10_000}, "repeat_days"),
        ({"repeat_days": ["mon", "Monday"]}, "repeat_days[1]"),
        ({"repeat_days": ["Monday", "xyz"]}, "repeat_days[1]"),
        ({"repeat_days": [1]}, "repeat_days[0]"),
        ({"repeat_pattern": "daily"}, "repeat_days"),
        ({"repeat_pattern": "monthly"}, "repeat_pattern"),
        ({"repeat_interval": 0}, "repeat_interval"),
        ({"repeat_interval": "2"}, "repeat_interval"),
        ({"repeat_pattern": "daily", "repeat_days": []}, "repeat_interval"),
        ({"slot_minutes": 0}, "slot_minutes"),
        ({"slot_minutes": 7}, "slot_minutes"),
        ({"slot_minutes": 1441}, "slot_minutes"),
        ({"slot_minutes": 10**9}, "slot_minutes"),
        ({"slot_minutes": True}, "slot_minutes"),
        ({"doctor": 1}, "doctor"),
        ({"id": 987_654}, "id"),
    ],
)
def test_hours_that_mean_nothing_are_refused_by_field(
    doctor: Doctor, change: dict[str, Any], field: str
) -> None:
    client = client_of(doctor.user)
    body = {name: value for name, value in {**WEEKLY, **change}.items() if value is not ...}
    answer = send(client, "post", "availability/", body)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])
    assert not DoctorAvailability.objects.exists()
    rule = make_hours(doctor, "09:00", "12:00")
    answer = send(client, "put", f"availability/{rule.pk}/", body)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])
    rule.refresh_from_db()
    assert rule.repeat_pattern == "daily"


def test_a_patch_is_judged_together_with_what_it_leaves_as_it_is(doctor: Doctor) -> None:
    rule = make_hours(doctor, "09:00", "12:00")
    path, client = f"availability/{rule.pk}/", client_of(doctor.user)
    answer = send(client, "patch", path, {"repeat_pattern": "weekly"})
    assert list(answer.json()["errors"]) == ["repeat_days"]
    answer = send(client, "patch", path, {"end_time": "09:00"})
    assert list(answer.json()["errors"]) == ["end_time"]


def test_rules_may_overlap_and_an_end_before_the_start_runs_past_midnight(doctor: Doctor) -> None:
    client = client_of(doctor.user)
    for start, end in [("09:00", "12:00"), ("10:00", "13:00"), ("22:00", "02:00")]:
        body = {"start_date": TUESDAY, "start_time": start, "end_time": end}
        assert send(client, "post", "availability/", body).status_code == 201
    answer = send(APIClient(), "get", f"doctor/{doctor.pk}/timeslots/?date={TUESDAY}")
    assert answer.json()["data"]["available_slots"][-1] == "23:30"


@pytest.mark.parametrize("change", ["delete", "patch", "put", "time off", "closure"])
def test_a_dry_run_lists_the_stranded_and_changes_nothing(doctor: Doctor, change: str) -> None:
    rule = make_hours(doctor, "09:00", "12:00")
    booked = book(doctor, name="Mina Ode")
    answer = make_change(change, doctor, rule, "?dry_run=true")
    assert answer.status_code == 200
    [stranded] = answer.json()["data"]["stranded"]
    assert (stranded["id"], stranded["patient_name"]) == (booked, "Mina Ode")
    assert "dry run" in answer.json()["message"]
    rule.refresh_from_db()
    assert f"{rule.end_time:%H:%M}" == "12:00"
    assert not TimeOff.objects.exists()


@pytest.mark.parametrize("change", ["delete", "patch", "put", "time off", "closure"])
def test_stranded_appointments_stand_and_keep_their_time(doctor: Doctor, change: str) -> None:
    rule = make_hours(doctor, "09:00", "12:00")
    booked = book(doctor)
    answer = make_change(change, doctor, rule)
    assert [each["id"] for each in answer.json()["data"]["stranded"]] == [booked]
    assert answer.json()["data"]["stranded"][0]["status"] == "booked"
    assert OccupiedCell.objects.count() == 6
    [told] = history(doctor)
    assert (told["id"], told["stranded"]) == (booked, True)


@pytest.mark.parametrize("change", ["delete", "patch", "put", "time off", "closure"])
def test_stranded_appointments_are_cancelled_with_the_change_if_asked_for(
    doctor: Doctor, change: str
) -> None:
    rule = make_hours(doctor, "09:00", "12:00")
    booked = book(doctor)
    answer = make_change(change, doctor, rule, "?cancel_stranded=true")
    [told] = answer.json()["data"]["stranded"]
    assert (told["id"], told["status"]) == (booked, "cancelled")
    assert not OccupiedCell.objects.exists()
    assert Notification.objects.filter(kind=Kind.CANCELLED).count() == 1


def make_change(change: str, doctor: Doctor, rule: DoctorAvailability, query: str = "") -> Any:
    own = f"availability/{rule.pk}/{query}"
    client = client_of(make_admin() if change == "closure" else doctor.user)
    afternoon = {"start_date": "2031-06-02", "start_time": "14:00", "end_time": "16:00"}
    return {
        "delete": lambda: send(client, "delete", own),
        "patch": lambda: send(client, "patch", own, {"start_time": "10:00"}),
        "put": lambda: send(client, "put", own, {**afternoon, "repeat_pattern": "daily"}),
        "time off": lambda: send(client, "post", f"time-off/{query}", WHOLE_DAY),
        "closure": lambda: send(client, "post", f"closures/{query}", WHOLE_DAY),
    }[change]()


def history(doctor: Doctor) -> list[dict[str, Any]]:
    answer = send(client_of(doctor.user), "get", "appointments/history/")
    results: list[dict[str, Any]] = answer.json()["data"]["results"]
    return results


def test_only_the_doctor_sees_what_is_stranded(doctor: Doctor) -> None:
    make_hours(doctor, "09:00", "12:00")
    patient = make_patient()
    asked = {"doctor": doctor.pk, "date": TUESDAY, "time": "09:00"}
    assert send(client_of(patient), "post", "book-appointment/", asked).status_code == 201
    assert [each["stranded"] for each in history(doctor)] == [False]
    for reader in (patient, make_admin()):
        told = send(client_of(reader), "get", "appointments/history/").json()["data"]["results"]
        assert "stranded" not in told[0]


@pytest.mark.parametrize("query", ["dry_run=1", "dry_run=", "cancel_stranded=yes", "dryrun=true"])
def test_a_flag_is_true_or_false_and_nothing_is_changed_otherwise(
    doctor: Doctor, query: str
) -> None:
    answer = send(client_of(doctor.user), "post", f"time-off/?{query}", WHOLE_DAY)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [query.partition("=")[0]])
    assert not TimeOff.objects.exists()


def test_time_off_is_added_listed_and_deleted(doctor: Doctor) -> None:
    client = client_of(doctor.user)
    away = {"start_date": TUESDAY, "end_date": "2031-06-05", "start_time": "10:00"}
    away |= {"end_time": "11:30", "note": "Conference"}
    added = send(client, "post", "time-off/", away)
    assert added.status_code == 201
    absence = added.json()["data"]["id"]
    assert added.json()["data"] == {**away, "id": absence, "stranded": []}
    listed = send(client, "get", "time-off/").json()["data"]
    assert listed["results"] == [{**away, "id": absence}]
    assert send(client, "delete", f"time-off/{absence}/").json()["data"] == {"stranded": []}
    assert send(client, "delete", f"time-off/{absence}/").status_code == 404


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"start_date": ...}, "start_date"),
        ({"end_date": "2031-06-02"}, "end_date"),
        ({"start_time": "10:00"}, "end_time"),
        ({"end_time": "10:00"}, "start_time"),
        ({"start_time": "10:00", "end_time": "10:00"}, "end_time"),
        ({"start_time": "10:00:30", "end_time": "11:00"}, "start_time"),
        ({"note": "x" * 201}, "note"),
        ({"note": 5}, "note"),
        ({"reason": "ill"}, "reason"),
    ],
)
@pytest.mark.parametrize("path", ["time-off/", "closures/"])
def test_time_off_and_closures_that_mean_nothing_are_refused_by_field(
    doctor: Doctor, path: str, change: dict[str, Any], field: str
) -> None:
    client = client_of(doctor.user if path == "time-off/" else make_admin())
    body = {name: value for name, value in {**WHOLE_DAY, **change}.items() if value is not ...}
    answer = send(client, "post", path, body)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])
    assert not TimeOff.objects.exists()


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "America/Los_Angeles"])
@pytest.mark.parametrize("path", ["time-off/", "closures/"])
def test_time_off_to_the_ends_of_the_calendar_is_no_error_for_anybody(
    path: str, zone: str
) -> None:
    doctor = make_doctor(timezone=zone)
    make_hours(doctor, "09:00", "12:00")
    client = client_of(doctor.user if path == "time-off/" else make_admin())
    ages = {"start_date": "2000-01-01", "end_date": "9998-12-31"}
    assert send(client, "post", path, ages).status_code == 201
    slots = send(APIClient(), "get", f"doctor/{doctor.pk}/timeslots/?date={TUESDAY}")
    assert (slots.status_code, slots.json()["data"]["slots"]) == (200, [])
    found = send(APIClient(), "get", f"doctors/?date={TUESDAY}")
    assert (found.status_code, found.json()["data"]["count"]) == (200, 0)


def test_a_closure_takes_the_day_from_every_doctor(doctor: Doctor) -> None:
    make_hours(doctor, "09:00", "12:00")
    admin = client_of(make_admin())
    closed = send(admin, "post", "closures/", {**WHOLE_DAY, "note": "Stocktaking"})
    assert closed.status_code == 201
    slots = f"doctor/{doctor.pk}/timeslots/?date={TUESDAY}"
    assert send(APIClient(), "get", slots).json()["data"]["slots"] == []
    assert send(admin, "get", "closures/").json()["data"]["count"] == 1
    assert send(client_of(doctor.user), "get", "time-off/").json()["data"]["count"] == 0
    closure = closed.json()["data"]["id"]
    assert send(admin, "delete", f"closures/{closure}/").status_code == 200
    assert len(send(APIClient(), "get", slots).json()["data"]["slots"]) == 6


def statements(client: APIClient, method: str, path: str, body: Any = None) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert send(client, method, path, body).status_code in {200, 201}
    return len(captured)


def test_the_number_of_statements_does_not_grow_with_rules_doctors_or_appointments(
    doctor: Doctor,
) -> None:
    make_hours(doctor, "08:00", "22:00", slot_minutes=5)
    own, admin = client_of(doctor.user), client_of(make_admin())
    book(doctor, "08:00")
    for whose in (doctor, None):
        TimeOff.objects.create(doctor=whose, start_date=date(2033, 1, 1))
    asked = [
        (own, "get", "availability/?page_size=100", None),
        (own, "get", "time-off/?page_size=100", None),
        (own, "get", "appointments/history/?page_size=100", None),
        (own, "post", "time-off/?dry_run=true", WHOLE_DAY),
        (admin, "get", "closures/?page_size=100", None),
        (admin, "post", "closures/?dry_run=true", WHOLE_DAY),
    ]
    few = [statements(*each) for each in asked]
    for number in range(1, 100):
        make_hours(doctor, "23:00", "23:30")
        TimeOff.objects.create(doctor=doctor, start_date=date(2033, 1, 1))
        TimeOff.objects.create(doctor=None, start_date=date(2033, 1, 1))
        book(doctor, f"{8 + number // 12:02}:{number % 12 * 5:02}")
    for _ in range(20):
        another = make_doctor(timezone="Europe/Berlin")
        make_hours(another, "09:00", "12:00")
        book(another)
    assert [statements(*each) for each in asked] == few
    assert max(few) <= 17
