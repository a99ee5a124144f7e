"""Doctors add, change and delete their hours in the browser, and are asked about whom that strands."""

import re
from datetime import UTC, date, datetime, time, timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries

from medicare_core.ids import AppointmentId, DoctorId, PatientId
from medicare_django.accounts.models import Doctor
from medicare_django.notifications.models import Kind, Notification
from medicare_django.scheduling.models import Appointment, DoctorAvailability
from medicare_django.scheduling.wiring import booking_service
from tests.integration.factories import browser_of, make_doctor, make_hours, make_patient

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("clock")]
NOW = datetime(2031, 6, 2, 7, tzinfo=UTC)  # a Monday
TUESDAY = date(2031, 6, 3)
LIST, ADD, PREVIEW = (f"/doctor/availability/{end}" for end in ("", "add/", "preview/"))
WEEKLY: dict[str, Any] = {
    "repeat_pattern": "weekly",
    "repeat_days": ["0", "2"],
    "repeat_interval": "2",
    "start_date": "2031-06-02",
    "end_date": "2031-06-30",
    "start_time": "14:00",
    "end_time": "16:00",
    "slot_minutes": "20",
}
WORDS = "Mondays and Wednesdays 14:00-16:00, every 2 weeks, until 30 June"


@pytest.fixture
def doctor() -> Doctor:
    return make_doctor(name="Dr Ada Okafor")


@pytest.fixture
def browser(doctor: Doctor) -> Client:
    return browser_of(doctor.user)


def book(doctor: Doctor, hour: int = 9, name: str = "Ben Amor") -> Appointment:
    booked = booking_service().book(
        DoctorId(doctor.pk),
        PatientId(make_patient(name=name).pk),
        datetime(2031, 6, 3, hour, tzinfo=UTC),
        now=NOW,
    )
    return Appointment.objects.get(pk=booked.id)


def text_of(answer: Any) -> str:
    """What people read, on one line."""
    text = re.sub(r"(?s)<head.*?</head>|<svg.*?</svg>|<[^>]+>", " ", answer.content.decode())
    return re.sub(r" (?=[,:])", "", " ".join(unescape(text).split()))


def errors_of(answer: Any) -> dict[str, list[str]]:
    """By field, as they stand beside them."""
    found: dict[str, list[str]] = dict(answer.context["form"].errors)
    for name in found:
        assert f'id="id_{name}_error"' in answer.content.decode()
    return found


def rules() -> list[tuple[Any, ...]]:
    return list(DoctorAvailability.objects.order_by("pk").values_list("pk", "start_time"))


def typed(**changes: Any) -> dict[str, Any]:
    return {**WEEKLY, **changes}


def question_of(answer: Any) -> dict[str, Any]:
    """What the question sends with any answer: all that was typed, and the ids of the named."""
    fields = re.findall(
        r'<input type="hidden" name="(\w+)" value="([^"]*)"', answer.content.decode()
    )
    found: dict[str, Any] = {}
    for name, value in fields:
        if name != "csrfmiddlewaretoken":
            found.setdefault(name, []).append(value)
    return found


