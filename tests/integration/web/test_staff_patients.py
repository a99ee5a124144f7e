"""One patient as administrators see them, and the closures of the clinic."""

import pytest
from django.test import Client

from medicare_django.accounts.models import Login, UserProfile
from medicare_django.notifications.models import Kind, Notification
from medicare_django.scheduling.models import TimeOff
from medicare_django.scheduling.patients import deactivate_patient
from tests.integration.factories import browser_of, make_admin, make_doctor, make_patient
from tests.integration.staff_pages import (
    MONDAY,
    MORNING,
    answer_with,
    book,
    cancel,
    make_working_doctor,
    status_of,
    text_of,
)

NOW = MORNING
PATIENTS = "/admin/dashboard/patients/"
CLOSURES = "/admin/dashboard/closures/"

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("clock")]


@pytest.fixture
def browser() -> Client:
    return browser_of(make_admin())


@pytest.fixture
def ben() -> UserProfile:
    return make_patient(name="Ben Amor", phone_number="+4930123456", place="Rome", age=40)


def test_the_page_tells_how_to_reach_somebody_and_when_they_come(
    browser: Client, ben: UserProfile
) -> None:
    ada = make_working_doctor("Dr Ada")
    book(ada, ben, "09:00")
    cancel(book(ada, ben, "10:00"))
    text = text_of(browser.get(f"{PATIENTS}{ben.pk}/"))
    assert ben.email in text
    assert "+4930123456" in text
    assert "40 years" in text
    upcoming, _, earlier = text.partition("Past and cancelled")
    assert "Tue 8 Jan , 09:00 Dr Ada Booked" in upcoming
    assert "Tue 8 Jan , 10:00 Dr Ada Cancelled" in earlier


@pytest.mark.parametrize("page", ["", "deactivate/", "activate/"])
def test_doctors_and_staff_are_no_patients(browser: Client, page: str) -> None:
    for user in (make_doctor().user, make_admin()):
        assert browser.get(f"{PATIENTS}{user.pk}/{page}").status_code == 404
        assert browser.post(f"{PATIENTS}{user.pk}/{page}").status_code in {404, 405}
        user.refresh_from_db()
        assert user.is_active


class TestDeactivating:
    def test_who_has_booked_nothing_is_deactivated_and_comes_back(
        self, browser: Client, ben: UserProfile
    ) -> None:
        theirs, path = browser_of(ben), f"{PATIENTS}{ben.pk}/"
        assert "Deactivate Ben Amor?" in text_of(browser.get(f"{path}deactivate/"))
        text = text_of(browser.post(f"{path}deactivate/", {"next": path}, follow=True))
        assert "Ben Amor is deactivated." in text
        assert "can neither log in nor book" in text
        assert not Login.objects.filter(user=ben, ended_at=None).exists()
        assert theirs.get("/appointments/")["Location"].startswith("/login/")
        text = text_of(browser.post(f"{path}activate/", {"next": path}, follow=True))
        assert "Ben Amor can log in and book again." in text
        ben.refresh_from_db()
        assert ben.is_active

    @pytest.mark.parametrize("wanted", ["nonsense", "http", "%00", "//evil.example/", "a" * 3000])
    def test_where_to_go_next_is_a_page_of_this_site_or_the_list(
        self, browser: Client, ben: UserProfile, wanted: str
    ) -> None:
        for page in ("deactivate/", "activate/"):
            answer = browser.post(f"{PATIENTS}{ben.pk}/{page}", {"next": wanted})
            assert (answer.status_code, answer["Location"]) == (302, PATIENTS)

    def test_what_they_have_booked_is_told_and_kept_or_cancelled(
        self, browser: Client, ben: UserProfile
    ) -> None:
        ada, path = make_working_doctor("Dr Ada"), f"{PATIENTS}{ben.pk}/deactivate/"
        first, second = book(ada, ben, "09:00"), book(ada, ben, "10:00")
        asked = browser.get(path)
        text = text_of(asked)
        assert "2 booked appointments are still to come" in text
        assert "Tue 8 Jan, 09:00 to 09:30, Dr Ada" in text
        assert "Dr Ada" in text_of(browser.post(path))  # asked, since nothing was answered
        ben.refresh_from_db()
        assert ben.is_active
        kept = text_of(browser.post(path, answer_with(asked, "keep"), follow=True))
        assert "2 appointments stand all the same." in kept
        assert status_of(first) == "booked"
        again = browser.post(path, answer_with(asked, "cancel"), follow=True)
        assert "2 appointments are cancelled" in text_of(again)
        assert {status_of(first), status_of(second)} == {"cancelled"}
        assert Notification.objects.filter(kind=Kind.CANCELLED, recipient=ben).count() == 2

    def test_what_is_booked_meanwhile_is_asked_about(
        self, browser: Client, ben: UserProfile
    ) -> None:
        ada, path = make_working_doctor("Dr Ada"), f"{PATIENTS}{ben.pk}/deactivate/"
        book(ada, ben, "09:00")
        asked = browser.get(path)
        late = book(ada, ben, "10:00")
        assert "10:00" in text_of(browser.post(path, answer_with(asked, "cancel")))
        assert status_of(late) == "booked"
        ben.refresh_from_db()
        assert ben.is_active

    def test_a_dry_run_changes_nothing(self, ben: UserProfile) -> None:
        row = book(make_working_doctor("Dr Ada"), ben, "09:00")
        assert deactivate_patient(ben, now=NOW, dry_run=True, cancel_stranded=True) == (row,)
        ben.refresh_from_db()
        assert ben.is_active
        assert status_of(row) == "booked"


