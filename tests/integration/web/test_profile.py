"""What people change about their own account, in each of the portals."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from attrs import frozen
from django.conf import settings
from django.test import Client
from django.utils import timezone
from time_machine import Traveller

from medicare_django.accounts import browser_login, tokens
from medicare_django.accounts.models import UserProfile
from tests.integration.api_client import call, log_in, mailed_code
from tests.integration.factories import (
    PASSWORD,
    browser_of,
    make_admin,
    make_doctor,
    make_patient,
    make_user,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock", "no_pace")]
NOW = datetime(2031, 6, 2, 7, tzinfo=UTC)
NEW_EMAIL = "ada@new.example"
NEW = "another long phrase"
COOKIE = settings.SESSION_COOKIE_NAME
CHOICE = {"old": PASSWORD, "password": NEW, "again": NEW}


@frozen
class Portal:
    role: str
    root: str
    login: str

    def somebody(self, **fields: Any) -> UserProfile:
        make = {"patient": make_patient, "admin": make_admin}.get(self.role)
        return make(**fields) if make else make_doctor(**fields).user

    @property
    def profile(self) -> str:
        return f"{self.root}profile/"


PORTALS = [
    Portal("patient", "/", "/login/"),
    Portal("doctor", "/doctor/", "/doctor/login/"),
    Portal("admin", "/admin/dashboard/", "/admin/login/"),
]
every_portal = pytest.mark.parametrize("portal", PORTALS, ids=lambda portal: portal.role)


def is_error(page: Any, field: str) -> bool:
    return f'id="id_{field}_error"' in page.content.decode()


def is_logged_in(browser: Client, portal: Portal) -> bool:
    return browser.get(portal.profile).status_code == 200


@every_portal
def test_people_change_their_name_and_phone(portal: Portal) -> None:
    user = portal.somebody(name="Ada Byron")
    browser = browser_of(user)
    page = browser.get(portal.profile).content.decode()
    assert ('value="Ada Byron"' in page, user.email in page) == (True, True)
    form = {"name": "Ada Lovelace", "phone_number": "+49 30 1234567"}
    saved = browser.post(portal.profile, form, follow=True)
    assert saved.redirect_chain == [(portal.profile, 302)]
    content = saved.content.decode()
    assert ("Your profile is saved." in content, "+49301234567" in content) == (True, True)
    user.refresh_from_db()
    assert (user.name, user.phone_number) == ("Ada Lovelace", "+49301234567")


def test_patients_say_more_about_themselves_and_take_it_back() -> None:
    patient = make_patient()
    browser = browser_of(patient)
    more = {"name": "Ada", "gender": "female", "age": "0", "place": "London"}
    assert browser.post("/profile/", more).status_code == 302
    patient.refresh_from_db()
    assert (patient.gender, patient.age, patient.place) == ("female", 0, "London")
    page = browser.get("/profile/").content.decode()
    assert 'value="0"' in page
    assert re.search(r'value="female"\s+selected', page)
    assert browser.post("/profile/", {"name": "Ada"}).status_code == 302
    patient.refresh_from_db()
    assert (patient.gender, patient.age, patient.place) == ("", None, "")


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("name", ""),
        ("phone_number", "030 1"),
        ("age", "1.0"),
        ("gender", "x"),
        ("place", "\u202e"),
    ],
)
def test_a_profile_that_is_refused_keeps_what_was_typed(field: str, text: str) -> None:
    patient = make_patient(name="Before")
    page = browser_of(patient).post(
        "/profile/", {"name": "After", "place": "London", "age": "41", field: text}
    )
    assert (page.status_code, is_error(page, field)) == (200, True)
    assert 'value="After"' in page.content.decode() or field == "name"
    patient.refresh_from_db()
    assert (patient.name, patient.age) == ("Before", None)


def test_nobody_becomes_more_than_they_are() -> None:
    patient = make_patient()
    more = {"is_staff": "on", "is_superuser": "on", "email": "x@example.org", "id": "1"}
    assert browser_of(patient).post("/profile/", {"name": "Ada", **more}).status_code == 302
    after = UserProfile.objects.get(pk=patient.pk)
    assert (after.is_staff, after.is_superuser, after.email) == (False, False, patient.email)


def test_a_doctor_reads_but_does_not_change_the_practice() -> None:
    doctor = make_doctor(hospital="Harbourside General", address="Room 104")
    browser = browser_of(doctor.user)
    page = browser.get("/doctor/profile/").content.decode()
    assert all(part in page for part in ("Harbourside General", "Room 104", "The clinic changes"))
    assert 'name="hospital"' not in page
    browser.post("/doctor/profile/", {"name": "Dr Ada", "hospital": "Mine", "age": "30"})
    doctor.refresh_from_db()
    doctor.user.refresh_from_db()
    assert (doctor.hospital, doctor.user.name, doctor.user.age) == (
        "Harbourside General",
        "Dr Ada",
        None,
    )


@every_portal
@pytest.mark.parametrize("page", ["", "email/", "password/"])
def test_each_portal_has_the_pages_of_its_own_people(portal: Portal, page: str) -> None:
    path = portal.profile + page
    for other in PORTALS:
        assert browser_of(other.somebody()).get(path).status_code == (
            200 if other == portal else 403
        )
    asked = Client().get(path)
    assert (asked.status_code, asked["Location"].partition("?")[0]) == (302, portal.login)
    user = portal.somebody()
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = browser_of(user).cookies
    assert strict.post(path, {"name": "Eve"}).status_code == 403


@every_portal
def test_a_name_leads_to_the_profile(portal: Portal) -> None:
    page = browser_of(portal.somebody(name="Ada Byron")).get(portal.profile).content.decode()
    link = re.search(r'<a class="who" href="([^"]+)" aria-current="page">(.*?)</a>', page, re.S)
    assert link is not None
    assert (link[1], "Ada Byron" in link[2]) == (portal.profile, True)


@every_portal
def test_a_new_address_takes_the_place_of_the_old_one_once_it_is_proved(portal: Portal) -> None:
    user = portal.somebody()
    browser = browser_of(user)
    path = f"{portal.profile}email/"
    assert f'name="next" value="{portal.profile}"' in browser.get(path).content.decode()
    asked = browser.post(path, {"email": NEW_EMAIL, "next": portal.profile})
    assert asked.status_code == 302
    assert NEW_EMAIL in browser.get(asked["Location"]).content.decode()
    assert UserProfile.objects.get(pk=user.pk).email == user.email
    form = {"email": NEW_EMAIL, "code": mailed_code(NEW_EMAIL)}
    proved = browser.post(asked["Location"], form)
    assert proved["Location"].partition("?")[0] == portal.login
    login = browser.get(proved["Location"]).content.decode()
    assert ("confirmed" in login, f'value="{NEW_EMAIL}"' in login) == (True, True)
    entered = browser.post(proved["Location"], {"email": NEW_EMAIL, "password": PASSWORD})
    assert entered["Location"] == portal.profile
    assert NEW_EMAIL in browser.get(portal.profile).content.decode()


def test_asking_for_the_address_of_somebody_else_is_answered_alike() -> None:
    other = make_patient()
    answers = [
        browser_of(make_patient()).post("/profile/email/", {"email": email})
        for email in (other.email, "nobody@example.org")
    ]
    assert len({(each.status_code, each["Location"]) for each in answers}) == 1


def test_another_spelling_of_the_own_address_holds_at_once() -> None:
    patient = make_patient(email="ada@example.org")
    answer = browser_of(patient).post("/profile/email/", {"email": "Ada@Example.org"}, follow=True)
    assert "Your e-mail is saved." in answer.content.decode()
    patient.refresh_from_db()
    assert (patient.email, patient.is_email_verified) == ("Ada@Example.org", True)


def test_a_wrong_new_address_stays_in_the_form() -> None:
    page = browser_of(make_patient()).post("/profile/email/", {"email": "ada@x"})
    assert (page.status_code, is_error(page, "email")) == (200, True)
    assert 'value="ada@x"' in page.content.decode()


def test_an_unproved_address_is_marked_and_can_be_put_right() -> None:
    user = make_user()
    browser = browser_of(user)
    assert "not confirmed" in browser.get("/profile/").content.decode()
    assert 'href="/profile/email/"' in browser.get("/verify-email/").content.decode()
    kept = browser.get("/verify-email/?next=/reports/").content.decode()
    assert 'href="/profile/email/?next=%2Freports%2F"' in kept
    browser.post("/profile/email/", {"email": NEW_EMAIL})
    browser.post("/verify-email/", {"email": NEW_EMAIL, "code": mailed_code(NEW_EMAIL)})
    user.refresh_from_db()
    assert (user.email, user.is_email_verified) == (NEW_EMAIL, True)


def end_logins(user: UserProfile) -> None:
    tokens.end_logins(user, timezone.now())


@pytest.mark.parametrize(
    ("path", "form"), [("/profile/email/", {"email": NEW_EMAIL}), ("/profile/password/", CHOICE)]
)
def test_a_login_that_ends_meanwhile_changes_nothing(path: str, form: Any) -> None:
    patient = make_patient()
    browser = browser_of(patient)
    seen = browser_login.login_of
    calls: list[int] = []

    def login_of(request: Any) -> Any:
        found = seen(request)
        calls.append(1)
        if len(calls) == 2:  # after that of `request.user`
            end_logins(patient)
        return found

    with patch.object(browser_login, "login_of", side_effect=login_of):
        answer = browser.post(path, form)
    assert answer["Location"].startswith("/login/?next=")
    after = UserProfile.objects.get(pk=patient.pk)
    assert (after.email, after.check_password(PASSWORD)) == (patient.email, True)


@every_portal
def test_a_new_password_keeps_this_browser_and_ends_every_other_login(portal: Portal) -> None:
    user = portal.somebody()
    browser, other = browser_of(user), browser_of(user)
    token = log_in(user)["access"]
    thief = Client()
    thief.cookies[COOKIE] = browser.cookies[COOKIE].value
    assert is_logged_in(thief, portal)
    changed = browser.post(f"{portal.profile}password/", CHOICE, follow=True)
    assert "Your password is changed." in changed.content.decode()
    assert changed.redirect_chain == [(portal.profile, 302)]
    assert is_logged_in(browser, portal)
    assert not is_logged_in(other, portal)
    assert call("GET", "profile/", token=token).status == 401
    assert UserProfile.objects.get(pk=user.pk).check_password(NEW)
    assert not is_logged_in(thief, portal)


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("old", ""),
        ("old", "wrong"),
        ("password", ""),
        ("password", "short"),
        ("password", "password1234"),
        ("password", "p" * 257),
        ("again", "something else entirely"),
        ("again", ""),
    ],
)
def test_a_new_password_that_is_refused_changes_nothing(field: str, text: str) -> None:
    patient = make_patient()
    page = browser_of(patient).post("/profile/password/", {**CHOICE, field: text})
    assert (page.status_code, is_error(page, field)) == (200, True)
    assert not any(text in page.content.decode() for text in (PASSWORD, NEW))
    assert UserProfile.objects.get(pk=patient.pk).check_password(PASSWORD)


def test_a_form_with_a_mistake_costs_no_try() -> None:
    browser = browser_of(make_patient())
    for _ in range(4):
        browser.post("/profile/password/", {**CHOICE, "old": "wrong", "again": ""})
    assert browser.post("/profile/password/", CHOICE).status_code == 302


@every_portal
def test_the_old_password_cannot_be_guessed(portal: Portal, clock: Traveller) -> None:
    user = portal.somebody()
    browser = browser_of(user)
    path = f"{portal.profile}password/"
    wrong = {**CHOICE, "old": "wrong"}
    assert [browser.post(path, wrong).status_code for _ in range(3)] == [200, 200, 429]
    locked = browser.post(path, CHOICE)
    content = locked.content.decode()
    assert (locked.status_code, locked["Retry-After"]) == (429, "60")
    assert 'data-countdown="60"' in content
    assert "You can try again in 60 seconds." in content
    assert not is_error(locked, "old")
    elsewhere = Client().post(portal.login, {"email": user.email, "password": PASSWORD})
    assert elsewhere.status_code == 429  # one count for all doors
    clock.shift(timedelta(seconds=61))
    assert browser.post(path, CHOICE).status_code == 302


def test_the_countdown_of_the_login_is_the_same() -> None:
    patient = make_patient()
    wrong = {"email": patient.email, "password": "wrong"}
    page = [Client().post("/login/", wrong) for _ in range(3)][-1]
    assert (page.status_code, page["Retry-After"]) == (429, "60")
    assert 'data-countdown="60"' in page.content.decode()


def test_passwords_are_compared_as_seldom_as_logins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("medicare_django.accounts.request_rates._count", lambda *_: 10**7)
    page = browser_of(make_patient()).post("/profile/password/", CHOICE)
    assert page.status_code == 429
    assert int(page["Retry-After"]) > 0


@pytest.mark.parametrize("path", ["/profile/", "/profile/password/", "/reports/upload/"])
def test_a_form_that_was_open_too_long_says_that_nothing_was_saved(path: str) -> None:
    patient = make_patient()
    browser = browser_of(patient)
    end_logins(patient)
    answer = browser.post(path, {"name": "Eve"}, follow=True)
    assert answer.redirect_chain == [(f"/login/?next={path.replace('/', '%2F')}", 302)]
    assert "nothing was saved" in answer.content.decode()
    assert "nothing was saved" not in Client().get(path, follow=True).content.decode()


def test_a_form_from_before_a_login_says_that_it_is_too_old() -> None:
    strict = Client(enforce_csrf_checks=True)
    page = strict.post("/profile/", {"name": "Eve", "csrfmiddlewaretoken": "x" * 64})
    content = page.content.decode()
    assert (page.status_code, 'href="/profile/"' in content) == (403, True)
    assert ("too old" in content, "nothing was changed" in content) == (True, True)
    out = strict.post("/logout/").content.decode()
    assert 'href="/logout/"' not in out


def test_profiles_read_little(django_assert_max_num_queries: Any) -> None:
    browser = browser_of(make_doctor().user)
    browser.get("/doctor/profile/")
    with django_assert_max_num_queries(6):
        browser.get("/doctor/profile/")