class TestAdding:
    def test_hours_begin_today_unless_another_day_is_chosen(self, browser: Client) -> None:
        form = browser.get(ADD).context["form"]
        assert form["start_date"].value() == date(2031, 6, 2)
        assert form["end_date"].value() is None

    def test_the_times_of_hours_stay_on_one_line(self, browser: Client) -> None:
        browser.post(ADD, WEEKLY)
        page = browser.get(LIST).content.decode()
        assert page.count('<span class="nowrap">14:00-16:00,</span>') == 2

    def test_hours_are_saved_and_said_back(self, doctor: Doctor, browser: Client) -> None:
        saved = browser.post(ADD, WEEKLY)
        assert (saved.status_code, saved["Location"]) == (302, LIST)
        row = DoctorAvailability.objects.get()
        assert (row.doctor, row.repeat_interval, row.slot_minutes) == (doctor, 2, 20)
        assert row.repeat_days == frozenset({0, 2})
        listed = text_of(browser.get(LIST))
        assert f"Saved: {WORDS}, 20-minute visits." in listed
        assert f"{WORDS} 20-minute visits" in listed

    @pytest.mark.parametrize(
        ("pattern", "kept"),
        [
            ("none", (None, frozenset(), 1)),
            ("daily", (date(2031, 6, 30), frozenset(), 1)),
        ],
    )
    def test_what_the_pattern_does_not_use_is_dropped(
        self, browser: Client, pattern: str, kept: tuple[Any, ...]
    ) -> None:
        given = typed(repeat_pattern=pattern, repeat_interval="many")
        assert browser.post(ADD, given).status_code == 302
        row = DoctorAvailability.objects.get()
        assert (row.end_date, row.repeat_days, row.repeat_interval) == kept
        assert row.repeat_pattern == pattern

    @pytest.mark.parametrize(
        ("changes", "wrong"),
        [
            ({"repeat_days": []}, {"repeat_days": ["Choose at least one weekday."]}),
            ({"repeat_days": ["9"]}, {"repeat_days": ["Choose at least one weekday."]}),
            (
                {"repeat_interval": "53"},
                {"repeat_interval": ["Give a whole number from 1 to 52."]},
            ),
            ({"repeat_interval": "x"}, {"repeat_interval": ["Enter a whole number."]}),
            ({"repeat_pattern": "hourly"}, {"repeat_pattern": ["Choose one of these."]}),
            (
                {"start_date": "1.6.2031"},
                {"start_date": ["Enter a date, such as 2026-12-01."]},
            ),
            (
                {"end_date": "2031-06-01"},
                {"end_date": ["The end must not lie before the start."]},
            ),
            (
                {"end_date": "9999-01-01"},
                {"end_date": ["Give a date from 2000-01-01 to 9998-12-31."]},
            ),
            (
                {"repeat_pattern": "none", "start_date": "9999-01-01"},
                {"start_date": ["Give a date from 2000-01-01 to 9998-12-31."]},
            ),
            ({"start_time": "14:01"}, {"start_time": ["Give a multiple of 5 minutes."]}),
            ({"end_time": "14:00"}, {"end_time": ["The end must differ from the start."]}),
            ({"slot_minutes": "7"}, {"slot_minutes": ["Give a multiple of 5 minutes."]}),
            (
                {"slot_minutes": "9" * 30},
                {"slot_minutes": ["Give a whole number from 5 to 1440."]},
            ),
        ],
    )
    def test_what_is_wrong_stands_beside_its_field_and_the_rest_is_kept(
        self, browser: Client, changes: dict[str, Any], wrong: dict[str, list[str]]
    ) -> None:
        refused = browser.post(ADD, typed(**changes))
        assert refused.status_code == 200
        assert errors_of(refused) == wrong
        content = refused.content.decode()
        assert "<title>Error: " in content
        for name in {"end_time", "slot_minutes"} - set(changes):
            assert f'value="{WEEKLY[name]}"' in content
        assert not DoctorAvailability.objects.exists()

    def test_nothing_at_all_is_refused_field_by_field(self, browser: Client) -> None:
        wrong = errors_of(browser.post(ADD, {"repeat_pattern": "none"}))
        assert set(wrong) == {"start_date", "start_time", "end_time", "slot_minutes"}

    def test_the_day_is_the_doctors_own(self) -> None:
        doctor = make_doctor(timezone="Asia/Kolkata")
        browser = browser_of(doctor.user)
        assert "Kolkata time" in text_of(browser.get(ADD))
        make_hours(doctor, "22:00", "23:00", start_date=date(2031, 6, 1), repeat_pattern="none")
        assert "Hours that are over (1)" in text_of(browser.get(LIST))


