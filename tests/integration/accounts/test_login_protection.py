"""Three wrong passwords lock an account for a minute, for the address that they came from."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from axes.exceptions import AxesBackendRequestParameterRequired
from axes.helpers import get_client_ip_address
from axes.models import AccessAttempt, AccessLog
from axes.signals import user_locked_out
from django.contrib.auth import authenticate
from django.contrib.auth.hashers import MD5PasswordHasher
from django.test import Client, RequestFactory
from pytest_django import Settings
from time_machine import Traveller, travel

from medicare_django.accounts.lockout import Tries, forget_old_tries
from medicare_django.accounts.models import UserProfile
from tests.integration.doors import ADMIN, HERE, LOGIN, PAGES, THERE, TOKEN, Door
from tests.integration.factories import PASSWORD, browser_of, client_of, make_admin, make_patient

NOW = datetime(2030, 1, 7, 9, tzinfo=UTC)
NEW = "a quite different one"
every_door = pytest.mark.parametrize("door", [ADMIN, LOGIN, TOKEN], ids=lambda door: door.path)


@pytest.fixture
def clock() -> Iterator[Traveller]:
    with travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def ada(db: None) -> UserProfile:
    """Staff, so that every door is open to her."""
    return make_admin(email="Ada@Example.org")


def move(clock: Traveller, seconds: float) -> None:
    clock.move_to(NOW + timedelta(seconds=seconds), tick=False)


def lock(email: str, door: Door = LOGIN) -> None:
    assert [door.fail(email) for _ in range(3)] == [door.refused, door.refused, 429]


@every_door
def test_three_failures_lock_for_a_minute(door: Door, ada: UserProfile, clock: Traveller) -> None:
    lock(ada.email, door)
    for seconds, left in ((0, "60"), (18.5, "42"), (59, "1"), (59.9, "1")):
        move(clock, seconds)
        locked = door.enter(ada.email)
        assert (locked.status_code, locked.headers["Retry-After"]) == (429, left)
    move(clock, 60.5)
    assert door.enter(ada.email).status_code == door.entered


@every_door
def test_the_third_failure_says_how_long(door: Door, ada: UserProfile, clock: Traveller) -> None:
    for seconds in (0, 20):
        move(clock, seconds)
        assert door.fail(ada.email) == door.refused
    move(clock, 40)
    assert door.enter(ada.email, "wrong").headers["Retry-After"] == "60"
    move(clock, 99)
    assert door.enter(ada.email).headers["Retry-After"] == "1"
    move(clock, 100)
    assert door.enter(ada.email).status_code == door.entered


@every_door
def test_attempts_during_the_lock_do_not_extend_it(
    door: Door, ada: UserProfile, clock: Traveller
) -> None:
    lock(ada.email, door)
    for seconds in (1, 20, 40, 59):
        move(clock, seconds)
        assert door.fail(ada.email) == 429
    move(clock, 60.1)
    assert door.enter(ada.email).status_code == door.entered


@every_door
def test_a_success_resets_the_count(door: Door, ada: UserProfile) -> None:
    for _ in range(2):
        assert [door.fail(ada.email), door.fail(ada.email)] == [door.refused] * 2
        assert door.enter(ada.email).status_code == door.entered
    assert not AccessAttempt.objects.exists()
    assert not AccessLog.objects.exists()


@every_door
def test_after_the_lock_there_are_three_tries_again(
    door: Door, ada: UserProfile, clock: Traveller
) -> None:
    for round_ in range(3):
        move(clock, 61 * round_)
        lock(ada.email, door)


def test_failures_with_a_minute_between_them_do_not_add_up(
    ada: UserProfile, clock: Traveller
) -> None:
    for seconds in (0, 59, 119, 178):
        move(clock, seconds)
        assert LOGIN.fail(ada.email) == 401
    move(clock, 179)
    assert LOGIN.fail(ada.email) == 429


def test_failures_at_all_doors_add_up(ada: UserProfile) -> None:
    assert [LOGIN.fail(ada.email), ADMIN.fail(ada.email)] == [401, 200]
    assert TOKEN.fail(ada.email) == 429
    assert {door.enter(ada.email).status_code for door in (ADMIN, LOGIN, TOKEN)} == {429}


def test_no_browser_and_no_spelling_begins_a_count_of_its_own(
    ada: UserProfile, clock: Traveller
) -> None:
    spellings = ("ADA@example.org", " ada@EXAMPLE.ORG", "ada@\uff45xample.org")
    statuses = []
    for seconds, spelling in zip((0, 40, 59), spellings, strict=True):
        move(clock, seconds)
        statuses.append(LOGIN.fail(spelling, **{"User-Agent": f"browser {seconds}"}))
    assert statuses == [401, 401, 429]
    move(clock, 118)  # a minute from the last one
    for agent in ("browser 0", "browser 59", "another", "x" * 3000):
        locked = ADMIN.enter("aDa@example.org", **{"User-Agent": agent})
        assert (locked.status_code, locked.headers["Retry-After"]) == (429, "1")
    assert AccessAttempt.objects.count() == 1


def test_another_address_and_another_account_are_not_locked(ada: UserProfile) -> None:
    eve = make_patient()
    lock(ada.email)
    assert LOGIN.enter(ada.email, address=THERE).status_code == 200
    assert LOGIN.enter(eve.email).status_code == 200
    assert LOGIN.enter(ada.email).status_code == 429


@every_door
def test_a_spoofed_header_is_no_help(door: Door, ada: UserProfile) -> None:
    headers = [{"X-Forwarded-For": f"203.0.113.{number}"} for number in range(5)]
    statuses = [door.fail(ada.email, **each) for each in headers]
    assert statuses == [door.refused, door.refused, 429, 429, 429]


def test_behind_a_proxy_of_ours_clients_are_told_apart(
    ada: UserProfile, settings: Settings
) -> None:
    settings.TRUSTED_PROXIES = 1
    guesses = [f"10.0.0.{number}, 203.0.113.1" for number in range(3)]
    statuses = [LOGIN.fail(ada.email, **{"X-Forwarded-For": each}) for each in guesses]
    assert statuses == [401, 401, 429]
    owner = {"X-Forwarded-For": "203.0.113.1, 203.0.113.2"}
    assert LOGIN.enter(ada.email, **owner).status_code == 200


def told_alike(body: str, email: str) -> str:
    """Without what was typed, which a form shows again, and what is new in every form."""
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", body).replace(email, "")


@every_door
def test_unknown_and_deactivated_accounts_behave_exactly_alike(
    door: Door, ada: UserProfile, clock: Traveller
) -> None:
    gone = make_admin(is_active=False)
    seen: list[tuple[Any, Any]] = []
    for email in (ada.email, gone.email, "nobody@example.org", "no address at all"):
        answers = [door.enter(email, "wrong") for _ in range(4)]
        answers.append(door.enter(email))
        told = [(each.status_code, each.headers.get("Retry-After")) for each in answers]
        seen.append((told, [told_alike(each.content.decode(), email) for each in answers]))
    assert seen[0][0] == [(door.refused, None)] * 2 + [(429, "60")] * 3
    assert all(each == seen[0] for each in seen)


def test_the_api_answers_with_its_envelope(ada: UserProfile, clock: Traveller) -> None:
    lock(ada.email)
    move(clock, 18)
    message = "Too many attempts. You can try again in 42 seconds."
    for door in (LOGIN, TOKEN):
        assert door.enter(ada.email).json() == {
            "status": "Too Many Requests",
            "status_code": 429,
            "message": message,
            "errors": {"non_field_errors": [message]},
        }


def test_the_admin_answers_with_a_page(ada: UserProfile, clock: Traveller) -> None:
    lock(ada.email, ADMIN)
    move(clock, 59)
    locked = ADMIN.enter(ada.email)
    page = locked.content.decode()
    assert locked.headers["Content-Type"].startswith("text/html")
    assert "You can try again in 1 second." in page
    assert 'data-countdown="1"' in page
    assert ada.email in page
    assert not re.search(r"<script(?! src=)|<style|\sstyle=|\son[a-z]+=", page)


def test_who_is_no_staff_cannot_learn_at_the_admin_that_a_password_is_right(db: None) -> None:
    patient = make_patient()
    answers = [ADMIN.enter(patient.email) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
    wrong = [ADMIN.enter("nobody@example.org", "wrong") for _ in range(4)]
    assert [answer.status_code for answer in wrong] == [200, 200, 429, 429]


def test_a_locked_login_compares_no_password(
    ada: UserProfile, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed = []
    encode = MD5PasswordHasher.encode

    def count(self: MD5PasswordHasher, password: str, salt: str) -> str:
        hashed.append(password)
        return encode(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", count)
    for email in (ada.email, "nobody@example.org"):
        hashed.clear()
        lock(email)
        assert len(hashed) == 3  # an unknown account costs as much as a known one
        assert LOGIN.enter(email).status_code == 429
        assert len(hashed) == 3


def change_password(client: Any, old: str) -> Any:
    return client.post("/api/password/change/", {"old_password": old, "new_password": NEW}, "json")


def test_a_stolen_token_cannot_guess_the_old_password(clock: Traveller, db: None) -> None:
    user = make_patient()
    thief = client_of(user)
    for _ in range(2):
        answer = change_password(thief, "wrong")
        assert (answer.status_code, list(answer.json()["errors"])) == (400, ["old_password"])
    for old in ("wrong", PASSWORD):
        answer = change_password(thief, old)
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "60")
        assert answer.json()["message"].startswith("Too many attempts.")
    assert LOGIN.enter(user.email, address="127.0.0.1").status_code == 429
    move(clock, 60.5)
    assert change_password(client_of(user), PASSWORD).status_code == 200


def test_the_right_old_password_resets_the_count(db: None) -> None:
    client = client_of(make_patient())
    for _ in range(2):
        assert change_password(client, "wrong").status_code == 400
    answer = client.post(
        "/api/password/change/", {"old_password": PASSWORD, "new_password": "short"}, "json"
    )
    assert list(answer.json()["errors"]) == ["new_password"]
    assert not AccessAttempt.objects.exists()


def admin_of(user: UserProfile) -> Client:
    return browser_of(user, REMOTE_ADDR=HERE)


def change_at_the_admin(client: Client, old: str, new: str = NEW) -> Any:
    form = {"old_password": old, "new_password1": new, "new_password2": new}
    return client.post("/admin/password_change/", form)


def test_a_stolen_session_cannot_guess_the_old_password(
    ada: UserProfile, clock: Traveller
) -> None:
    thief = admin_of(ada)
    assert thief.get("/admin/password_change/").status_code == 200
    for _ in range(2):
        answer = change_at_the_admin(thief, "wrong")
        assert answer.status_code == 200
        assert "Your old password was entered incorrectly." in answer.content.decode()
    for old in ("wrong", PASSWORD):
        answer = change_at_the_admin(thief, old)
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "60")
        assert 'href="/admin/password_change/"' in answer.content.decode()
    assert LOGIN.enter(ada.email).status_code == 429
    ada.refresh_from_db()
    assert ada.check_password(PASSWORD)
    move(clock, 60.5)
    answer = change_at_the_admin(thief, PASSWORD)
    assert (answer.status_code, answer.headers["Location"]) == (
        302,
        "/admin/password_change/done/",
    )
    assert thief.get("/admin/password_change/done/").status_code == 200
    ada.refresh_from_db()
    assert ada.check_password(NEW)


def test_the_right_old_password_resets_the_count_at_the_admin_too(ada: UserProfile) -> None:
    client = admin_of(ada)
    for _ in range(2):
        assert change_at_the_admin(client, "wrong").status_code == 200
    assert "too short" in change_at_the_admin(client, PASSWORD, "short").content.decode()
    assert not AccessAttempt.objects.exists()


def test_a_session_ends_half_an_hour_after_its_last_request(
    ada: UserProfile, clock: Traveller
) -> None:
    client = admin_of(ada)
    for minutes, status in ((29, 200), (58, 200), (89, 302)):
        move(clock, 60 * minutes)
        assert client.get("/admin/").status_code == status


@pytest.mark.parametrize(
    "email",
    [
        "x" * 254,
        "\u0130" * 250 + "@x.de",  # longer in lower case
        "a@" + "\u00fc" * 250,
        "a@" + ".".join(["\u00fc"] * 120),  # longer in ASCII
        "@",
        "%s{0}'\";--",
        "\U0001f600@example.org",
        "a\u0300\u202e@example.org",
        "a\x00@example.org",
    ],
)
def test_no_user_name_is_an_error_of_ours(email: str, db: None) -> None:
    readable = LOGIN.fail(email) == 401
    statuses = [LOGIN.fail(email) for _ in range(2)]
    assert statuses == ([401, 429] if readable else [400, 400])
    assert ADMIN.fail(email, address=THERE) == 200
    assert all(len(row.username or "") <= 255 for row in AccessAttempt.objects.all())


@pytest.mark.parametrize("text", [b"\xed\xa0\x80", b"%ED%A0%80", b"%00", b"%FF", b"x" * 100_000])
def test_no_form_is_an_error_of_ours(text: bytes, db: None) -> None:
    body = b"password=x&username=" + text
    kind = "application/x-www-form-urlencoded"
    client = Client(raise_request_exception=False)
    assert {client.post("/admin/login/", body, kind).status_code for _ in range(2)} == {200}


def test_nothing_of_a_request_is_kept_but_who_and_where(ada: UserProfile) -> None:
    for number in range(2):
        ADMIN.enter(ada.email, f"secret{number}", **{"User-Agent": "agent", "Accept": "x" * 3000})
    row = AccessAttempt.objects.get()
    assert (row.username, row.ip_address) == ("ada@example.org", HERE)
    kept = (row.user_agent, row.http_accept, row.path_info, row.get_data, row.post_data)
    assert kept == ("", "", "", "", "")


def test_what_is_over_is_removed_when_somebody_else_fails(
    ada: UserProfile, clock: Traveller
) -> None:
    for number in range(5):
        LOGIN.fail(f"nobody{number}@example.org")
    move(clock, 30)
    LOGIN.fail("nobody@example.org")
    move(clock, 61)
    LOGIN.fail(ada.email)
    assert set(AccessAttempt.objects.values_list("username", flat=True)) == {
        "nobody@example.org",
        "ada@example.org",
    }


def test_a_try_that_counts_again_is_not_removed_as_old(db: None, clock: Traveller) -> None:
    tries = Tries("ada@example.org", HERE)
    tries.take()
    move(clock, 61)
    tries.take()
    assert forget_old_tries() == 0
    assert AccessAttempt.objects.get().failures_since_start == 1


def test_a_login_needs_the_request_that_it_came_by(ada: UserProfile) -> None:
    with pytest.raises(AxesBackendRequestParameterRequired):
        authenticate(None, email=ada.email, password=PASSWORD)
    client = browser_of(ada)
    assert client.get("/admin/").status_code == 200
    client.logout()
    assert client.get("/admin/").status_code == 302


def test_both_names_of_the_user_name_are_one(ada: UserProfile) -> None:
    request = RequestFactory().post("/")
    assert authenticate(request, email=ada.email, password=PASSWORD) == ada
    assert authenticate(request, username=ada.email, password=PASSWORD) == ada
    assert AccessAttempt.objects.get().failures_since_start == 2


def test_a_lock_is_signalled_to_whoever_listens(ada: UserProfile) -> None:
    heard = []

    def listen(username: str, ip_address: str, **_: Any) -> None:
        heard.append((username, ip_address))

    user_locked_out.connect(listen)
    try:
        lock(ada.email)
        ADMIN.fail(ada.email)
    finally:
        user_locked_out.disconnect(listen)
    assert heard == [("ada@example.org", HERE)] * 2


@pytest.mark.parametrize("path", [door.path for door in PAGES])
def test_the_form_tells_of_a_lock_and_works_again_by_itself(
    path: str, ada: UserProfile, clock: Traveller
) -> None:
    browser, form = Client(REMOTE_ADDR=HERE), {"email": "ada@example.org", "password": "wrong"}
    answers = [browser.post(path, form) for _ in range(3)]
    assert [each.status_code for each in answers] == [200, 200, 429]
    assert "The e-mail or the password is wrong." in answers[1].content.decode()
    page = answers[2].content.decode()
    assert "You can try again in 60 seconds." in page
    assert 'value="ada@example.org"' in page
    assert "is wrong" not in page
    move(clock, 60.5)
    assert browser.post(path, form).status_code == 200


def test_what_logs_may_read_from_headers_is_not_what_is_counted_by(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    monkeypatch.setattr("axes.helpers.IPWARE_INSTALLED", True)
    settings.AXES_IPWARE_META_PRECEDENCE_ORDER = ("HTTP_X_FORWARDED_FOR",)
    request = RequestFactory().get("/", REMOTE_ADDR=HERE, HTTP_X_FORWARDED_FOR=THERE)
    assert get_client_ip_address(request) == HERE


def test_a_request_is_no_transaction(settings: Settings) -> None:
    """Else the answer that refuses a login would undo its count."""
    assert settings.DATABASES["default"]["ATOMIC_REQUESTS"] is False


def test_an_error_in_the_page_is_not_hidden_by_another_call(
    ada: UserProfile, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = admin_of(ada)
    admin.raise_request_exception = False
    lock(ada.email)
    calls = []

    def fail(*arguments: Any, **_: Any) -> None:
        calls.append(arguments)
        raise TypeError  # axes takes it for a callable of the old kind

    monkeypatch.setattr("medicare_django.accounts.login_guard.render", fail)
    assert change_at_the_admin(admin, PASSWORD).status_code == 500
    assert len(calls) == 1
