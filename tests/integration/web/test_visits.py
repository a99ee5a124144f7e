"""A doctor's pages of the day, the week, appointments and patients."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from time_machine import Traveller

from medicare_core.ids import AppointmentId, DoctorId, PatientId
from medicare_django.accounts.models import Doctor, UserProfile
from medicare_django.records.models import ReportAccess
from medicare_django.scheduling.models import Appointment, DoctorAvailability, TimeOff
from medicare_django.scheduling.wiring import booking_service
from medicare_django.web.doctor.today import wait_words
from tests.integration.factories import (
    browser_of,
    make_doctor,
    make_hours,
    make_patient,
    make_report,
)

NOW = datetime(2030, 1, 7, 8, 40, tzinfo=UTC)  # a Monday; the clinic's clock is that of UTC
MONDAY = NOW.date()

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("clock")]


@pytest.fixture
def doctor() -> Doctor:
    doctor = make_doctor(name="Dr Ada")
    make_hours(doctor, "09:00", "12:00")
    return doctor


@pytest.fixture
def browser(doctor: Doctor) -> Client:
    return browser_of(doctor.user)


def book(
    doctor: Doctor, patient: UserProfile, start: str, on: date = MONDAY, days_before: int = 30
) -> Appointment:
    """As if it had been booked long before."""
    starts_at = datetime.fromisoformat(f"{on}T{start}").replace(tzinfo=UTC)
    booked = booking_service().book(
        DoctorId(doctor.pk),
        PatientId(patient.pk),
        starts_at,
        now=starts_at - timedelta(days=days_before),
    )
    return Appointment.objects.get(pk=booked.id)


def cancel(appointment: Appointment) -> None:
    booking_service().cancel(
        AppointmentId(appointment.pk), now=appointment.starts_at - timedelta(days=2)
    )


def text_of(answer: Any) -> str:
    """What people read, on one line."""
    assert answer.status_code == 200, answer.status_code
    [main] = re.findall(r"(?s)<main.*</main>", answer.content.decode())
    return " ".join(unescape(re.sub(r"(?s)<svg class=\"icon.*?</svg>|<[^>]+>", " ", main)).split())


class TestToday:
    def test_the_next_patient_comes_first_with_the_time_that_is_left(
        self, doctor: Doctor, browser: Client
    ) -> None:
        ben = make_patient(name="Ben Amor")
        book(doctor, ben, "10:00")
        answer = browser.get("/doctor/")
        assert "Next, in 1 hour 20 minutes Ben Amor 10:00 to 10:30" in text_of(answer)
        assert f'href="/doctor/patients/{ben.pk}/"' in answer.content.decode()

    def test_who_is_here_now_comes_before_who_comes_then(
        self, doctor: Doctor, browser: Client, clock: Traveller
    ) -> None:
        book(doctor, make_patient(name="Ben Amor"), "09:00")
        book(doctor, make_patient(name="Cem Ay"), "09:30")
        clock.move_to(NOW + timedelta(minutes=25))
        text = text_of(browser.get("/doctor/"))
        assert "Now, until 09:30 Ben Amor" in text
        assert "Then at 09:30 , in 25 minutes : Cem Ay" in text

    def test_the_day_tells_visits_time_off_and_what_is_free(
        self, doctor: Doctor, browser: Client
    ) -> None:
        book(doctor, make_patient(name="Ben Amor"), "09:30")
        TimeOff.objects.create(
            doctor=doctor,
            start_date=MONDAY,
            start_time=time(11),
            end_time=time(11, 30),
            note="Dentist",
        )
        answer = browser.get("/doctor/")
        entries = [
            (f"{each.starts_at:%H:%M}", f"{each.ends_at:%H:%M}", each.words, each.free_times)
            for each in answer.context["entries"]
        ]
        assert entries == [
            ("09:00", "09:30", "Free", 0),  # too soon for anybody to book it
            ("09:30", "10:00", "Ben Amor", 0),
            ("10:00", "11:00", "Free", 2),
            ("11:00", "11:30", "Time off: Dentist", 0),
            ("11:30", "12:00", "Free", 1),
        ]
        assert "1 booked, 3 can be booked" in text_of(answer)

    def test_a_day_off_is_told_from_midnight_to_midnight(
        self, doctor: Doctor, browser: Client
    ) -> None:
        TimeOff.objects.create(doctor=None, start_date=MONDAY - timedelta(days=3), end_date=MONDAY)
        [entry] = browser.get("/doctor/").context["entries"]
        assert (entry.words, entry.ends_at - entry.starts_at) == (
            "Clinic closed",
            timedelta(days=1),
        )

    def test_tomorrow_is_told_in_one_line(self, doctor: Doctor, browser: Client) -> None:
        assert "Tuesday 8 January: no visits." in text_of(browser.get("/doctor/"))
        tuesday = MONDAY + timedelta(days=1)
        book(doctor, make_patient(), "10:30", tuesday)
        book(doctor, make_patient(), "09:30", tuesday)
        text = text_of(browser.get("/doctor/"))
        assert "Tuesday 8 January: 2 visits, the first at 09:30" in text

    def test_without_visits_today_the_next_one_is_named(
        self, doctor: Doctor, browser: Client
    ) -> None:
        assert "No visits today Nothing is booked" in text_of(browser.get("/doctor/"))
        book(doctor, make_patient(name="Ben Amor"), "09:30", MONDAY + timedelta(days=9))
        text = text_of(browser.get("/doctor/"))
        assert "No visits today The next one is on Wednesday 16 January at 09:30 : Ben" in text

    def test_a_doctor_without_hours_is_told_to_add_some(self) -> None:
        answer = browser_of(make_doctor().user).get("/doctor/")
        assert "Nobody can book you yet" in text_of(answer)
        assert 'href="/doctor/availability/"' in answer.content.decode()

    def test_appointments_that_the_hours_no_longer_cover_need_attention(
        self, doctor: Doctor, browser: Client
    ) -> None:
        lost = book(doctor, make_patient(name="Ben Amor"), "09:30", MONDAY + timedelta(days=1))
        book(doctor, make_patient(name="Cem Ay"), "11:00", MONDAY + timedelta(days=1))
        assert "Needs your attention" not in text_of(browser.get("/doctor/"))
        DoctorAvailability.objects.update(start_time=time(10))
        answer = browser.get("/doctor/")
        assert "Needs your attention" in text_of(answer)
        assert [row.pk for row in answer.context["stranded"]] == [lost.pk]
        assert f"/doctor/appointments/{lost.pk}/cancel/" in answer.content.decode()
        assert "1 appointment needs your attention The day" in text_of(answer)

    def test_a_night_is_told_on_both_of_its_days_and_its_visits_where_they_begin(
        self, clock: Traveller
    ) -> None:
        doctor = make_doctor()
        make_hours(doctor, "22:00", "02:00", slot_minutes=60)
        make_hours(doctor, "23:30", "00:30", slot_minutes=60)
        sunday, tuesday = MONDAY - timedelta(days=1), MONDAY + timedelta(days=1)
        book(doctor, make_patient(name="Ben Amor"), "23:30", sunday)
        book(doctor, make_patient(name="Cem Ay"), "23:30")
        book(doctor, make_patient(name="Dov Eli"), "01:00", tuesday)
        answer = browser_of(doctor.user).get("/doctor/")
        told = [
            (f"{each.starts_at:%a %H:%M}", f"{each.ends_at:%H:%M}", each.words)
            for each in answer.context["entries"]
        ]
        assert told == [
            ("Sun 23:30", "00:30", "Ben Amor"),
            ("Mon 00:30", "02:00", "No visit"),
            ("Mon 22:00", "23:30", "Free"),
            ("Mon 23:30", "00:30", "Cem Ay"),
        ]
        assert "Tuesday 8 January: 1 visit, the first at 01:00" in text_of(answer)

    def test_times_and_the_day_are_those_of_the_doctors_clock(self, clock: Traveller) -> None:
        doctor = make_doctor(timezone="Asia/Kolkata")  # five and a half hours ahead
        make_hours(doctor, "09:00", "12:00")
        book(doctor, make_patient(name="Ben Amor"), "03:30", MONDAY + timedelta(days=1))
        clock.move_to(datetime(2030, 1, 7, 20, tzinfo=UTC))
        text = text_of(browser_of(doctor.user).get("/doctor/"))
        assert text.startswith("Tuesday 8 January 1 booked, 5 can be booked , Kolkata time")
        assert "Ben Amor 09:00 to 09:30" in text

    def test_visits_as_a_patient_are_none_of_this(self, doctor: Doctor, browser: Client) -> None:
        other = make_doctor()
        make_hours(other, "09:00", "12:00")
        book(other, doctor.user, "10:00")
        assert "0 booked" in text_of(browser.get("/doctor/"))


def test_how_long_it_is_is_told_in_hours_and_minutes_that_have_begun() -> None:
    assert wait_words(timedelta(minutes=65)) == "in 1 hour 5 minutes"
    assert wait_words(timedelta(hours=2)) == "in 2 hours"
    assert wait_words(timedelta(seconds=1)) == "in 1 minute"


class TestWeek:
    def test_hours_visits_and_time_off_are_drawn(self, doctor: Doctor, browser: Client) -> None:
        ben = make_patient(name="Ben Amor")
        book(doctor, ben, "09:30", MONDAY + timedelta(days=2))
        TimeOff.objects.create(doctor=doctor, start_date=MONDAY + timedelta(days=4))
        answer = browser.get("/doctor/week/")
        words = [
            (day.on.weekday(), block.words)
            for day in answer.context["grid"].days
            for block in day.blocks
            if block.span.kind != "hours"
        ]
        assert words == [(2, "09:30 to 10:00, Ben Amor"), (4, "all day, Time off")]
        page = answer.content.decode()
        assert f'<a href="/doctor/patients/{ben.pk}/" class="visit">' in page
        assert "<title>09:30 to 10:00, Ben Amor</title>" in page

    def test_without_a_week_it_is_this_one(self, browser: Client) -> None:
        for query in ("", "?week=2030-01-13", "?week=nonsense", "?week=", "?day=2030-01-10"):
            assert browser.get(f"/doctor/week/{query}").context["monday"] == MONDAY

    def test_weeks_follow_each_other(self, browser: Client) -> None:
        page = browser.get("/doctor/week/?week=2030-02-06").content.decode()
        assert 'href="?week=2030-01-28"' in page
        assert 'href="?week=2030-02-11"' in page
        assert "This week" in page

    def test_no_week_is_out_of_reach_of_the_calendar(self, browser: Client) -> None:
        for day in ("0001-01-01", "2000-01-01", "9999-12-31"):
            for name in ("week", "day"):
                assert browser.get(f"/doctor/week/?{name}={day}").status_code == 200

    def test_phones_show_one_day(self, browser: Client) -> None:
        chosen = browser.get("/doctor/week/?day=2030-01-10").context["chosen"]
        assert chosen.on == date(2030, 1, 10)
        assert browser.get("/doctor/week/").context["chosen"].is_today
        other_week = browser.get("/doctor/week/?week=2030-01-16").context["chosen"]
        assert other_week.on == date(2030, 1, 14)

    def test_a_stranded_visit_is_told_by_a_word(self, doctor: Doctor, browser: Client) -> None:
        book(doctor, make_patient(name="Ben"), "09:30", MONDAY + timedelta(days=1))
        DoctorAvailability.objects.update(start_time=time(10))
        answer = browser.get("/doctor/week/")
        assert "09:30 to 10:00, Ben, outside your hours" in answer.content.decode()

    def test_nothing_on_the_page_is_styled_by_an_attribute(
        self, doctor: Doctor, browser: Client
    ) -> None:
        book(doctor, make_patient(), "09:30")
        assert "style=" not in browser.get("/doctor/week/").content.decode()


class TestAppointments:
    def test_tabs_tell_what_lies_ahead_what_is_over_and_what_was_cancelled(
        self, doctor: Doctor, browser: Client, clock: Traveller
    ) -> None:
        ahead = [book(doctor, make_patient(), start) for start in ("09:30", "09:00")]
        over = book(doctor, make_patient(), "09:00", MONDAY - timedelta(days=1))
        lost = book(doctor, make_patient(), "11:00")
        cancel(lost)
        clock.move_to(NOW + timedelta(minutes=25))
        shown = {
            when: [
                row.pk for row in browser.get(f"/doctor/appointments/?when={when}").context["page"]
            ]
            for when in ("upcoming", "past", "cancelled")
        }
        assert shown == {
            "upcoming": [ahead[1].pk, ahead[0].pk],
            "past": [over.pk],
            "cancelled": [lost.pk],
        }
        assert browser.get("/doctor/appointments/?when=other").context["when"] == "upcoming"

    def test_names_are_found_without_case_and_accents(
        self, doctor: Doctor, browser: Client
    ) -> None:
        wanted = book(doctor, make_patient(name="José Ramón Muñoz"), "09:30")
        book(doctor, make_patient(name="Ben Amor"), "10:00")
        for search in ("munoz", "RAMON jose", "  ramón "):
            page = browser.get("/doctor/appointments/", {"search": search}).context["page"]
            assert [row.pk for row in page] == [wanted.pk]
        answer = browser.get("/doctor/appointments/", {"search": "<nobody>\0"})
        assert 'called "<nobody>' in text_of(answer)

    def test_tabs_and_pages_keep_the_search(self, doctor: Doctor, browser: Client) -> None:
        ben = make_patient(name="Ben Amor")
        for day in range(26):
            book(doctor, ben, "09:30", MONDAY + timedelta(days=day))
        page = unescape(browser.get("/doctor/appointments/?search=ben").content.decode())
        assert "1-25 of 26" in page
        assert 'href="?search=ben&page=2"' in page
        assert 'href="?search=ben&when=past"' in page

    def test_others_and_own_visits_are_not_listed(self, doctor: Doctor, browser: Client) -> None:
        other = make_doctor()
        make_hours(other, "09:00", "12:00")
        book(other, make_patient(), "09:00")
        book(other, doctor.user, "09:30")
        assert not list(browser.get("/doctor/appointments/").context["page"])

    def test_stranded_ones_are_tagged(self, doctor: Doctor, browser: Client) -> None:
        book(doctor, make_patient(), "09:30")
        assert "Outside your hours" not in text_of(browser.get("/doctor/appointments/"))
        DoctorAvailability.objects.update(start_time=time(10))
        assert "Outside your hours" in text_of(browser.get("/doctor/appointments/"))

    def test_empty_tabs_say_why(self, browser: Client) -> None:
        for when, words in {
            "upcoming": "Nothing is booked with you.",
            "past": "No visit with you is over yet.",
            "cancelled": "No appointment with you was cancelled.",
        }.items():
            assert words in text_of(browser.get(f"/doctor/appointments/?when={when}"))

    def test_a_time_that_was_promised_by_another_clock_says_so(
        self, doctor: Doctor, browser: Client
    ) -> None:
        book(doctor, make_patient(name="Ben Amor"), "09:30")
        Doctor.objects.update(timezone="Asia/Kolkata")
        assert "09:30 to 10:00 Ben Amor clinic time" in text_of(
            browser.get("/doctor/appointments/")
        )


class TestCancelling:
    def test_doctors_cancel_after_the_cut_off_and_go_back_where_they_came_from(
        self, doctor: Doctor, browser: Client
    ) -> None:
        booked = book(doctor, make_patient(name="Ben Amor"), "09:00")
        url = f"/doctor/appointments/{booked.pk}/cancel/?next=/doctor/"
        asked = text_of(browser.get(url))
        assert "Monday 7 January, 09:00" in asked
        assert "Ben Amor" in asked
        answer = browser.post(url, {"next": "/doctor/"}, follow=True)
        assert answer.redirect_chain == [("/doctor/", 302)]
        assert "The appointment on Monday 7 January at 09:00 is cancelled." in text_of(answer)
        booked.refresh_from_db()
        assert booked.status == "cancelled"

    def test_what_is_cancelled_or_over_is_refused(self, doctor: Doctor, clock: Traveller) -> None:
        booked, over = book(doctor, make_patient(), "11:00"), book(doctor, make_patient(), "09:00")
        cancel(booked)
        clock.move_to(NOW + timedelta(hours=2))
        for row in (booked, over):
            answer = browser_of(doctor.user).post(f"/doctor/appointments/{row.pk}/cancel/")
            assert answer.status_code == 409
            assert 'role="alert"' in answer.content.decode()

    def test_of_what_is_not_with_them_they_are_not_told(
        self, doctor: Doctor, browser: Client
    ) -> None:
        other = make_doctor()
        make_hours(other, "09:00", "12:00")
        for row in (book(other, make_patient(), "11:00"), book(other, doctor.user, "11:30")):
            url = f"/doctor/appointments/{row.pk}/cancel/"
            assert browser.get(url).status_code == browser.post(url).status_code == 404
            row.refresh_from_db()
            assert row.status == "booked"


class TestPatients:
    def test_those_who_booked_are_listed_by_name_with_their_visits(
        self, doctor: Doctor, browser: Client
    ) -> None:
        ben, emil = make_patient(name="ben Amor"), make_patient(name="Émil Ay")
        zoe = make_patient(name="Zoë Ash")
        other = make_doctor()
        make_hours(other, "08:00", "12:00")
        book(other, make_patient(name="Of another doctor"), "09:30")
        book(other, ben, "08:30", MONDAY - timedelta(days=1))
        book(other, ben, "08:30")
        book(doctor, ben, "09:00", MONDAY - timedelta(days=5))
        last = book(doctor, ben, "09:00", MONDAY - timedelta(days=2))
        following = book(doctor, ben, "11:00")
        book(doctor, ben, "09:00", MONDAY + timedelta(days=7))
        book(doctor, emil, "10:00")
        cancel(book(doctor, zoe, "10:30"))
        patients = browser.get("/doctor/patients/").context["patients"]
        assert [each.pk for each in patients] == [ben.pk, emil.pk, zoe.pk]
        assert patients[0].last_visit == last.starts_at
        assert patients[0].next_visit == following.starts_at
        assert (patients[2].last_visit, patients[2].next_visit) == (None, None)

    def test_names_are_found_without_case_and_accents(
        self, doctor: Doctor, browser: Client
    ) -> None:
        emil = make_patient(name="Émil Ay")
        book(doctor, emil, "09:30")
        book(doctor, make_patient(name="Ben Amor"), "10:00")
        found = browser.get("/doctor/patients/?search=EMIL").context["patients"]
        assert [each.pk for each in found] == [emil.pk]
        assert 'called "Zoe"' in text_of(browser.get("/doctor/patients/?search=Zoe"))

    def test_without_patients_it_says_who_will_be_listed(self, browser: Client) -> None:
        assert "Whoever books with you is listed here" in text_of(browser.get("/doctor/patients/"))


class TestPatient:
    def test_a_patient_has_a_page_with_what_a_doctor_needs(
        self, doctor: Doctor, browser: Client
    ) -> None:
        ben = make_patient(
            name="Ben Amor",
            email="ben@example.org",
            phone_number="+442071838750",
            age=43,
            gender="male",
            place="Easthaven",
        )
        book(doctor, ben, "09:30")
        cancel(book(doctor, ben, "11:00"))
        text = text_of(browser.get(f"/doctor/patients/{ben.pk}/"))
        assert "Ben Amor 43 years, male, Easthaven +442071838750 ben@example.org" in text
        assert "Upcoming Mon 7 Jan Monday 7 January 09:30 to 10:00 Cancel" in text
        assert "Past and cancelled Mon 7 Jan Monday 7 January 11:00 to 11:30 Cancelled" in text

    def test_reports_are_listed_and_the_reading_is_written_down(
        self, doctor: Doctor, browser: Client
    ) -> None:
        ben = make_patient(name="Ben Amor")
        report = make_report(ben, report="Blood count", notes="Two\nlines")
        book(doctor, ben, "09:30")
        answer = browser.get(f"/doctor/patients/{ben.pk}/")
        assert "Blood count Blood test, Mon 7 Jan Two lines Download" in text_of(answer)
        assert f'href="/doctor/reports/{report.pk}/file/"' in answer.content.decode()
        [access] = ReportAccess.objects.all()
        assert (access.reader, access.patient, access.action) == (doctor.user, ben, "list")

    def test_a_year_after_the_last_visit_reports_are_no_longer_shown(
        self, doctor: Doctor, browser: Client, clock: Traveller
    ) -> None:
        ben = make_patient()
        make_report(ben)
        book(doctor, ben, "09:30")
        clock.move_to(NOW + timedelta(days=367))
        text = text_of(browser_of(doctor.user).get(f"/doctor/patients/{ben.pk}/"))
        assert "You can read reports while a visit is booked" in text
        assert "Blood count" not in text
        assert not ReportAccess.objects.exists()

    def test_who_only_cancelled_shows_no_reports(self, doctor: Doctor, browser: Client) -> None:
        ben = make_patient()
        make_report(ben)
        cancel(book(doctor, ben, "11:00"))
        text = text_of(browser.get(f"/doctor/patients/{ben.pk}/"))
        assert "You can read reports while a visit is booked" in text

    def test_whoever_did_not_book_with_them_has_no_page(
        self, doctor: Doctor, browser: Client
    ) -> None:
        other, stranger = make_doctor(), make_patient()
        make_hours(other, "09:00", "12:00")
        book(other, stranger, "09:30")
        book(other, doctor.user, "10:00")
        for number in (stranger.pk, doctor.user.pk, other.user.pk, 10**17, 10**30):
            assert browser.get(f"/doctor/patients/{number}/").status_code == 404
        assert not ReportAccess.objects.exists()


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/doctor/", 16),
        ("/doctor/week/", 12),
        ("/doctor/appointments/", 11),
        ("/doctor/appointments/?search=person", 12),
        ("/doctor/patients/", 7),
        ("/doctor/patients/{patient}/", 15),
    ],
)
def test_pages_read_as_much_whatever_the_number_of_rows(
    path: str,
    most: int,
    doctor: Doctor,
    browser: Client,
    django_assert_max_num_queries: Callable[[int], Any],
) -> None:
    ben = make_patient()
    path = path.format(patient=ben.pk)
    book(doctor, ben, "09:30")
    make_report(ben)
    DoctorAvailability.objects.update(end_time=time(11))
    with django_assert_max_num_queries(most) as few:
        browser.get(path)
    for start in ("10:00", "10:30"):
        book(doctor, make_patient(), start)
    book(doctor, ben, "09:30", MONDAY + timedelta(days=1))
    make_report(ben)
    with django_assert_max_num_queries(most) as many:
        assert browser.get(path).status_code == 200
    assert len(few) == len(many)


def test_pages_send_the_anonymous_to_the_login_of_doctors_and_refuse_patients() -> None:
    for path in ("", "week/", "appointments/", "patients/", "patients/1/"):
        answer = Client().get(f"/doctor/{path}")
        assert (answer.status_code, answer["Location"]) == (
            302,
            f"/doctor/login/?next=%2Fdoctor%2F{path.replace('/', '%2F')}",
        )
        assert browser_of(make_patient()).get(f"/doctor/{path}").status_code == 403