class TestChanging:
    def test_the_form_holds_what_is_stored_and_the_list_shows_the_change(
        self, doctor: Doctor, browser: Client
    ) -> None:
        browser.post(ADD, WEEKLY)
        [(pk, _)] = rules()
        page = browser.get(f"{LIST}{pk}/").content.decode()
        assert page.count("checked") == 3
        for name in ("start_date", "end_date", "start_time", "end_time", "slot_minutes"):
            assert f'value="{WEEKLY[name]}"' in page
        assert WORDS in text_of(browser.get(f"{LIST}{pk}/"))
        changed = browser.post(f"{LIST}{pk}/", typed(start_time="15:00"))
        assert changed["Location"] == LIST
        assert rules() == [(pk, time(15))]

    def test_the_later_of_two_browsers_wins(self, doctor: Doctor, browser: Client) -> None:
        pk, other = make_hours(doctor, "09:00", "12:00").pk, browser_of(doctor.user)
        for each, start in ((browser, "10:00"), (other, "11:00")):
            assert each.post(f"{LIST}{pk}/", typed(start_time=start)).status_code == 302
        assert rules() == [(pk, time(11))]

    def test_what_was_deleted_meanwhile_is_not_there(
        self, doctor: Doctor, browser: Client
    ) -> None:
        path = f"{LIST}{make_hours(doctor, '09:00', '12:00').pk}/"
        DoctorAvailability.objects.all().delete()
        for answer in (
            browser.get(path),
            browser.post(path, WEEKLY),
            browser.get(f"{path}delete/"),
            browser.post(f"{path}delete/"),
        ):
            assert answer.status_code == 404
        assert rules() == []

    @pytest.mark.parametrize("number", [10**17, 10**30])
    def test_no_number_is_too_large_to_be_not_found(self, browser: Client, number: int) -> None:
        assert browser.get(f"{LIST}{number}/").status_code == 404
        assert browser.post(f"{LIST}{number}/delete/").status_code == 404

    def test_the_hours_of_others_are_not_there_either(self, browser: Client) -> None:
        path = f"{LIST}{make_hours(make_doctor(), '09:00', '12:00').pk}/"
        assert browser.get(path).status_code == 404
        assert browser.post(path, WEEKLY).status_code == 404
        assert browser.post(f"{path}delete/").status_code == 404
        assert DoctorAvailability.objects.count() == 1


