"""A patient's appointments: what is listed, and how they are moved and cancelled."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries
from time_machine import Traveller

from medicare_core.appointments import Appointment as Booked
from medicare_core.ids import DoctorId, PatientId
from medicare_django.accounts.models import Doctor, UserProfile
from medicare_django.notifications.models import Notification
from medicare_django.scheduling.models import Appointment
from medicare_django.scheduling.wiring import booking_service
from tests.integration.factories import browser_of, make_doctor, make_hours, make_patient
from tests.integration.web_pages import text_of, told

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
NOW = datetime(2031, 6, 2, 7, tzinfo=UTC)  # a Monday, 09:00 in Berlin
TEN = datetime(2031, 6, 3, 8, tzinfo=UTC)
ELEVEN = "2031-06-03T11:00+02:00"


@pytest.fixture
def ada() -> Doctor:
    doctor = make_doctor(name="Ada Okafor", timezone="Europe/Berlin")
    make_hours(doctor, "09:00", "12:00")
    return doctor


@pytest.fixture
def ben() -> UserProfile:
    return make_patient(name="Ben")


@pytest.fixture
def browser(ben: UserProfile) -> Client:
    return browser_of(ben)


@pytest.fixture
def booked(ada: Doctor, ben: UserProfile) -> Booked:
    return book(ada, ben, TEN)


def book(doctor: Doctor, patient: UserProfile, start: datetime = TEN) -> Booked:
    ids = DoctorId(doctor.pk), PatientId(patient.pk)
    return booking_service().book(*ids, start, now=NOW)


def start_of(booked: Booked) -> datetime:
    return Appointment.objects.get(pk=booked.id).starts_at


def test_who_has_no_appointment_is_told_what_to_do(browser: Client) -> None:
    text = text_of(browser.get("/appointments/"))
    assert "You have no upcoming appointments. Find a doctor" in text
    assert "Past and cancelled" not in text


def test_what_is_to_come_stands_above_what_was(
    clock: Traveller, ada: Doctor, ben: UserProfile
) -> None:
    over = book(ada, ben)
    later, sooner = (book(ada, ben, TEN + timedelta(days=days)) for days in (9, 3))
    cancelled = book(ada, ben, TEN + timedelta(days=20))
    booking_service().cancel(cancelled.id, now=NOW)
    book(ada, make_patient(), TEN + timedelta(days=4))
    clock.move_to(TEN + timedelta(days=1))
    answer = browser_of(ben).get("/appointments/")
    assert [each.row.pk for each in answer.context["upcoming"]] == [sooner.id, later.id]
    assert [each.row.pk for each in answer.context["others"]] == [cancelled.id, over.id]
    text = text_of(answer)
    assert "Friday 6 June, 10:00 to 10:30 (Berlin time)" in text
    assert "St Anne, 1 Hill Street" in text


def test_an_appointment_that_goes_on_is_still_to_come(
    clock: Traveller, booked: Booked, ben: UserProfile
) -> None:
    clock.move_to(TEN + timedelta(minutes=29))
    browser = browser_of(ben)
    assert len(browser.get("/appointments/").context["upcoming"]) == 1
    clock.move_to(TEN + timedelta(minutes=30))
    assert len(browser.get("/appointments/").context["upcoming"]) == 0


@pytest.mark.parametrize("late", [0, 1])
def test_what_can_no_longer_be_changed_says_so(
    clock: Traveller, booked: Booked, ben: UserProfile, late: int
) -> None:
    """The page and the service agree on the minute."""
    clock.move_to(TEN - timedelta(hours=2) + timedelta(minutes=late))
    browser = browser_of(ben)
    answer = browser.get("/appointments/")
    page, text = answer.content.decode(), text_of(answer)
    for action in ("move", "cancel"):
        assert (f"/appointments/{booked.id}/{action}/" in page) is (not late)
    assert ("It begins so soon that it can no longer be moved" in text) == late
    moving = browser.get(f"/appointments/{booked.id}/move/")
    assert moving.status_code == (409 if late else 200)
    cancelling = browser.post(f"/appointments/{booked.id}/cancel/")
    assert cancelling.status_code == (409 if late else 302)


def test_the_past_comes_ten_to_a_page(clock: Traveller, ada: Doctor, ben: UserProfile) -> None:
    for days in range(12):
        book(ada, ben, TEN + timedelta(days=days))
    clock.move_to(TEN + timedelta(days=11, hours=-1))
    browser = browser_of(ben)
    first, second = (browser.get("/appointments/", {"page": page}) for page in (1, 2))
    assert (len(first.context["others"]), len(second.context["others"])) == (10, 1)
    assert "1 upcoming appointment" in text_of(second)
    assert "You have no upcoming appointments" not in text_of(second)


def test_the_list_takes_as_many_statements_for_many_as_for_one(
    ada: Doctor,
    ben: UserProfile,
    browser: Client,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for days in range(8):
        booking = book(ada, ben, TEN + timedelta(days=days))
        if days % 2:
            booking_service().cancel(booking.id, now=NOW)
    with django_assert_max_num_queries(8):
        browser.get("/appointments/")


def test_cancelling_asks_first_and_comes_back(booked: Booked, browser: Client) -> None:
    path = f"/appointments/{booked.id}/cancel/"
    asked = browser.get(path)
    assert "Cancel this appointment?" in text_of(asked)
    assert "Ada Okafor" in text_of(asked)
    assert booking_service().unlocked.appointments.get(booked.id).is_live
    answer = browser.post(path)
    assert answer["Location"] == "/appointments/"
    assert told(answer) == ["The appointment on Tuesday 3 June at 10:00 is cancelled."]
    assert Appointment.objects.get(pk=booked.id).status == "cancelled"


def test_cancelling_twice_is_refused_with_the_reason(booked: Booked, browser: Client) -> None:
    path = f"/appointments/{booked.id}/cancel/"
    browser.post(path)
    for answer in (browser.post(path), browser.get(path)):
        assert answer.status_code == 409
        assert "This appointment was cancelled before." in text_of(answer)
        for untrue in ("Cancel this appointment", "Keep the appointment", "is then free"):
            assert untrue not in text_of(answer)


def test_moving_offers_the_calendar_of_the_same_doctor(booked: Booked, browser: Client) -> None:
    answer = browser.get(f"/appointments/{booked.id}/move/", {"date": "2031-06-03"})
    assert "It is now on Tuesday 3 June, 10:00 to 10:30 (Berlin time)" in text_of(answer)
    page = answer.content.decode()
    assert f'action="/appointments/{booked.id}/move/"' in page
    assert 'aria-label="Tuesday 3 June, 11:00 to 11:30"' in page
    assert 'aria-label="Tuesday 3 June, 10:00 to 10:30"' not in page


def test_moving_asks_with_the_old_time_beside_the_new(booked: Booked, browser: Client) -> None:
    text = text_of(browser.get(f"/appointments/{booked.id}/move/", {"start": ELEVEN}))
    assert "From Tuesday 3 June, 10:00 to 10:30" in text
    assert "To Tuesday 3 June, 11:00 to 11:30" in text
    assert start_of(booked) == TEN


def test_moving_takes_the_new_time_and_says_so(booked: Booked, browser: Client) -> None:
    answer = browser.post(f"/appointments/{booked.id}/move/", {"start": ELEVEN})
    assert answer.status_code == 302
    assert answer["Location"] == "/appointments/"
    assert told(answer) == ["Your appointment is moved to Tuesday 3 June, 11:00."]
    assert start_of(booked) == TEN + timedelta(hours=1)
    again = browser.post(f"/appointments/{booked.id}/move/", {"start": ELEVEN})
    assert again.status_code == 302
    assert Notification.objects.filter(kind="rescheduled").count() == 1


def test_moving_to_a_taken_time_offers_the_nearest_on_the_spot(
    ada: Doctor, booked: Booked, browser: Client
) -> None:
    book(ada, make_patient(), TEN + timedelta(hours=1))
    path = f"/appointments/{booked.id}/move/"
    answer = browser.post(path, {"start": ELEVEN})
    assert answer.status_code == 409
    text = text_of(answer)
    assert "Tuesday 3 June, 11:00: This time is already taken." in text
    assert "Move to Tuesday 3 June, 10:30" in text
    assert "Until you choose, your appointment stays on Tuesday 3 June, 10:00" in text
    assert start_of(booked) == TEN
    assert browser.post(path, {"start": "2031-06-03T10:30+02:00"}).status_code == 302


@pytest.mark.parametrize("start", ["", "x", "2031-06-03T11:00", "9999-12-31T23:55Z"])
def test_moving_to_no_time_leads_back_to_the_times(
    booked: Booked, browser: Client, start: str
) -> None:
    path = f"/appointments/{booked.id}/move/"
    answer = browser.post(path, {"start": start})
    assert answer["Location"] == path
    assert told(answer) == ["Choose a time first."]
    shown = browser.get(path, {"start": start})
    assert shown.status_code == 200
    assert "Move your appointment" in text_of(shown)


def test_what_was_cancelled_cannot_be_moved(booked: Booked, browser: Client) -> None:
    booking_service().cancel(booked.id, now=NOW)
    path = f"/appointments/{booked.id}/move/"
    for answer in (browser.get(path), browser.post(path, {"start": ELEVEN})):
        assert answer.status_code == 409
        assert "This appointment was cancelled." in text_of(answer)


def test_it_can_become_too_late_to_move(
    clock: Traveller, booked: Booked, ben: UserProfile
) -> None:
    clock.move_to(TEN - timedelta(minutes=90))
    answer = browser_of(ben).post(f"/appointments/{booked.id}/move/", {"start": ELEVEN})
    assert answer.status_code == 409
    assert "It is too late to move this appointment here. Please call the clinic." in text_of(
        answer
    )


def test_an_appointment_with_a_doctor_who_left_can_only_be_cancelled(
    ada: Doctor, booked: Booked, browser: Client
) -> None:
    ada.user.is_active = False
    ada.user.save()
    path = f"/appointments/{booked.id}/move/"
    for answer in (
        browser.get(path),
        browser.get(path, {"start": ELEVEN}),
        browser.post(path, {"start": ELEVEN}),
    ):
        assert answer.status_code == 409
        assert "This doctor no longer sees patients here." in text_of(answer)
    shown = browser.get("/appointments/")
    assert f"/doctors/{ada.pk}/" not in shown.content.decode()
    assert "Ada Okafor" in text_of(shown)
    assert browser.post(f"/appointments/{booked.id}/cancel/").status_code == 302
