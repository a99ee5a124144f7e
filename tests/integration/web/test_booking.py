"""Booking on the pages: who may, what is asked first, what a refusal offers, and what comes after."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from django.test import Client
from icalendar import Calendar
from pytest_django.fixtures import Settings
from time_machine import Traveller

from medicare_core.ids import DoctorId, PatientId
from medicare_django.accounts.models import Doctor, UserProfile
from medicare_django.notifications.models import Notification
from medicare_django.scheduling.models import Appointment
from medicare_django.scheduling.wiring import booking_service
from tests.integration.factories import (
    browser_of,
    make_admin,
    make_doctor,
    make_hours,
    make_patient,
)
from tests.integration.web_pages import text_of, told

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
NOW = datetime(2031, 6, 2, 7, tzinfo=UTC)  # a Monday, 09:00 in Berlin
TEN = datetime(2031, 6, 3, 8, tzinfo=UTC)
START = "2031-06-03T10:00+02:00"


@pytest.fixture
def ada() -> Doctor:
    doctor = make_doctor(name="Ada Okafor", timezone="Europe/Berlin")
    make_hours(doctor, "09:00", "12:00")
    return doctor


@pytest.fixture
def ben() -> UserProfile:
    return make_patient(name="Ben", email="ben@example.org")


def book_ten(doctor: Doctor, patient: UserProfile) -> Any:
    ids = DoctorId(doctor.pk), PatientId(patient.pk)
    return booking_service().book(*ids, TEN, now=NOW)


def ask(browser: Client, doctor: Doctor, start: str = START) -> Any:
    return browser.get(f"/doctors/{doctor.pk}/book/", {"start": start})


def send(browser: Client, doctor: Doctor, start: str = START) -> Any:
    return browser.post(f"/doctors/{doctor.pk}/book/", {"start": start})


def test_the_summary_says_what_when_where_and_who(ada: Doctor, ben: UserProfile) -> None:
    answer = ask(browser_of(ben), ada)
    assert answer.status_code == 200
    text = text_of(answer)
    for words in (
        "Tuesday 3 June, 10:00 to 10:30 (Berlin time)",
        "Ada Okafor",
        "Cardiology",
        "St Anne 1 Hill Street",
        "You can move or cancel it here until Tuesday 3 June, 08:00.",
    ):
        assert words in text
    assert not Appointment.objects.exists()


def test_booking_leads_to_what_happens_next(ada: Doctor, ben: UserProfile) -> None:
    browser = browser_of(ben)
    answer = send(browser, ada)
    row = Appointment.objects.get()
    assert (row.doctor, row.patient, row.starts_at) == (ada, ben, TEN)
    assert answer.status_code == 302
    assert answer["Location"] == f"/appointments/{row.pk}/booked/"
    text = text_of(browser.get(answer["Location"]))
    assert "Your appointment is booked" in text
    assert "Tuesday 3 June, 10:00 to 10:30" in text
    assert "We mail a confirmation to ben@example.org" in text
    assert "until Tuesday 3 June, 08:00" in text


def test_an_appointment_that_begins_soon_is_said_to_stand(
    clock: Traveller, ada: Doctor, ben: UserProfile
) -> None:
    clock.move_to(datetime(2031, 6, 3, 6, 30, tzinfo=UTC))
    assert "It begins so soon that it can no longer be moved" in text_of(ask(browser_of(ben), ada))


def test_a_form_that_is_sent_twice_books_once_and_is_no_failure(
    ada: Doctor, ben: UserProfile
) -> None:
    browser = browser_of(ben)
    first, second = send(browser, ada), send(browser, ada)
    assert second.status_code == 302
    assert second["Location"] == first["Location"] == ask(browser, ada)["Location"]
    assert Appointment.objects.count() == 1
    assert Notification.objects.filter(kind="booked").count() == 1


def test_a_taken_time_offers_the_nearest_free_ones_on_the_spot(
    ada: Doctor, ben: UserProfile
) -> None:
    book_ten(ada, make_patient())
    browser = browser_of(ben)
    answer = send(browser, ada)
    assert answer.status_code == 409
    assert "Tuesday 3 June, 10:00: This time is already taken." in text_of(answer)
    page = answer.content.decode()
    for time in ("09:30", "10:30", "09:00"):
        assert f'name="start" value="2031-06-03T{time}+02:00"' in page
        assert f"Book Tuesday 3 June, {time}" in page
    assert send(browser, ada, "2031-06-03T09:30+02:00").status_code == 302
    assert Appointment.objects.get(patient=ben).starts_at.hour == 7


def test_a_patient_who_is_elsewhere_is_told_so(ada: Doctor, ben: UserProfile) -> None:
    bo = make_doctor(timezone="Europe/Berlin")
    make_hours(bo, "10:00", "12:00")
    book_ten(bo, ben)
    answer = send(browser_of(ben), ada)
    assert answer.status_code == 409
    assert "You have another appointment at this time." in text_of(answer)


def test_without_any_other_time_the_page_says_what_to_do(ada: Doctor, ben: UserProfile) -> None:
    ada.availability.all().delete()
    answer = send(browser_of(ben), ada)
    assert answer.status_code == 409
    assert "No other time is free at present." in text_of(answer)


def test_who_comes_too_late_to_the_summary_is_shown_the_times_of_that_day(
    ada: Doctor, ben: UserProfile
) -> None:
    book_ten(ada, make_patient())
    answer = ask(browser_of(ben), ada)
    assert answer.status_code == 302
    assert answer["Location"] == f"/doctors/{ada.pk}/?date=2031-06-03#times"
    assert told(answer) == ["Tuesday 3 June, 10:00: This time is already taken."]


@pytest.mark.parametrize(
    "start",
    [
        "",
        "x",
        "2031-06-03T10:00",
        "2031-06-03T10:00:30+02:00",
        "1999-01-01T00:00Z",
        "9999-01-01T00:00Z",
        "9998-12-31T23:55Z",
        "0001-01-01T00:00+23:59",
        "2031-06-03T10:00+99:00",
        "\u0662\u0660\u0663\u0661-06-03T10:00Z",
    ],
)
@pytest.mark.parametrize("method", [ask, send])
def test_a_start_that_is_none_leads_back_to_the_times(
    ada: Doctor, ben: UserProfile, start: str, method: Any
) -> None:
    answer = method(browser_of(ben), ada, start)
    assert answer.status_code == 302
    assert answer["Location"] == f"/doctors/{ada.pk}/"
    assert told(answer) == ["Choose a time first."]


@pytest.mark.parametrize(
    "start",
    [
        "2031-06-03T10:01+02:00",
        "2031-06-03T08:00Z",
        "2031-06-03T10:00 02:00",
        "2030-06-03T08:00Z",
        "9998-12-31T12:00Z",
        "2031-06-03T03:00Z",
    ],
)
def test_no_instant_is_an_error_of_the_server(ada: Doctor, ben: UserProfile, start: str) -> None:
    browser = browser_of(ben)
    assert ask(browser, ada, start).status_code in {200, 302}
    assert send(browser, ada, start).status_code in {302, 409}


def test_the_two_times_of_a_fold_are_booked_apart(
    clock: Traveller, ada: Doctor, ben: UserProfile
) -> None:
    clock.move_to(datetime(2031, 10, 20, 7, tzinfo=UTC))
    make_hours(ada, "01:00", "04:00")
    browser = browser_of(ben)
    assert "first 02:30 to second 02:00" in text_of(ask(browser, ada, "2031-10-26T02:30+02:00"))
    send(browser, ada, "2031-10-26T02:30+01:00")
    assert Appointment.objects.get().starts_at == datetime(2031, 10, 26, 1, 30, tzinfo=UTC)
    assert "second 02:30 to 03:00" in text_of(browser.get("/appointments/"))


def test_the_anonymous_log_in_first_and_come_back(ada: Doctor) -> None:
    answer = ask(Client(), ada)
    assert answer.status_code == 302
    back = quote(f"/doctors/{ada.pk}/book/?start={quote(START)}", safe="")
    assert answer["Location"] == f"/login/?next={back}"
    assert send(Client(), ada).status_code == 302


def test_booking_is_for_patients(ada: Doctor) -> None:
    for user in (ada.user, make_admin()):
        for answer in (ask(browser_of(user), ada), send(browser_of(user), ada)):
            assert answer.status_code == 403
            assert "This page is for patients" in text_of(answer)


@pytest.mark.parametrize("method", [ask, send])
def test_an_unproved_address_is_told_how_to_be_proved(ada: Doctor, method: Any) -> None:
    patient = make_patient(is_email_verified=False, email="new@example.org")
    answer = method(browser_of(patient), ada)
    assert answer.status_code == 403
    assert "Confirm your e-mail first" in text_of(answer)
    assert "new@example.org" in text_of(answer)
    back = quote(f"/doctors/{ada.pk}/book/?start={quote(START)}", safe="")
    assert f'href="/verify-email/?next={back}"' in answer.content.decode()
    assert not Appointment.objects.exists()


@pytest.mark.parametrize("method", [ask, send])
def test_a_doctor_who_no_longer_works_here_cannot_be_booked(
    ada: Doctor, ben: UserProfile, method: Any
) -> None:
    ada.user.is_active = False
    ada.user.save()
    assert method(browser_of(ben), ada).status_code == 404


def test_what_was_booked_is_shown_to_nobody_else(ada: Doctor, ben: UserProfile) -> None:
    booked = book_ten(ada, ben)
    for page in ("booked/", "calendar.ics", "move/", "cancel/"):
        path = f"/appointments/{booked.id}/{page}"
        assert browser_of(make_patient()).get(path).status_code == 404
        assert browser_of(ada.user).get(path).status_code == 403
        assert Client().get(path)["Location"] == f"/login/?next={quote(path, safe='')}"
        other = f"/appointments/{uuid4()}/{page}"
        assert browser_of(ben).get(other).status_code == 404


def test_a_cancelled_appointment_is_not_said_to_be_booked(ada: Doctor, ben: UserProfile) -> None:
    booked = book_ten(ada, ben)
    booking_service().cancel(booked.id, now=NOW)
    answer = browser_of(ben).get(f"/appointments/{booked.id}/booked/")
    assert answer["Location"] == "/appointments/"


@pytest.mark.parametrize("cancelled", [False, True])
def test_the_calendar_file_is_the_entry_that_the_mails_keep_up_to_date(
    settings: Settings, ada: Doctor, ben: UserProfile, cancelled: bool
) -> None:
    booked = book_ten(ada, ben)
    if cancelled:
        booking_service().cancel(booked.id, now=NOW)
    answer = browser_of(ben).get(f"/appointments/{booked.id}/calendar.ics")
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="appointment.ics"'
    calendar = Calendar.from_ical(answer.content)
    [event] = calendar.events
    assert calendar["METHOD"] == "PUBLISH"
    assert event["UID"] == f"{booked.id}@medicare"
    assert (event.start, event["SEQUENCE"]) == (TEN, int(cancelled))
    assert event["STATUS"] == ("CANCELLED" if cancelled else "CONFIRMED")
    assert event["SUMMARY"] == "Appointment with Ada Okafor"
    assert event["LOCATION"] == "St Anne, 1 Hill Street"
    assert "ATTENDEE" not in event