class TestStranding:
    @pytest.fixture
    def path(self, doctor: Doctor) -> str:
        return f"{LIST}{make_hours(doctor, '09:00', '12:00').pk}/"

    def test_a_change_that_strands_somebody_asks_first(
        self, doctor: Doctor, browser: Client, path: str
    ) -> None:
        booked, before = book(doctor), rules()
        asked = browser.post(path, WEEKLY)
        assert asked.status_code == 200
        text = text_of(asked)
        assert (
            "1 booked appointment would lie outside your hours: Ben Amor, Tue 3 Jun, 09:00" in text
        )
        assert "Save and keep this appointment" in text
        assert "Save and cancel it" in text
        assert rules() == before
        sent = question_of(asked)
        assert sent.pop("stranded") == [str(booked.pk)]
        assert sent == {name: [v] if isinstance(v, str) else v for name, v in WEEKLY.items()}

    def test_they_are_kept_where_that_is_the_answer(
        self, doctor: Doctor, browser: Client, path: str
    ) -> None:
        booked = book(doctor)
        sent = question_of(browser.post(path, WEEKLY))
        answer = browser.post(path, {**sent, "then": "keep"}, follow=True)
        assert "1 appointment stands all the same." in text_of(answer)
        booked.refresh_from_db()
        assert booked.status == "booked"
        assert rules()[0][1] == time(14)

    def test_they_are_cancelled_with_a_mail_where_that_is_the_answer(
        self, doctor: Doctor, browser: Client, path: str
    ) -> None:
        booked = book(doctor)
        sent = question_of(browser.post(path, WEEKLY))
        answer = browser.post(path, {**sent, "then": "cancel"}, follow=True)
        assert "1 appointment is cancelled, and the patient gets a mail." in text_of(answer)
        booked.refresh_from_db()
        assert booked.status == "cancelled"
        assert Notification.objects.filter(kind=Kind.CANCELLED).count() == 1

    def test_going_back_keeps_all_that_was_typed(
        self, doctor: Doctor, browser: Client, path: str
    ) -> None:
        book(doctor)
        sent, before = question_of(browser.post(path, WEEKLY)), rules()
        form = browser.post(path, {**sent, "then": "back"})
        assert form.status_code == 200
        assert 'value="14:00"' in form.content.decode()
        assert form.content.decode().count("checked") == 3
        assert rules() == before

    @pytest.mark.parametrize("then", ["keep", "cancel"])
    def test_whoever_books_meanwhile_is_asked_about_as_well(
        self, doctor: Doctor, browser: Client, path: str, then: str
    ) -> None:
        book(doctor)
        sent, before = question_of(browser.post(path, WEEKLY)), rules()
        late = book(doctor, 10, "Cem Ay")
        asked = browser.post(path, {**sent, "then": then})
        assert "2 booked appointments would lie outside your hours" in text_of(asked)
        assert "Cem Ay" in text_of(asked)
        assert rules() == before
        late.refresh_from_db()
        assert late.status == "booked"
        answer = browser.post(path, {**question_of(asked), "then": then})
        assert answer.status_code == 302

    def test_whoever_cancels_meanwhile_needs_no_new_question(
        self, doctor: Doctor, browser: Client, path: str
    ) -> None:
        gone = book(doctor)
        book(doctor, 10)
        sent = question_of(browser.post(path, WEEKLY))
        booking_service().cancel(AppointmentId(gone.pk), now=NOW)
        answer = browser.post(path, {**sent, "then": "cancel"}, follow=True)
        assert "1 appointment is cancelled" in text_of(answer)

    def test_an_answer_that_names_nobody_or_nonsense_decides_nothing(
        self, doctor: Doctor, browser: Client, path: str
    ) -> None:
        book(doctor)
        before = rules()
        for named in ("", "nonsense,", "0" * 32):
            asked = browser.post(path, {**WEEKLY, "then": "cancel", "stranded": named})
            assert "1 booked appointment" in text_of(asked)
        assert rules() == before

    def test_many_are_named_all_of_them(self, doctor: Doctor, browser: Client, path: str) -> None:
        for hour in (9, 10, 11):
            book(doctor, hour)
            book_half = datetime(2031, 6, 3, hour, 30, tzinfo=UTC)
            booking_service().book(
                DoctorId(doctor.pk), PatientId(make_patient(name="Zoe").pk), book_half, now=NOW
            )
        text = text_of(browser.post(path, WEEKLY))
        assert "6 booked appointments" in text
        assert "1 more Zoe, Tue 3 Jun, 11:30" in text

    def test_deleting_names_whom_it_strands_before_it_is_asked_for(
        self, doctor: Doctor, browser: Client, path: str
    ) -> None:
        booked, before = book(doctor), rules()
        asked = browser.get(f"{path}delete/?next={LIST}?week=2031-06-09")
        text = text_of(asked)
        assert "Delete these hours? Every day 09:00-12:00" in text
        assert "Ben Amor, Tue 3 Jun, 09:00" in text
        assert "Delete and cancel it" in text
        assert "data-confirm" in asked.content.decode()
        assert rules() == before
        assert "Ben Amor" in text_of(browser.post(f"{path}delete/"))
        assert rules() == before
        sent = question_of(asked)
        assert sent["next"] == [f"{LIST}?week=2031-06-09"]
        done = browser.post(f"{path}delete/", {**sent, "then": "cancel"})
        assert done["Location"] == f"{LIST}?week=2031-06-09"
        assert rules() == []
        booked.refresh_from_db()
        assert booked.status == "cancelled"

    def test_deleting_what_strands_nobody_asks_and_is_done(
        self, browser: Client, path: str
    ) -> None:
        assert "Do not delete" in text_of(browser.get(f"{path}delete/"))
        done = browser.post(f"{path}delete/", follow=True)
        assert "Deleted: Every day 09:00-12:00." in text_of(done)
        assert rules() == []


