"""A doctor's page: the month, the times of a day, and the places where clocks and people differ."""

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries, Settings
from time_machine import Traveller

from medicare_core.ids import DoctorId, PatientId
from medicare_django.accounts.models import Doctor
from medicare_django.scheduling.wiring import booking_service
from tests.integration.factories import (
    browser_of,
    make_admin,
    make_doctor,
    make_hours,
    make_patient,
)
from tests.integration.web_pages import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
NOW = datetime(2031, 6, 2, 7, tzinfo=UTC)  # a Monday, 09:00 in Berlin


@pytest.fixture
def ada() -> Doctor:
    """Works on Tuesday and Thursday mornings."""
    doctor = make_doctor(name="Ada Okafor", timezone="Europe/Berlin")
    weekly = {"repeat_pattern": "weekly", "repeat_days": frozenset({1, 3})}
    make_hours(doctor, "09:00", "12:00", **weekly)
    return doctor


def visit(doctor: Doctor, browser: Client | None = None, **query: str) -> Any:
    answer = (browser or Client()).get(f"/doctors/{doctor.pk}/", query)
    assert answer.status_code == 200
    return answer


def free_days(answer: Any) -> list[int]:
    weeks = answer.context["timetable"].weeks
    return [day.on.day for week in weeks for day in week if day and day.count]


def times_of(answer: Any) -> dict[str, list[str]]:
    parts = answer.context["timetable"].parts
    return {name: [each.label for each in visits] for name, visits in parts}


def test_the_first_day_with_free_times_is_shown(ada: Doctor) -> None:
    answer = visit(ada)
    assert answer.context["timetable"].chosen == date(2031, 6, 3)
    assert free_days(answer) == [3, 5, 10, 12, 17, 19, 24, 26]
    assert times_of(answer) == {"Morning": ["09:00", "09:30", "10:00", "10:30", "11:00", "11:30"]}


def test_the_month_is_a_table_of_weeks_whose_free_days_are_links(ada: Doctor) -> None:
    page = visit(ada).content.decode()
    assert page.count("<table>") == 1
    [free] = re.findall(r'<td><a [^>]*href="\?date=2031-06-05#times".*?</td>', page)
    assert '<span>5</span><span class="unseen">, 6 times free</span>' in free
    assert free.count("<i></i>") == 2
    assert "date=2031-06-04" not in page
    assert 'class="day today"><span>2</span><span class="unseen">, today' in page
    assert page.count('aria-current="date"') == 1
    first_week = visit(ada).context["timetable"].weeks[0]
    assert [day and day.on.day for day in first_week] == [2, 3, 4, 5, 6, 7, 8]


@pytest.mark.parametrize(("booked", "dots"), [(5, 1), (3, 1), (2, 2), (0, 2)])
def test_dots_tell_few_from_many(ada: Doctor, booked: int, dots: int) -> None:
    for number in range(booked):
        start = datetime(2031, 6, 3, 7, tzinfo=UTC) + timedelta(minutes=30 * number)
        booking_service().book(DoctorId(ada.pk), PatientId(make_patient().pk), start, now=NOW)
    weeks = visit(ada).context["timetable"].weeks
    [tuesday] = [day for day in weeks[0] if day and day.on.day == 3]
    assert tuesday.count == 6 - booked
    assert len(tuesday.dots) == dots


def test_a_time_is_a_radio_button_with_the_whole_visit_for_a_name(ada: Doctor) -> None:
    page = visit(ada, date="2031-06-05").content.decode()
    [radio] = re.findall(r'<input type="radio" [^>]*T09:30\+02:00"[^>]*>', unescape(page))
    assert 'name="start"' in radio
    assert 'aria-label="Thursday 5 June, 09:30 to 10:00"' in radio
    assert "checked" not in radio
    assert f'action="/doctors/{ada.pk}/book/"' in page


def test_the_time_that_a_card_showed_is_chosen_already(ada: Doctor) -> None:
    page = visit(ada, date="2031-06-05", start="2031-06-05T09:30+02:00").content.decode()
    assert re.findall(r'aria-label="([^"]+)"[^>]* checked', page) == [
        "Thursday 5 June, 09:30 to 10:00"
    ]


