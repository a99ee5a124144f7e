"""Doctors keep their time off in the browser; the clinic's closures stand in the list, to be read."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries

from medicare_django.accounts.models import Doctor
from medicare_django.scheduling.models import TimeOff
from tests.integration.factories import browser_of, make_doctor, make_hours
from tests.integration.web.test_availability import book, errors_of, question_of, text_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("clock")]
NOW = datetime(2031, 6, 2, 7, tzinfo=UTC)  # a Monday
TUESDAY = date(2031, 6, 3)
LIST, ADD = "/doctor/time-off/", "/doctor/time-off/add/"


@pytest.fixture
def doctor() -> Doctor:
    doctor = make_doctor(name="Dr Ada Okafor")
    make_hours(doctor, "09:00", "12:00")
    return doctor


@pytest.fixture
def browser(doctor: Doctor) -> Client:
    return browser_of(doctor.user)


def typed(**changes: str) -> dict[str, str]:
    return {"start_date": "2031-06-03", "note": "Course", **changes}


def away(doctor: Doctor | None, first: date, **more: Any) -> TimeOff:
    return TimeOff.objects.create(doctor=doctor, start_date=first, **more)


def test_whole_days_are_added_and_said_back(doctor: Doctor, browser: Client) -> None:
    saved = browser.post(ADD, typed(end_date="2031-06-05"))
    assert (saved.status_code, saved["Location"]) == (302, LIST)
    row = TimeOff.objects.get()
    assert (row.doctor, row.start_time, row.note) == (doctor, None, "Course")
    text = text_of(browser.get(LIST))
    assert "Saved: 3 to 5 June." in text
    assert "3 to 5 June Course" in text


def test_a_part_of_a_day_is_added_by_its_times(browser: Client) -> None:
    browser.post(ADD, typed(start_time="12:00", end_time="14:00"))
    row = TimeOff.objects.get()
    assert (row.start_time, row.end_time) == (time(12), time(14))
    assert "Tuesday 3 June 12:00-14:00" in text_of(browser.get(LIST))


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"start_date": ""}, {"start_date": ["Enter the first day."]}),
        (
            {"start_date": "1999-01-01"},
            {"start_date": ["Give a date from 2000-01-01 to 9998-12-31."]},
        ),
        ({"end_date": "2031-06-02"}, {"end_date": ["The end must not lie before the start."]}),
        ({"end_date": "9999-06-02"}, {"end_date": ["Give a date from 2000-01-01 to 9998-12-31."]}),
        (
            {"start_time": "12:00"},
            {"end_time": ["Give both times, or neither for whole days."]},
        ),
        (
            {"start_time": "12", "end_time": "13:00"},
            {"start_time": ["Enter a time of day, such as 09:30."]},
        ),
        (
            {"start_time": "12:00", "end_time": "12:00"},
            {"end_time": ["The end must differ from the start."]},
        ),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_the_rest_is_kept(
    browser: Client, changes: dict[str, str], wrong: dict[str, list[str]]
) -> None:
    refused = browser.post(ADD, typed(**changes))
    assert refused.status_code == 200
    assert errors_of(refused) == wrong
    assert 'value="Course"' in refused.content.decode()
    assert not TimeOff.objects.exists()


def test_a_note_that_cannot_be_read_is_refused(browser: Client) -> None:
    assert "note" in errors_of(browser.post(ADD, typed(note="a\u202eb")))
    assert "note" in errors_of(browser.post(ADD, typed(note="x" * 201)))


def test_whoever_is_booked_then_is_asked_about_first(doctor: Doctor, browser: Client) -> None:
    booked = book(doctor)
    asked = browser.post(ADD, typed())
    assert (
        "1 booked appointment would fall into this time off: Ben Amor, Tue 3 Jun, 09:00"
        in text_of(asked)
    )
    assert not TimeOff.objects.exists()
    late = book(doctor, 10, "Cem Ay")
    again = browser.post(ADD, {**question_of(asked), "then": "cancel"})
    assert "2 booked appointments would fall" in text_of(again)
    assert not TimeOff.objects.exists()
    done = browser.post(ADD, {**question_of(again), "then": "cancel"}, follow=True)
    assert "2 appointments are cancelled, and each patient gets a mail." in text_of(done)
    for each in (booked, late):
        each.refresh_from_db()
        assert each.status == "cancelled"
    assert TimeOff.objects.get().note == "Course"


def test_they_may_stand(doctor: Doctor, browser: Client) -> None:
    booked = book(doctor)
    asked = browser.post(ADD, typed())
    done = browser.post(ADD, {**question_of(asked), "then": "keep"}, follow=True)
    assert "1 appointment stands all the same." in text_of(done)
    booked.refresh_from_db()
    assert booked.status == "booked"


def test_deleting_asks_and_is_done(doctor: Doctor, browser: Client) -> None:
    row = away(doctor, TUESDAY)
    path = f"{LIST}{row.pk}/delete/"
    assert "Delete this time off? Tuesday 3 June" in text_of(browser.get(path))
    assert TimeOff.objects.exists()
    done = browser.post(path, follow=True)
    assert "Deleted: Tuesday 3 June." in text_of(done)
    assert not TimeOff.objects.exists()
    assert browser.post(path).status_code == 404


def test_neither_closures_nor_the_time_off_of_others_can_be_deleted(browser: Client) -> None:
    rows = [away(None, TUESDAY), away(make_doctor(), TUESDAY)]
    for row in rows:
        path = f"{LIST}{row.pk}/delete/"
        assert browser.get(path).status_code == 404
        assert browser.post(path).status_code == 404
    assert TimeOff.objects.count() == 2


def test_closures_stand_in_the_list_without_a_way_to_delete_them(
    doctor: Doctor, browser: Client
) -> None:
    closure, own = away(None, TUESDAY, note="Holiday"), away(doctor, TUESDAY)
    away(make_doctor(), TUESDAY, note="Of another doctor")
    page = browser.get(LIST)
    assert "Tuesday 3 June Holiday The clinic is closed" in text_of(page)
    assert "Of another doctor" not in text_of(page)
    assert f"{LIST}{own.pk}/delete/" in page.content.decode()
    assert f"{LIST}{closure.pk}/delete/" not in page.content.decode()


def test_what_is_over_is_folded_and_what_goes_on_is_marked(
    doctor: Doctor, browser: Client
) -> None:
    assert "No time off is planned" in text_of(browser.get(LIST))
    away(doctor, TUESDAY - timedelta(days=2))
    away(doctor, TUESDAY - timedelta(days=1))
    text = text_of(browser.get(LIST))
    places = [text.index(part) for part in ("Monday 2 June Now", "over (1)", "Sunday 1 June")]
    assert places == sorted(places)


def test_it_costs_the_same_however_much_there_is(
    doctor: Doctor, browser: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(60):
        away(doctor, TUESDAY + timedelta(days=number - 30))
    with django_assert_num_queries(8):
        page = browser.get(LIST)
    assert "1-25 of 29" in text_of(page)
    assert "26-29 of 29" in text_of(browser.get(f"{LIST}?page=2"))
