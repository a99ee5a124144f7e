"""Whom patients find, and by what."""

from datetime import UTC, date, datetime, time
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from medicare_django.accounts.models import Doctor
from medicare_django.scheduling.models import TimeOff
from tests.integration.factories import client_of, make_doctor, make_hours, make_patient

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
NOW = datetime(2031, 6, 2, 7, tzinfo=UTC)  # a Monday, 09:00 in Berlin


def found(query: str = "") -> list[str]:
    answer = APIClient().get(f"/api/doctors/?{query}")
    assert answer.status_code == 200, answer.json()
    data = answer.json()["data"]
    assert data["count"] == len(data["results"])
    return [doctor["name"] for doctor in data["results"]]


@pytest.fixture
def clinic() -> dict[str, Doctor]:
    people: list[dict[str, Any]] = [
        {"name": "Ada Okafor", "specialization": "Cardiology", "hospital": "St Anne"},
        {"name": "Bo Lindqvist", "specialization": "Dermatology", "hospital": "St Anne"},
        {"name": "Cleo Anne Dietz", "specialization": "Cardiology", "hospital": "Riverside"},
    ]
    return {
        person["name"][0]: make_doctor(timezone="Europe/Berlin", **person) for person in people
    }


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", "ABC"),
        ("search=anne", "ABC"),
        ("search=ANNE+card", "AC"),
        ("search=okafor", "A"),
        ("search=nobody", ""),
        ("search=", "ABC"),
        ("search=c%25", ""),
        ("specialization=cardiology", "AC"),
        ("hospital=river", "C"),
        ("specialization=Cardiology&hospital=St+Anne", "A"),
        ("search=st&specialization=derma", "B"),
    ],
)
def test_doctors_are_found_by_words(clinic: dict[str, Doctor], query: str, names: str) -> None:
    assert [name[0] for name in found(query)] == list(names)


@pytest.mark.parametrize("word", ["\u00d6ZLEM", "\u00f6zlem", "Ozlem", "O\u0308zlem", "STRASSE"])
def test_doctors_are_found_whatever_the_case_and_the_accents(word: str) -> None:
    make_doctor(name="Dr \u00d6zlem Kaya", hospital="Klinik Hauptstra\u00dfe")
    assert found(f"search={quote(word)}") == ["Dr \u00d6zlem Kaya"]


def test_a_date_keeps_those_with_a_free_time_that_day(clinic: dict[str, Doctor]) -> None:
    ada, bo, cleo = clinic.values()
    make_hours(ada, "09:00", "10:00", slot_minutes=60)
    make_hours(bo, "09:00", "10:00", slot_minutes=60)
    TimeOff.objects.create(
        doctor=bo, start_date=date(2031, 6, 4), start_time=time(9, 30), end_time=time(12)
    )
    make_hours(cleo, "09:00", "10:00", repeat_pattern="weekly", repeat_days={2})
    assert found("date=2031-06-03") == ["Ada Okafor", "Bo Lindqvist"]
    assert found("date=2031-06-04") == ["Ada Okafor", "Cleo Anne Dietz"]
    asked = {"doctor": ada.pk, "date": "2031-06-03", "time": "09:00"}
    booked = client_of(make_patient()).post("/api/book-appointment/", asked, format="json")
    assert booked.status_code == 201
    assert found("date=2031-06-03") == ["Bo Lindqvist"]
    assert found("date=2031-06-03&search=ada") == []
    TimeOff.objects.create(doctor=None, start_date=date(2031, 6, 5))
    assert found("date=2031-06-05") == []
    assert found("date=2031-06-01") == found("date=2039-06-01") == []


def test_the_date_is_that_of_each_doctors_own_clock() -> None:
    for name, zone in [("Early", "Pacific/Kiritimati"), ("Late", "Pacific/Pago_Pago")]:
        doctor = make_doctor(name=name, timezone=zone)
        make_hours(doctor, "09:00", "10:00", repeat_pattern="none", start_date=date(2031, 6, 4))
    assert found("date=2031-06-04") == ["Early", "Late"]
    assert found("date=2031-06-03") == found("date=2031-06-05") == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("date=", "date"),
        ("date=2031-6-3", "date"),
        ("date=9999-12-31", "date"),
        ("date=2031-06-03&date=2031-06-04", "date"),
        ("search=a&search=b", "search"),
        ("search=%00", "search"),
        (f"search={'x' * 101}", "search"),
        ("page=x", "page"),
        ("page_size=0", "page_size"),
    ],
)
def test_what_cannot_be_read_is_named(query: str, field: str) -> None:
    answer = APIClient().get(f"/api/doctors/?{query}")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])


def test_the_last_dates_of_the_calendar_are_no_error(clinic: dict[str, Doctor]) -> None:
    make_hours(clinic["A"], "09:00", "10:00")
    for day in ("9998-12-31", "2000-01-01"):
        assert found(f"date={day}") == []
        path = f"/api/doctor/{clinic['A'].pk}/timeslots/?date={day}"
        assert APIClient().get(path).json()["data"]["slots"] == []


def test_pages_are_of_a_hundred_at_most_and_say_where_to_go_on() -> None:
    for _ in range(101):
        make_doctor()
    data = APIClient().get("/api/doctors/?page_size=1000").json()["data"]
    assert (data["count"], len(data["results"]), data["previous"]) == (101, 100, None)
    assert "page=2" in data["next"]
    assert len(APIClient().get(data["next"]).json()["data"]["results"]) == 1
    assert APIClient().get("/api/doctors/?page=7").status_code == 404


def test_the_number_of_statements_does_not_grow() -> None:
    def statements(path: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert APIClient().get(path).status_code == 200
        return len(captured)

    first = make_doctor()
    make_hours(first, "09:00", "12:00")
    paths = [
        "/api/doctors/?page_size=100",
        "/api/doctors/?page_size=100&date=2031-06-04&search=anne",
        f"/api/doctors/{first.pk}/",
        f"/api/doctor/{first.pk}/availability/?date=2031-06-04",
        f"/api/doctor/{first.pk}/timeslots/?date=2031-06-04",
    ]
    few = [statements(path) for path in paths]
    for _ in range(99):
        make_hours(make_doctor(), "09:00", "12:00")
        make_hours(first, "13:00", "14:00")
        TimeOff.objects.create(doctor=first, start_date=date(2031, 7, 1))
    assert [statements(path) for path in paths] == few == [2, 7, 1, 2, 2]
