"""The lists of administrators: appointments, doctors and patients, searched, narrowed and sorted."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from time_machine import Traveller

from medicare_django.accounts.models import UserProfile
from medicare_django.scheduling.models import TimeOff
from tests.integration.factories import (
    browser_of,
    make_admin,
    make_doctor,
    make_patient,
    make_report,
)
from tests.integration.staff_pages import (
    DAY,
    MONDAY,
    MORNING,
    book,
    cancel,
    make_working_doctor,
    names_in,
    status_of,
    text_of,
)

NOW = MORNING
APPOINTMENTS = "/admin/dashboard/appointments/"
DOCTORS = "/admin/dashboard/doctors/"
PATIENTS = "/admin/dashboard/patients/"

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("clock")]


@pytest.fixture
def browser() -> Client:
    return browser_of(make_admin(name="The Admin"))


def patients_in(browser: Client, query: str = "") -> list[str]:
    rows = browser.get(f"{APPOINTMENTS}?{query}").context["page"]
    return [row.patient.name for row in rows]


class TestAppointments:
    def test_those_to_come_are_listed_with_the_soonest_first(self, browser: Client) -> None:
        ada = make_working_doctor("Dr Ada")
        book(ada, "Later", "10:00", MONDAY + 2 * DAY)
        book(ada, "Sooner", "11:00")
        cancel(book(ada, "Cancelled", "09:00"))
        answer = browser.get(APPOINTMENTS)
        assert [row.patient.name for row in answer.context["page"]] == [
            "Cancelled",
            "Sooner",
            "Later",
        ]
        assert "Tue 8 Jan , 11:00 Sooner Dr Ada Booked Cancel Sooner" in text_of(answer)

    def test_they_are_found_by_words_of_either_name_without_case_and_accents(
        self, browser: Client
    ) -> None:
        jose, other = make_working_doctor("Dr José Núñez"), make_working_doctor("Dr Ada")
        book(jose, "Zoë Ångström", "09:00")
        book(jose, "Ben Amor", "10:00")
        book(other, "Zoe Brown", "09:30")
        assert patients_in(browser, "search=ZOE") == ["Zoë Ångström", "Zoe Brown"]
        assert patients_in(browser, "search=zoe+nunez") == ["Zoë Ångström"]
        assert patients_in(browser, "search=jose") == ["Zoë Ångström", "Ben Amor"]
        assert patients_in(browser, "search=nobody") == []

    def test_they_are_narrowed_by_status_doctor_and_dates(self, browser: Client) -> None:
        ada, ben = make_working_doctor("Dr Ada"), make_working_doctor("Dr Ben")
        book(ada, "One", "09:00")
        cancel(book(ada, "Two", "10:00"))
        book(ben, "Three", "10:00", MONDAY + 3 * DAY)
        assert patients_in(browser, "status=booked") == ["One", "Three"]
        assert patients_in(browser, "status=cancelled") == ["Two"]
        assert patients_in(browser, f"doctor={ben.pk}") == ["Three"]
        assert patients_in(browser, "from=2030-01-09") == ["Three"]
        assert patients_in(browser, "to=2030-01-08&status=booked") == ["One"]
        assert patients_in(browser, "when=past") == []

    def test_what_the_hours_no_longer_cover_can_be_listed(self, browser: Client) -> None:
        ada, ben = make_working_doctor("Dr Ada"), make_working_doctor("Dr Ben")
        book(ada, "Stands", "09:00")
        book(ben, "Stranded", "09:30")
        TimeOff.objects.create(doctor=ben, start_date=MONDAY + DAY)
        assert patients_in(browser, "status=stranded") == ["Stranded"]

    def test_they_are_sorted_by_a_link_in_the_head(self, browser: Client) -> None:
        ada, ben = make_working_doctor("Dr Ada"), make_working_doctor("Dr Ben")
        book(ben, "Zoe", "09:00")
        book(ada, "Émile", "09:30")
        book(ada, "fay", "10:00")
        assert patients_in(browser, "sort=patient") == ["Émile", "fay", "Zoe"]
        assert patients_in(browser, "sort=-patient") == ["Zoe", "fay", "Émile"]
        assert patients_in(browser, "sort=doctor") == ["Émile", "fay", "Zoe"]
        assert patients_in(browser, "sort=-when") == ["fay", "Émile", "Zoe"]
        page = browser.get(f"{APPOINTMENTS}?sort=patient&status=booked").content.decode()
        assert 'aria-sort="ascending"><a href="?sort=-patient&amp;status=booked"' in page

    def test_pages_keep_what_was_asked_for(self, browser: Client) -> None:
        doctors = [make_working_doctor(f"Dr {number}") for number in range(5)]
        patient = make_patient(name="Ben Amor")
        for number, doctor in enumerate(doctors):
            for day in range(1, 7):
                book(
                    doctor,
                    patient,
                    f"{9 + number // 2}:{30 * (number % 2):02}".zfill(5),
                    MONDAY + day * DAY,
                )
        answer = browser.get(f"{APPOINTMENTS}?search=amor&status=booked&sort=-when")
        assert "1-25 of 30" in text_of(answer)
        assert 'href="?search=amor&amp;status=booked&amp;sort=-when&amp;page=2"' in (
            answer.content.decode()
        )
        assert "26-30 of 30" in text_of(browser.get(f"{APPOINTMENTS}?search=amor&page=2"))
        assert "26-30 of 30" in text_of(browser.get(f"{APPOINTMENTS}?page=99"))

    @pytest.mark.parametrize(
        "query",
        [
            "doctor=999999999999999999999999",
            "doctor=x",
            "status=other",
            "from=2030-13-01",
            "sort=-",
            "sort=patient__password",
            "page=x",
            "when=x",
            "search=%00",
        ],
    )
    def test_what_cannot_be_read_narrows_nothing(self, browser: Client, query: str) -> None:
        book(make_working_doctor("Dr Ada"), "Ben", "09:00")
        assert patients_in(browser, query) == ["Ben"]

    def test_dates_that_lie_the_wrong_way_round_are_told(self, browser: Client) -> None:
        answer = browser.get(f"{APPOINTMENTS}?from=2030-02-02&to=2030-02-01")
        assert "The last day lies before the first." in text_of(answer)
        assert 'value="2030-02-02"' in answer.content.decode()

    def test_an_empty_list_says_why(self, browser: Client) -> None:
        assert "No appointment fits" in text_of(browser.get(f"{APPOINTMENTS}?search=ben"))
        assert "Nothing is booked from now on." in text_of(browser.get(APPOINTMENTS))


class TestCancelling:
    def test_one_is_cancelled_on_a_patients_behalf_until_it_is_over(self, browser: Client) -> None:
        row = book(make_working_doctor("Dr Ada"), "Ben Amor", "09:00", MONDAY)
        path = f"{APPOINTMENTS}{row.pk}/cancel/"
        question = text_of(browser.get(f"{path}?next={APPOINTMENTS}?search=amor"))
        assert "Cancel this appointment?" in question
        assert "Ben Amor is told by mail" in question
        answer = browser.post(path, {"next": f"{APPOINTMENTS}?search=amor"}, follow=True)
        assert answer.redirect_chain == [(f"{APPOINTMENTS}?search=amor", 302)]
        assert "The appointment on Monday 7 January at 09:00 is cancelled." in text_of(answer)
        assert status_of(row) == "cancelled"

    def test_a_second_time_and_afterwards_it_is_refused(self, clock: Traveller) -> None:
        ada = make_working_doctor("Dr Ada")
        gone, over = book(ada, "Gone", "09:00", MONDAY), book(ada, "Over", "10:00", MONDAY)
        cancel(gone)
        clock.move_to(over.ends_at)
        browser = browser_of(make_admin())
        for row, sentence in [(gone, "was cancelled before"), (over, "is over")]:
            refused = text_of(browser.post(f"{APPOINTMENTS}{row.pk}/cancel/"), 409)
            assert f"This appointment {sentence}." in refused
        assert status_of(over) == "booked"

    def test_past_and_cancelled_ones_have_no_link_for_it(self, browser: Client) -> None:
        ada = make_working_doctor("Dr Ada")
        cancel(book(ada, "Gone", "09:00"))
        assert "/cancel/" not in browser.get(APPOINTMENTS).content.decode()


class TestDoctors:
    def test_all_are_listed_with_how_much_of_them_is_booked(self, browser: Client) -> None:
        ada = make_working_doctor("Dr Ada")
        book(ada, "Ben", "09:00")
        book(ada, "Cem", "10:00")
        make_doctor(name="Dr Idle")
        text = text_of(browser.get(DOCTORS))
        assert "Dr Ada Cardiology St Anne 2 1% Active" in text
        assert "Dr Idle Cardiology St Anne 0 nothing offered Active" in text

    def test_they_are_searched_narrowed_and_sorted(self, browser: Client) -> None:
        jose = make_working_doctor("Dr José", specialization="Neurology", hospital="North")
        make_doctor(name="dr ada", hospital="North")
        gone = make_doctor(name="Dr Zed")
        UserProfile.objects.filter(doctor=gone).update(is_active=False)
        book(jose, "Ben", "09:00")

        def names(query: str) -> list[str]:
            return names_in(browser.get(f"{DOCTORS}?{query}"))

        assert names("") == ["dr ada", "Dr José", "Dr Zed"]
        assert names("sort=-name") == ["Dr Zed", "Dr José", "dr ada"]
        assert names("sort=-upcoming")[0] == "Dr José"
        assert names("search=jose+neuro") == ["Dr José"]
        assert names("specialization=Neurology") == ["Dr José"]
        assert names("hospital=North") == ["dr ada", "Dr José"]
        assert names("active=no") == ["Dr Zed"]
        assert names("active=no-hours") == ["dr ada"]

    def test_a_clinic_without_doctors_says_what_to_do(self, browser: Client) -> None:
        assert "There is no doctor yet." in text_of(browser.get(DOCTORS))


class TestPatients:
    def test_staff_and_doctors_are_not_among_them(self, browser: Client) -> None:
        make_doctor(name="Dr Ada")
        make_admin(name="Another")
        make_patient(name="Ben")
        assert names_in(browser.get(PATIENTS)) == ["Ben"]

    def test_they_are_searched_narrowed_and_sorted(self, browser: Client) -> None:
        ada = make_working_doctor("Dr Ada")
        emile = make_patient(name="Émile", email="first@example.org", phone_number="+4930123")
        make_patient(name="ben", email="second@example.org", is_email_verified=False)
        make_patient(name="Zoe", email="third@example.org", is_active=False)
        book(ada, emile, "09:00")

        def names(query: str) -> list[str]:
            return names_in(browser.get(f"{PATIENTS}?{query}"))

        assert names("") == ["ben", "Émile", "Zoe"]
        assert names("sort=-email") == ["Zoe", "ben", "Émile"]
        assert names("search=emile") == ["Émile"]
        assert names("search=SECOND@") == ["ben"]
        assert names("search=30123") == ["Émile"]
        assert names("verified=no") == ["ben"]
        assert names("active=no") == ["Zoe"]
        assert names("active=yes&verified=yes") == ["Émile"]
        assert "Tue 8 Jan" in text_of(browser.get(f"{PATIENTS}?search=emile"))


@pytest.mark.parametrize(
    "path",
    [
        APPOINTMENTS,
        f"{APPOINTMENTS}?search=person&sort=doctor",
        f"{APPOINTMENTS}?status=stranded",
        DOCTORS,
        f"{DOCTORS}?search=dr&active=yes",
        PATIENTS,
        f"{PATIENTS}?search=p",
        "/admin/dashboard/",
    ],
)
def test_no_page_costs_more_statements_the_more_there_is(browser: Client, path: str) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(path).status_code == 200
        return len(captured)

    def fill(number: int) -> None:
        doctor, absent = make_working_doctor(f"Dr {number}"), make_working_doctor(f"Dr X{number}")
        book(doctor, f"Person {number}", "09:00")
        book(absent, f"Person of {number}", "09:00")
        TimeOff.objects.create(doctor=absent, start_date=MONDAY + DAY)
        make_doctor(name=f"Dr Idle {number}")

    fill(0)
    statements()  # what is found out once only, such as content types
    few = statements()
    for number in range(1, 5):
        fill(number)
    assert statements() == few
    assert few <= 24


def test_who_has_uploaded_reports_is_not_told(browser: Client) -> None:
    patient = make_patient(name="Ben")
    make_report(patient, report="Canary of Ben")
    page = browser.get(f"{PATIENTS}{patient.pk}/").content.decode().lower()
    assert "canary" not in page
    assert "report" not in page