def test_times_stand_by_the_part_of_the_day() -> None:
    doctor = make_doctor(timezone="Europe/Berlin")
    make_hours(doctor, "11:00", "18:00", slot_minutes=60)
    assert times_of(visit(doctor, date="2031-06-04")) == {
        "Morning": ["11:00"],
        "Afternoon": ["12:00", "13:00", "14:00", "15:00", "16:00"],
        "Evening": ["17:00"],
    }


@pytest.mark.parametrize(
    ("query", "month", "chosen"),
    [
        ({"month": "2031-08"}, date(2031, 8, 1), date(2031, 8, 5)),
        ({"month": "2031-05"}, date(2031, 6, 1), date(2031, 6, 3)),
        ({"month": "2042-01"}, date(2031, 11, 1), date(2031, 11, 4)),
        ({"month": "0001-01"}, date(2031, 6, 1), date(2031, 6, 3)),
        ({"month": "9999-12"}, date(2031, 11, 1), date(2031, 11, 4)),
        ({"month": "2031-13"}, date(2031, 6, 1), date(2031, 6, 3)),
        ({"month": "x"}, date(2031, 6, 1), date(2031, 6, 3)),
        ({"date": "2031-07-10"}, date(2031, 7, 1), date(2031, 7, 10)),
        ({"date": "2031-06-01"}, date(2031, 6, 1), date(2031, 6, 3)),
        ({"date": "2031-11-30"}, date(2031, 6, 1), date(2031, 6, 3)),
        ({"date": "31-31-31"}, date(2031, 6, 1), date(2031, 6, 3)),
        ({"date": "2031-07-10", "month": "2031-09"}, date(2031, 9, 1), date(2031, 7, 10)),
    ],
)
def test_any_address_shows_a_month_in_which_something_may_be_booked(
    ada: Doctor, query: dict[str, Any], month: date, chosen: date
) -> None:
    shown = visit(ada, **query).context["timetable"]
    assert (shown.month, shown.chosen) == (month, chosen)


def test_the_months_lead_from_this_one_to_the_horizon(ada: Doctor) -> None:
    page = visit(ada).content.decode()
    assert "?month=2031-05" not in page
    assert 'href="?month=2031-07#month"' in page
    page = visit(ada, month="2031-11").content.decode()
    assert 'href="?month=2031-10#month"' in page
    assert "?month=2031-12" not in page


def test_at_the_end_of_a_month_the_first_weeks_of_the_next_one_follow(
    ada: Doctor, clock: Traveller
) -> None:
    clock.move_to(datetime(2031, 6, 24, 7, tzinfo=UTC))
    answer = visit(ada)
    assert answer.context["timetable"].month_words == "Jun and Jul 2031"
    assert free_days(answer) == [24, 26, 1, 3, 8, 10]
    assert answer.context["timetable"].shown_until == date(2031, 7, 13)
    page = answer.content.decode()
    assert 'href="?date=2031-06-26#times"' in page
    assert 'href="?date=2031-07-01&amp;month=2031-06#times"' in page
    assert "<span>1<small> Jul</small></span>" in page
    assert 'href="?month=2031-07#month"' in page
    chosen = visit(ada, date="2031-07-01", month="2031-06")
    assert chosen.context["timetable"].chosen == date(2031, 7, 1)
    assert free_days(chosen) == free_days(answer)


def test_a_month_of_which_three_weeks_are_left_stands_alone(ada: Doctor, clock: Traveller) -> None:
    clock.move_to(datetime(2031, 6, 10, 7, tzinfo=UTC))
    assert visit(ada).context["timetable"].month_words == "June 2031"
    clock.move_to(datetime(2031, 6, 16, 7, tzinfo=UTC))
    assert visit(ada).context["timetable"].shown_until == date(2031, 7, 6)


def test_two_months_of_two_years_are_both_told_with_theirs(ada: Doctor, clock: Traveller) -> None:
    clock.move_to(datetime(2031, 12, 30, 7, tzinfo=UTC))
    assert visit(ada).context["timetable"].month_words == "Dec 2031 and Jan 2032"


