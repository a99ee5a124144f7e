"""A browser's login goes on for as long as its row does, and no longer than half a day."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from time_machine import travel

from medicare_django.accounts import tokens
from medicare_django.accounts.models import Login, UserProfile
from medicare_django.accounts.password_reset import make_token, reset_password
from tests.integration.factories import PASSWORD, browser_of, make_admin, make_doctor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
NOW = datetime(2031, 6, 2, 7, tzinfo=UTC)


def is_in(browser: Client) -> bool:
    return browser.get("/admin/").status_code == 200


@pytest.fixture
def admin() -> UserProfile:
    return make_admin()


def test_a_login_by_the_form_opens_the_pages_and_goes_where_it_was_asked_to(
    admin: UserProfile,
) -> None:
    browser = Client()
    asked = browser.get("/admin/auth/group/")
    assert asked["Location"] == "/admin/login/?next=/admin/auth/group/"
    form = {"email": admin.email.upper(), "password": PASSWORD, "next": "/admin/auth/group/"}
    entered = browser.post("/admin/login/", form)
    assert (entered.status_code, entered["Location"]) == (302, "/admin/auth/group/")
    assert is_in(browser)
    assert browser.get("/admin/login/")["Location"] == "/admin/dashboard/"


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/",
        "https://testserver@evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "\t//evil.example",
        "///evil.example",
        "javascript:x",
        "\\\\e",
        # These are none, but no page of ours leads to them.
        "logout",
        "no-such-route",
        "?next=/",
        "/" + "x" * 5000,
    ],
)
def test_a_login_leads_to_no_other_site(admin: UserProfile, url: str) -> None:
    form = {"email": admin.email, "password": PASSWORD, "next": url}
    entered = Client().post("/admin/login/", form)
    assert entered["Location"] == "/admin/dashboard/"
    again = browser_of(admin).get("/admin/login/", {"next": url})
    assert again["Location"] == "/admin/dashboard/"


def test_the_session_before_a_login_is_not_the_one_after(admin: UserProfile) -> None:
    browser = Client()
    browser.session["typed"] = "something"
    browser.session.save()
    before = browser.session.session_key
    browser.post("/admin/login/", {"email": admin.email, "password": PASSWORD})
    assert browser.session.session_key != before
    assert not Session.objects.filter(pk=before).exists()


def test_who_logs_out_is_out_for_good_with_this_browser_alone(admin: UserProfile) -> None:
    browser, other = browser_of(admin), browser_of(admin)
    kept = browser.cookies["__Host-sessionid"].value
    left = browser.post("/admin/logout/")
    assert (left.status_code, left["Location"]) == (302, "/admin/login/")
    browser.cookies["__Host-sessionid"] = kept
    assert not is_in(browser)
    assert is_in(other)


def test_a_new_password_ends_the_pages_as_it_ends_the_tokens(admin: UserProfile) -> None:
    browser = browser_of(admin)
    reset_password(make_token(admin), "another long pass phrase")
    assert not is_in(browser)


def test_what_ends_the_logins_of_an_account_ends_its_pages(admin: UserProfile) -> None:
    browser = browser_of(admin)
    tokens.end_logins(admin, timezone.now())
    assert not is_in(browser)


def test_who_is_activated_again_logs_in_again(admin: UserProfile) -> None:
    browser = browser_of(admin)
    for is_active in (False, True):
        admin.is_active = is_active
        admin.save()
    assert not is_in(browser)
    assert is_in(browser_of(admin))


def test_a_browser_that_is_never_idle_is_asked_again_after_half_a_day(admin: UserProfile) -> None:
    browser = browser_of(admin)
    for minutes in range(20, 12 * 60 + 1, 20):
        with travel(NOW + timedelta(minutes=minutes), tick=False):
            assert is_in(browser) == (minutes < 12 * 60)


def test_a_session_without_a_login_is_nobody_s(admin: UserProfile) -> None:
    browser = browser_of(admin)
    Login.objects.all().delete()
    assert not is_in(browser)


def test_who_is_reading_costs_the_session_and_one_more_query(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    browser = browser_of(make_doctor().user)
    with django_assert_num_queries(5):  # both, and the session is written, in a transaction
        browser.get("/password-mailed/")


def test_pages_of_somebody_are_kept_by_nobody(admin: UserProfile) -> None:
    answer = browser_of(admin).get("/password-mailed/")
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in answer["Permissions-Policy"]
    assert "Cache-Control" not in Client().get("/password-mailed/").headers