class TestClosures:
    def test_one_is_added_listed_and_deleted(self, browser: Client) -> None:
        assert "No closure is planned." in text_of(browser.get(CLOSURES))
        given = {"start_date": "2030-01-08", "note": "Holiday"}
        text = text_of(browser.post(f"{CLOSURES}add/", given, follow=True))
        assert "Saved: Tuesday 8 January." in text
        assert "Holiday" in text
        row = TimeOff.objects.get()
        assert row.doctor is None
        path = f"{CLOSURES}{row.pk}/delete/"
        assert "Delete this closure?" in text_of(browser.get(path))
        text = text_of(browser.post(path, follow=True))
        assert "Deleted: Tuesday 8 January." in text
        assert not TimeOff.objects.exists()

    def test_whoever_is_booked_then_is_named_with_their_doctors(self, browser: Client) -> None:
        rows = [
            book(make_working_doctor(f"Dr {name}"), f"Patient of {name}", "09:00")
            for name in ("Ada", "Ben")
        ]
        given = {"start_date": "2030-01-08", "note": "Holiday"}
        asked = browser.post(f"{CLOSURES}add/", given)
        text = text_of(asked)
        assert "2 booked appointments would fall into this closure" in text
        assert "Patient of Ada , Tue 8 Jan, 09:00 to 09:30, Dr Ada" in text
        assert "Patient of Ben , Tue 8 Jan, 09:00 to 09:30, Dr Ben" in text
        assert not TimeOff.objects.exists()
        sent = {**given, **answer_with(asked, "cancel")}
        text = text_of(browser.post(f"{CLOSURES}add/", sent, follow=True))
        assert "2 appointments are cancelled" in text
        assert {status_of(row) for row in rows} == {"cancelled"}
        assert TimeOff.objects.get().note == "Holiday"

    def test_what_was_typed_is_kept_where_it_is_refused(self, browser: Client) -> None:
        given = {"start_date": "2030-01-08", "end_date": "2030-01-07", "note": "Holiday"}
        answer = browser.post(f"{CLOSURES}add/", given)
        assert "The end must not lie before the start." in text_of(answer)
        assert 'value="Holiday"' in answer.content.decode()

    def test_a_doctors_time_off_is_no_closure(self, browser: Client) -> None:
        row = TimeOff.objects.create(doctor=make_doctor(), start_date=MONDAY)
        assert browser.get(f"{CLOSURES}{row.pk}/delete/").status_code == 404
        assert browser.post(f"{CLOSURES}{row.pk}/delete/").status_code == 404
        assert "Monday 7 January" not in text_of(browser.get(CLOSURES))
