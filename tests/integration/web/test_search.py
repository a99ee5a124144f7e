"""The first page: whom patients find on it, in which order, and what it says of a wrong search."""

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries

from medicare_core.ids import DoctorId, PatientId
from medicare_django.accounts.models import Doctor
from medicare_django.scheduling.wiring import booking_service
from tests.integration.factories import browser_of, make_doctor, make_hours, make_patient
from tests.integration.web_pages import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
NOW = datetime(2031, 6, 2, 7, tzinfo=UTC)  # a Monday, 09:00 in Berlin
WEDNESDAY = date(2031, 6, 4)


def find(**query: Any) -> Any:
    return Client().get("/", query)


def names(answer: Any) -> list[str]:
    return [card.doctor.user.name for card in answer.context["cards"]]


@pytest.fixture
def clinic() -> dict[str, Doctor]:
    people: list[dict[str, Any]] = [
        {"name": "Ada Okafor", "specialization": "Cardiology", "hospital": "St Anne"},
        {"name": "Bo Lindqvist", "specialization": "Dermatology", "hospital": "Riverside"},
        {"name": "Cleo Dietz", "specialization": "Cardiology", "hospital": "Riverside"},
    ]
    ada, bo, cleo = (make_doctor(timezone="Europe/Berlin", **person) for person in people)
    make_hours(bo, "10:00", "12:00")
    make_hours(cleo, "14:00", "15:00", start_date=WEDNESDAY)
    return {"ada": ada, "bo": bo, "cleo": cleo}


def test_the_soonest_free_time_comes_first_and_who_has_none_last(
    clinic: dict[str, Doctor],
) -> None:
    answer = find()
    assert names(answer) == ["Bo Lindqvist", "Cleo Dietz", "Ada Okafor"]
    text = text_of(answer)
    assert "Mon 2 Jun, 10:00" in text
    assert "No free times at present" in text


def test_a_card_leads_to_the_day_and_the_time(clinic: dict[str, Doctor]) -> None:
    where = f"/doctors/{clinic['cleo'].pk}/?date=2031-06-04&amp;start=2031-06-04T14%3A00%2B02%3A00"
    assert where in find().content.decode()


def test_with_a_day_the_first_free_time_of_that_day_is_shown(clinic: dict[str, Doctor]) -> None:
    answer = find(date="2031-06-04")
    assert names(answer) == ["Bo Lindqvist", "Cleo Dietz"]
    assert "2 doctors with free times on Wednesday 4 June" in text_of(answer)
    assert "Wed 4 Jun, 10:00" in text_of(answer)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"search": "river cardio"}, ["Cleo Dietz"]),
        ({"specialization": "Cardiology"}, ["Cleo Dietz", "Ada Okafor"]),
        ({"hospital": "St Anne"}, ["Ada Okafor"]),
        ({"search": "OKAFOR", "date": ""}, ["Ada Okafor"]),
    ],
)
def test_words_choose_among_the_doctors(
    clinic: dict[str, Doctor], query: dict[str, str], found: list[str]
) -> None:
    assert names(find(**query)) == found


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        ("2031-02-31", "Enter a date, such as 2026-12-01."),
        ("soon", "Enter a date, such as 2026-12-01."),
        ("2031-06-01", "This day is over. Choose another one."),
        ("0001-01-01", "This day is over. Choose another one."),
        ("9999-12-31", "Only days up to 29 November can be booked yet."),
    ],
)
def test_a_wrong_day_is_said_beside_its_field_and_the_rest_is_found(
    clinic: dict[str, Doctor], day: str, sentence: str
) -> None:
    answer = find(date=day, search="cleo")
    assert answer.status_code == 200
    assert answer.context["form"].errors == {"date": [sentence]}
    assert re.search(rf'id="id_date_error".*{re.escape(sentence)}', answer.content.decode())
    assert f'value="{day}"' in answer.content.decode()
    assert names(answer) == ["Cleo Dietz"]


def test_text_that_misleads_is_said_beside_its_field(clinic: dict[str, Doctor]) -> None:
    answer = find(search="a\u202eb")
    assert list(answer.context["form"].errors) == ["search"]
    assert len(names(answer)) == 3


def test_what_was_searched_stays_in_the_fields(clinic: dict[str, Doctor]) -> None:
    page = find(search="<b>", specialization="Alchemy", hospital="Riverside").content.decode()
    assert 'value="&lt;b&gt;"' in page
    assert '<option value="Alchemy" selected>' in page
    assert '<option value="Riverside" selected>' in page


def test_folded_filters_tell_how_many_are_in_use_and_open_where_one_is_wrong(
    clinic: dict[str, Doctor],
) -> None:
    assert "Filters (" not in text_of(find(search="ada"))
    narrowed = find(specialization="Cardiology", date=WEDNESDAY.isoformat())
    assert "Filters (2)" in text_of(narrowed)
    assert '<details class="sheet">' in narrowed.content.decode()
    assert '<details class="sheet" open>' in find(date="2031-13-01").content.decode()


def test_the_title_tells_what_was_found(clinic: dict[str, Doctor]) -> None:
    assert "<title>Find a doctor - Medicare</title>" in find().content.decode()
    assert "<title>Nobody found - Medicare</title>" in find(search="xyz").content.decode()


def test_a_search_without_a_result_says_what_to_do(clinic: dict[str, Doctor]) -> None:
    assert "Try fewer words" in text_of(find(search="nobody"))
    assert "Try a day before or after it" in text_of(find(date="2031-06-04", search="ada"))


def test_a_clinic_without_doctors_says_so() -> None:
    assert "No doctors can be booked here yet" in text_of(find())


def test_whoever_no_longer_works_here_is_not_found(clinic: dict[str, Doctor]) -> None:
    clinic["bo"].user.is_active = False
    clinic["bo"].user.save()
    assert names(find()) == ["Cleo Dietz", "Ada Okafor"]


def test_a_doctor_elsewhere_is_shown_with_the_words_of_the_zone() -> None:
    make_hours(make_doctor(timezone="Asia/Kolkata"), "16:00", "18:00")
    assert "Mon 2 Jun, 16:00 Kolkata time" in text_of(find())


def test_doctors_come_twelve_to_a_page() -> None:
    for _ in range(14):
        make_doctor()
    assert len(names(find())) == 12
    assert len(names(find(page="2"))) == 2
    assert len(names(find(page="99999999999999999999"))) == 2
    assert len(names(find(page="x"))) == 12


@pytest.mark.parametrize("query", [{}, {"date": "2031-06-04"}])
def test_the_page_takes_as_many_statements_for_ten_doctors_as_for_one(
    django_assert_num_queries: DjangoAssertNumQueries, query: dict[str, str]
) -> None:
    for _ in range(10):
        doctor = make_doctor()
        make_hours(doctor, "09:00", "12:00")
        start = datetime(2031, 6, 3, 9, tzinfo=UTC)
        booking_service().book(DoctorId(doctor.pk), PatientId(make_patient().pk), start, now=NOW)
    browser = browser_of(make_patient())
    with django_assert_num_queries(11):
        assert len(names(browser.get("/", query))) == 10
