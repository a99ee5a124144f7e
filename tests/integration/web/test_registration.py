"""From the page to register to the page that somebody wanted in the first place."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings
from time_machine import Traveller

from medicare_django.accounts.codes import MAX_TRIES
from medicare_django.accounts.models import OneTimeCode, UserProfile
from medicare_django.accounts.password_reset import make_token, reset_password
from medicare_django.notifications.models import Kind, Notification
from tests.integration.api_client import mailed_code, post
from tests.integration.factories import (
    PASSWORD,
    browser_of,
    make_admin,
    make_doctor,
    make_patient,
    make_user,
)
from tests.integration.web_pages import error_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock", "no_pace")]
NOW = datetime(2031, 6, 2, 7, tzinfo=UTC)
EMAIL = "ada@example.org"
WANTED = "/reports/upload/"
FORM = {"name": "Ada Lovelace", "email": EMAIL, "password": PASSWORD, "again": PASSWORD}
MORE = {"phone_number": "+49 30 1234567", "gender": "female", "age": "36", "place": "London"}
SENTENCES = ("wrong or no longer valid", "older by now", "All five tries")


def register(browser: Client, query: str = "", **given: Any) -> Any:
    return browser.post(f"/register/{query}", {**FORM, **given})


def verify(browser: Client, code: str, email: str = EMAIL, query: str = "") -> Any:
    return browser.post(f"/verify-email/{query}", {"email": email, "code": code})


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


def test_from_the_form_by_the_code_and_the_login_to_the_page_that_was_wanted() -> None:
    browser = Client()
    assert f'name="next" value="{WANTED}"' in (
        browser.get(f"/register/?next={WANTED}").content.decode()
    )
    registered = register(browser, next=WANTED, **MORE)
    assert registered.status_code == 302
    page = browser.get(registered["Location"])
    assert f'value="{EMAIL}"' in page.content.decode()
    assert "@" not in registered["Location"]  # addresses of pages are kept by others
    code = mailed_code(EMAIL)
    spaced = f" {code[:3]} {code[3:]} "
    proved = browser.post(registered["Location"], {"email": EMAIL, "code": spaced})
    assert proved.status_code == 302
    login = browser.get(proved["Location"]).content.decode()
    assert ("Your e-mail is confirmed" in login, f'value="{EMAIL}"' in login) == (True, True)
    entered = browser.post(proved["Location"], {"email": EMAIL, "password": PASSWORD})
    assert entered["Location"] == WANTED
    assert browser.get(WANTED).status_code == 200
    ada = UserProfile.objects.get()
    assert (ada.name, ada.is_email_verified, ada.phone_number) == (
        "Ada Lovelace",
        True,
        "+49301234567",
    )
    assert (ada.gender, ada.age, ada.place) == ("female", 36, "London")


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("name", " "),
        ("name", "x" * 151),
        ("name", "\u200b"),
        ("name", "Ada\u202e"),
        ("email", "ada@x"),
        ("email", "x" * 300 + "@example.org"),
        ("email", ""),
        ("password", "short"),
        ("password", " " * 12),
        ("password", "p" * 257),
        ("password", EMAIL),
        ("password", ""),
        ("again", "another long phrase"),
        ("again", ""),
        ("phone_number", "030 123"),
        ("gender", "none"),
        ("age", "151"),
        ("age", "-1"),
        ("age", "1_0"),
        ("age", "\u0663"),
        ("age", "9" * 5000),
        ("place", "x" * 151),
    ],
)
def test_what_is_wrong_is_told_beside_its_field_and_the_rest_is_kept(
    field: str, text: str
) -> None:
    page = register(Client(), **{**MORE, field: text})
    assert page.status_code == 200
    assert error_of(page, field)
    content = page.content.decode()
    assert all(
        f'value="{value}"' in content
        for name, value in {**FORM, **MORE}.items()
        if name not in {field, "password", "again", "gender"}
    )
    assert PASSWORD not in content
    assert not UserProfile.objects.exists()


def test_what_may_be_left_out_is_open_only_where_something_is_in_it() -> None:
    more = '<details class="more" open>'
    assert more not in Client().get("/register/").content.decode()
    assert more not in register(Client(), name="").content.decode()
    assert more in register(Client(), name="", place="London").content.decode()


def test_nobody_is_told_who_has_an_account() -> None:
    make_patient(email=EMAIL)
    known, unknown = Client(), Client()
    answers = [register(known), register(unknown, email="new@example.org")]
    assert [(each.status_code, each["Location"]) for each in answers] == [
        (302, "/verify-email/")
    ] * 2
    pages = [
        verify(known, "000000").content.decode(),
        verify(unknown, "000000", "new@example.org").content.decode(),
    ]
    token = re.compile(r'name="csrfmiddlewaretoken" value="[^"]+"')
    first, second = (token.sub("", page).replace(EMAIL, "new@example.org") for page in pages)
    assert first == second
    assert UserProfile.objects.get(email=EMAIL).check_password(PASSWORD)
    kinds = Notification.objects.order_by("id").values_list("kind", flat=True)
    assert list(kinds) == [Kind.ACCOUNT_EXISTS, Kind.EMAIL_CODE]


def test_an_address_that_waits_can_be_registered_anew() -> None:
    register(
        Client(), name="Somebody else", password="a phrase of theirs", again="a phrase of theirs"
    )
    browser = Client()
    register(browser)
    assert verify(browser, mailed_code(EMAIL)).status_code == 302
    ada = UserProfile.objects.get()
    assert (ada.name, ada.check_password(PASSWORD)) == ("Ada Lovelace", True)


def test_a_wrong_code_stays_in_the_form_with_what_to_do() -> None:
    browser = Client()
    register(browser)
    code = mailed_code(EMAIL)
    for text in ("12345", "1234567", "letter", "", "\u0661\u0662\u0663\u0664\u0665\u0666"):
        assert error_of(verify(browser, text), "code")
    assert OneTimeCode.objects.get().tries == 0
    page = verify(browser, wrong(code))
    assert (page.status_code, SENTENCES[0] in error_of(page, "code")) == (200, True)
    assert f'value="{wrong(code)}"' in page.content.decode()
    assert verify(browser, code).status_code == 302


def test_the_fifth_wrong_code_says_that_there_are_no_more(clock: Traveller) -> None:
    browser = Client()
    register(browser)
    code = mailed_code(EMAIL)
    pages = [verify(browser, wrong(code)) for _ in range(MAX_TRIES)]
    assert [SENTENCES[2] in error_of(page, "code") for page in pages] == [*[False] * 4, True]
    assert SENTENCES[2] in error_of(verify(browser, code), "code")
    clock.shift(timedelta(seconds=61))
    sent = browser.post("/verify-email/", {"email": EMAIL, "code": "", "again": "1"})
    assert (sent.status_code, sent["Location"]) == (302, "/verify-email/")
    assert SENTENCES[0] in error_of(verify(browser, wrong(mailed_code(EMAIL))), "code")
    assert verify(browser, mailed_code(EMAIL)).status_code == 302


def test_asking_for_another_code_too_soon_gives_no_new_tries() -> None:
    browser = Client()
    register(browser)
    code = mailed_code(EMAIL)
    for _ in range(MAX_TRIES - 1):
        verify(browser, wrong(code))
    browser.post("/verify-email/", {"email": EMAIL, "again": "1"})
    assert SENTENCES[2] in error_of(verify(browser, wrong(code)), "code")


def test_an_old_code_says_that_it_is_too_old(clock: Traveller) -> None:
    browser = Client()
    register(browser)
    code = mailed_code(EMAIL)
    clock.shift(timedelta(minutes=10, seconds=1))
    assert SENTENCES[1] in error_of(verify(browser, code), "code")
    assert SENTENCES[0] in error_of(verify(Client(), code), "code")  # which never asked for one


def test_an_address_that_another_account_took_meanwhile_is_told_to_who_has_the_code() -> None:
    mover = make_patient()
    browser = browser_of(mover)
    browser.post("/profile/email/", {"email": EMAIL})
    code = mailed_code(EMAIL)
    make_patient(email=EMAIL)
    assert "Another account" in error_of(verify(browser, code), "code")
    assert "Another account" not in error_of(verify(browser, wrong(code)), "code")


def test_a_new_code_is_promised_to_everybody_alike(clock: Traveller) -> None:
    make_user(email=EMAIL)
    answers = [
        Client().post("/verify-email/", {"email": email, "again": "1"}, follow=True)
        for email in (EMAIL, "nobody@example.org")
    ]
    assert all("If this e-mail waits" in page.content.decode() for page in answers)
    assert Notification.objects.filter(kind=Kind.EMAIL_CODE).count() == 1
    wrong_address = Client().post("/verify-email/", {"email": "ada@x", "code": "1", "again": "1"})
    assert (wrong_address.status_code, error_of(wrong_address, "code")) == (200, "")
    assert error_of(wrong_address, "email")


def test_the_address_may_come_with_the_page_or_from_who_is_logged_in() -> None:
    page = Client().get(f"/verify-email/?email={EMAIL}").content.decode()
    assert f'value="{EMAIL}"' in page
    assert EMAIL in browser_of(make_user(email=EMAIL)).get("/verify-email/").content.decode()
    other = make_patient()
    assert other.email not in browser_of(other).get("/verify-email/").content.decode()


@pytest.mark.parametrize(
    ("path", "given", "other"),
    [
        ("/register/", FORM, ("register/", {})),
        ("/verify-email/", {"email": EMAIL, "code": "000000"}, ("resend-otp/", {"email": EMAIL})),
        ("/verify-email/", {"email": EMAIL, "again": "1"}, ("resend-otp/", {"email": EMAIL})),
    ],
)
def test_pages_and_the_api_are_counted_together(
    settings: Settings, path: str, given: Any, other: tuple[str, Any]
) -> None:
    rates = dict.fromkeys(("login", "registration", "codes", "uploads", "anonymous"), "1/hour")
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": rates}
    cache.clear()
    assert post(*other).status != 429
    page = Client().post(path, given)
    cache.clear()
    assert page.status_code == 429
    assert 0 < int(page["Retry-After"]) <= 3600
    assert "Too many requests. You can try again in 60 minutes." in page.content.decode()
    assert f'value="{EMAIL}"' in page.content.decode()
    assert not UserProfile.objects.exists()


def test_patients_who_are_logged_in_need_no_account() -> None:
    browser = browser_of(make_patient())
    answer = browser.get("/register/?next=/reports/")
    assert (answer.status_code, answer["Location"]) == (302, "/reports/")
    assert browser_of(make_admin()).get("/register/").status_code == 200


@pytest.mark.parametrize("path", ["/", "/reports/", "/profile/", "/nothing/"])
def test_patients_whose_address_is_unproved_are_told_everywhere(path: str) -> None:
    notice = "Confirm your e-mail to book."
    assert notice in browser_of(make_user()).get(path).content.decode()
    assert notice not in browser_of(make_patient()).get(path).content.decode()
    assert notice not in Client().get(path, follow=True).content.decode()
    doctor = make_doctor().user
    UserProfile.objects.filter(pk=doctor.pk).update(is_email_verified=False)
    assert notice not in browser_of(doctor).get(path).content.decode()


def test_the_notice_leads_to_the_codes_and_back() -> None:
    page = browser_of(make_user()).get("/reports/?page=2").content.decode()
    assert 'href="/verify-email/?next=%2Freports%2F%3Fpage%3D2"' in page
    assert "Confirm your e-mail to book" not in (
        browser_of(make_user()).get("/verify-email/").content.decode()
    )


def test_the_page_after_goes_to_no_other_site() -> None:
    answer = register(Client(), next="https://evil.example/")
    assert answer["Location"] == "/verify-email/"


def test_a_code_is_of_no_use_once_a_new_password_has_proved_the_address() -> None:
    browser = Client()
    register(browser)
    code = mailed_code(EMAIL)
    reset_password(make_token(UserProfile.objects.get()), "a phrase after the reset")
    assert SENTENCES[0] in error_of(verify(browser, code), "code")


@pytest.mark.parametrize("path", ["/register/", "/verify-email/"])
def test_forms_are_refused_without_their_token(path: str) -> None:
    assert Client(enforce_csrf_checks=True).post(path, FORM).status_code == 403
    assert Client().get(path)["Cache-Control"].count("no-store") == 1