class TestPreview:
    def test_it_says_what_the_form_comes_to(self, doctor: Doctor, browser: Client) -> None:
        make_hours(doctor, "09:00", "12:00")
        told = browser.get(PREVIEW, WEEKLY)
        text = text_of(told)
        assert f"{WORDS} 20-minute visits" in text
        assert "Mon 2 Jun, Wed 4 Jun, Mon 16 Jun, Wed 18 Jun and so on" in text
        assert "14:00 to 16:00, These hours" in text
        assert "09:00 to 12:00, Hours" in text
        assert b"<html" not in told.content

    def test_the_rule_that_is_edited_is_not_shown_beside_itself(
        self, doctor: Doctor, browser: Client
    ) -> None:
        own = make_hours(doctor, "09:00", "12:00").pk
        make_hours(doctor, "17:00", "18:00")
        text = text_of(browser.get(PREVIEW, {**WEEKLY, "own": own}))
        assert "17:00 to 18:00, Hours" in text
        assert "09:00 to 12:00" not in text

    def test_without_a_script_a_button_shows_it_and_saves_nothing(self, browser: Client) -> None:
        page = browser.post(ADD, {**WEEKLY, "then": "preview"})
        assert WORDS in text_of(page)
        assert rules() == []

    @pytest.mark.parametrize(
        ("query", "sentence"),
        [
            ({}, "Once days and times are filled in"),
            ({"own": "9" * 40, "start_date": "x" * 900}, "Enter a date, such as"),
            (typed(end_time="14:00"), "The end must differ from the start."),
            (
                typed(repeat_days=["6"], end_date="2031-06-03"),
                "No day matches: there is no such weekday",
            ),
            (typed(start_date="9998-12-31", end_date=""), "from 31 December 9998"),
            (typed(start_date="2000-01-01", end_date="2000-01-02"), "until 2 January 2000"),
        ],
    )
    def test_what_is_no_rule_yet_is_no_error(
        self, browser: Client, query: dict[str, Any], sentence: str
    ) -> None:
        told = browser.get(PREVIEW, query)
        assert told.status_code == 200
        assert sentence in text_of(told)

    def test_time_off_is_shown_with_it(self, doctor: Doctor, browser: Client) -> None:
        browser.post("/doctor/time-off/add/", {"start_date": "2031-06-04", "note": "Course"})
        assert "all day, Time off: Course" in text_of(browser.get(PREVIEW, WEEKLY))


class TestList:
    def test_without_hours_it_says_what_to_do(self, browser: Client) -> None:
        assert "You have no hours yet, so nobody can book" in text_of(browser.get(LIST))

    def test_hours_that_are_over_are_folded_and_the_rest_ordered_by_weekday(
        self, doctor: Doctor, browser: Client
    ) -> None:
        single = {"repeat_pattern": "none", "start_date": TUESDAY}
        make_hours(doctor, "16:00", "17:00", **single)
        make_hours(doctor, "10:00", "11:00", repeat_pattern="weekly", repeat_days={3})
        make_hours(doctor, "09:00", "12:00", repeat_pattern="weekly", repeat_days={0})
        yesterday = TUESDAY - timedelta(days=2)
        make_hours(doctor, "09:00", "12:00", end_date=yesterday)
        text = text_of(browser.get(LIST))
        parts = ["Mondays 09", "Thursdays 10", "Tuesday 3 June 16", "that are over (1)", "until 1"]
        places = [text.index(part) for part in parts]
        assert places == sorted(places)

    def test_the_week_is_chosen_by_links(self, doctor: Doctor, browser: Client) -> None:
        make_hours(doctor, "09:00", "12:00", start_date=date(2031, 6, 10), repeat_pattern="none")
        assert "09:00 to 12:00, Hours" not in text_of(browser.get(LIST))
        following = browser.get(LIST, {"week": "2031-06-09"})
        assert "09:00 to 12:00, Hours" in text_of(following)
        assert 'href="?week=2031-06-16"' in following.content.decode()
        assert browser.get(LIST, {"week": "nonsense"}).status_code == 200

    def test_it_costs_the_same_however_many_there_are(
        self, doctor: Doctor, browser: Client, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        make_hours(doctor, "09:00", "12:00")
        browser.get(LIST)
        for number in range(30):
            make_hours(doctor, "13:00", "14:00", start_date=TUESDAY - timedelta(days=15 - number))
        book(doctor)
        with django_assert_num_queries(9):
            browser.get(LIST)