def test_where_nothing_is_free_in_what_is_shown_its_last_day_is_told(clock: Traveller) -> None:
    clock.move_to(datetime(2031, 6, 24, 7, tzinfo=UTC))
    doctor = make_doctor(timezone="Europe/Berlin")
    make_hours(doctor, "09:00", "10:00", start_date=date(2031, 7, 20), repeat_pattern="none")
    text = text_of(visit(doctor, month="2031-06"))
    assert "No free times until Sunday 13 July" in text
    assert "The soonest free time is Sunday 20 July" in text


def test_a_day_without_free_times_names_the_soonest(ada: Doctor) -> None:
    text = text_of(visit(ada, date="2031-06-04"))
    assert "No times are free on this day." in text
    assert "The soonest free time is Tuesday 3 June, 09:00 to 09:30." in text


def test_a_month_without_free_times_names_the_soonest() -> None:
    doctor = make_doctor(timezone="Europe/Berlin")
    make_hours(doctor, "09:00", "10:00", start_date=date(2031, 6, 3), repeat_pattern="none")
    text = text_of(visit(doctor, month="2031-07"))
    assert "No free times in July 2031" in text
    assert "The soonest free time is Tuesday 3 June" in text


def test_a_doctor_without_free_times_says_what_to_do() -> None:
    text = text_of(visit(make_doctor()))
    assert "nothing is free at present" in text
    assert "see who else works in Cardiology" in text


def test_times_at_which_the_patient_is_elsewhere_are_not_shown(ada: Doctor) -> None:
    bo, patient = make_doctor(timezone="Europe/Berlin"), make_patient()
    make_hours(bo, "09:00", "12:00", slot_minutes=180)
    start = datetime(2031, 6, 3, 7, tzinfo=UTC)
    booking_service().book(DoctorId(bo.pk), PatientId(patient.pk), start, now=NOW)
    answer = visit(ada, browser_of(patient))
    assert times_of(answer) == {}
    assert "You have other appointments at the times that are free" in text_of(answer)
    assert len(times_of(visit(ada))["Morning"]) == 6


def test_a_doctor_elsewhere_is_shown_in_the_time_of_that_place(settings: Settings) -> None:
    doctor = make_doctor(timezone="Asia/Kolkata")
    make_hours(doctor, "16:00", "18:00")
    assert "All times are in Kolkata time" in text_of(visit(doctor))
    settings.TIME_ZONE = "Asia/Kolkata"
    assert "Kolkata time" not in text_of(visit(doctor))


def test_both_times_of_the_night_with_the_longer_clock_can_be_told_apart(
    clock: Traveller,
) -> None:
    clock.move_to(datetime(2031, 10, 20, 7, tzinfo=UTC))
    doctor = make_doctor(timezone="Europe/Berlin")
    make_hours(doctor, "01:00", "04:00")
    answer = visit(doctor, date="2031-10-26")
    assert times_of(answer) == {
        "Morning": [
            "01:00",
            "01:30",
            "first 02:00",
            "first 02:30",
            "second 02:00",
            "second 02:30",
            "03:00",
            "03:30",
        ]
    }
    page = unescape(answer.content.decode())
    assert "Sunday 26 October, first 02:30 to second 02:00" in page
    assert "Sunday 26 October, second 02:30 to 03:00" in page
    assert 'value="2031-10-26T02:30+02:00"' in page
    assert 'value="2031-10-26T02:30+01:00"' in page
    assert "these hours come twice" in page


def test_who_works_here_can_see_the_page(ada: Doctor) -> None:
    assert visit(ada, browser_of(ada.user)).status_code == 200
    assert visit(ada, browser_of(make_admin())).status_code == 200


@pytest.mark.parametrize("number", [str(10**30), str(10**17), "0", "x"])
def test_a_doctor_who_is_not_there_is_not_found(number: str) -> None:
    assert Client().get(f"/doctors/{number}/").status_code == 404


def test_a_doctor_who_no_longer_works_here_is_not_found(ada: Doctor) -> None:
    ada.user.is_active = False
    ada.user.save()
    assert Client().get(f"/doctors/{ada.pk}/").status_code == 404


def test_the_page_takes_few_statements(
    ada: Doctor, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    browser = browser_of(make_patient())
    with django_assert_max_num_queries(12):
        visit(ada, browser)
