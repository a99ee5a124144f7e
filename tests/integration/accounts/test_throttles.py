from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from axes.signals import user_locked_out
from django.core.cache import cache
from django.core.cache.backends.locmem import LocMemCache
from django.test import Client, RequestFactory
from pytest_django import Settings
from rest_framework.request import Request
from rest_framework.views import APIView
from time_machine import travel

from medicare_django import redis_address
from medicare_django.accounts import request_rates
from medicare_django.accounts.circuit_breaker import CircuitBreaker
from medicare_django.api import throttles
from medicare_django.api.urls import urlpatterns
from medicare_django.settings import REST_FRAMEWORK as AS_SERVED
from tests.integration.doors import ADMIN, HERE, LOGIN, THERE
from tests.integration.factories import client_of, make_admin, make_patient

NOW = datetime(2030, 1, 7, 9, 20, 20, tzinfo=UTC)
PATHS = {
    "login": ["login/", "token/"],
    "registration": ["register/"],
    "codes": ["verify-email/", "resend-otp/", "password/reset/", "password/reset/confirm/"],
    "anonymous": [
        "schema/",
        "docs/",
        "refresh/",
        "logout/",
        "doctors/",
        "doctors/1/",
        "doctors/1/image/",
        "doctor/1/availability/",
        "doctor/1/timeslots/",
    ],
}
SERVED = {"login": (60, 60), "registration": (30, 3600), "codes": (60, 3600)}
SERVED |= {"uploads": (120, 3600), "anonymous": (1200, 60)}


@pytest.fixture(autouse=True)
def nobody_was_counted(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    settings.CACHES = {"default": redis_address.cache("")}
    monkeypatch.setattr("medicare_django.accounts.pace.PACE", 0.001)
    monkeypatch.setattr(request_rates, "_breaker", CircuitBreaker(request_rates.REST_SECONDS))
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def as_served(settings: Settings) -> None:
    settings.REST_FRAMEWORK = AS_SERVED


@pytest.fixture
def two_an_hour(settings: Settings) -> None:
    settings.REST_FRAMEWORK = {
        **AS_SERVED,
        "DEFAULT_THROTTLE_RATES": dict.fromkeys(PATHS, "2/hour"),
    }


def send(path: str, address: str = HERE, **headers: str) -> Any:
    """Send an empty body: throttles come before anything is read."""
    client = Client(REMOTE_ADDR=address)
    return client.post(f"/api/{path}", "{}", content_type="application/json", headers=headers)


def throttle_of(scope: str) -> throttles.AddressThrottle:
    kinds = {kind.scope: kind for kind in throttles.AddressThrottle.__subclasses__()}
    return kinds[scope]()


def ask(scope: str, address: str = HERE) -> bool:
    request = Request(RequestFactory().get("/", REMOTE_ADDR=address))
    return throttle_of(scope).allow_request(request, APIView())


@pytest.mark.usefixtures("as_served")
@pytest.mark.parametrize("scope", SERVED)
def test_an_address_may_send_as_many_as_the_site_says(scope: str) -> None:
    allowed, seconds = SERVED[scope]
    with travel(NOW, tick=False) as clock:
        assert Counter(ask(scope) for _ in range(allowed + 5)) == {True: allowed, False: 5}
        clock.shift(seconds)
        assert ask(scope)


@pytest.mark.django_db
@pytest.mark.usefixtures("two_an_hour")
@pytest.mark.parametrize("scope", PATHS)
def test_each_door_is_counted_where_it_belongs(scope: str) -> None:
    with travel(NOW, tick=False):
        for path in PATHS[scope]:
            cache.clear()
            assert [send(path).status_code == 429 for _ in range(3)] == [False, False, True], path
            for other, paths in PATHS.items():
                assert (send(paths[-1]).status_code == 429) is (other == scope), (path, other)


@pytest.mark.usefixtures("two_an_hour")
def test_the_answer_has_the_envelope_and_says_when_the_window_ends() -> None:
    with travel(NOW, tick=False):
        answers = [send("login/") for _ in range(3)]
    seconds = 39 * 60 + 40
    message = f"Too many requests. You can try again in {seconds} seconds."
    assert answers[2].headers["Retry-After"] == str(seconds)
    assert answers[2].json() == {
        "status": "Too Many Requests",
        "status_code": 429,
        "message": message,
        "errors": {"non_field_errors": [message]},
    }


@pytest.mark.usefixtures("two_an_hour")
def test_a_window_ends_at_the_full_hour() -> None:
    end = NOW.replace(minute=0, second=0) + timedelta(hours=1)
    with travel(end - timedelta(milliseconds=1), tick=False) as clock:
        assert [send("login/").status_code for _ in range(3)] == [400, 400, 429]
        assert send("login/").headers["Retry-After"] == "1"
        clock.move_to(end)
        assert [send("login/").status_code for _ in range(3)] == [400, 400, 429]
        assert send("login/").headers["Retry-After"] == "3600"


@pytest.mark.usefixtures("two_an_hour")
def test_addresses_are_counted_apart_and_a_spoofed_header_is_no_help() -> None:
    with travel(NOW, tick=False):
        assert [send("login/").status_code for _ in range(3)] == [400, 400, 429]
        assert send("login/", THERE).status_code == 400
        assert send("login/", **{"X-Forwarded-For": THERE}).status_code == 429


@pytest.mark.usefixtures("two_an_hour")
def test_one_network_of_ipv6_is_one_address() -> None:
    with travel(NOW, tick=False):
        sent = [send("login/", f"2001:db8::{host}").status_code for host in range(1, 4)]
        assert sent == [400, 400, 429]
        assert send("login/", "2001:db8:0:1::1").status_code == 400


@pytest.mark.django_db
@pytest.mark.usefixtures("two_an_hour")
def test_who_is_signed_in_is_not_counted() -> None:
    client = client_of(make_patient())
    assert {client.get("/api/profile/").status_code for _ in range(5)} == {200}


@pytest.mark.usefixtures("two_an_hour")
@pytest.mark.parametrize("path", ["login/", "register/"])
def test_counting_and_refusing_need_no_database(path: str) -> None:
    with travel(NOW, tick=False):  # this test may not use one
        assert [send(path).status_code for _ in range(3)] == [400, 400, 429]


@pytest.mark.django_db
@pytest.mark.usefixtures("as_served")
def test_the_logins_of_the_admin_are_counted_with_those_of_the_api() -> None:
    ada = make_admin()
    heard: list[Any] = []

    def listen(**told: Any) -> None:
        heard.append(told)

    user_locked_out.connect(listen)
    with travel(NOW, tick=False) as clock:
        names = [f"nobody{number}@example.org" for number in range(30)]
        assert {LOGIN.fail(name) for name in names} == {401}
        assert {ADMIN.fail(name) for name in names} == {200}
        refused = ADMIN.enter(ada.email)
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "40")
        assert "You can try again in 40 seconds." in refused.content.decode()
        assert [ADMIN.fail(ada.email) for _ in range(3)] == [429, 429, 429]
        assert LOGIN.enter(ada.email).status_code == 429
        assert ADMIN.enter(ada.email, address=THERE).status_code == 302
        clock.shift(40)
        # What was refused was no try: it has locked nobody.
        assert ADMIN.enter(ada.email).status_code == 302
    user_locked_out.disconnect(listen)
    assert heard == []


@pytest.mark.usefixtures("as_served")
def test_of_twenty_threads_none_is_lost() -> None:
    barrier = Barrier(20)

    def ask_often(_: int) -> list[bool]:
        barrier.wait(timeout=30)
        return [ask("login") for _ in range(5)]

    with travel(NOW, tick=False), ThreadPoolExecutor(20) as pool:
        answers = [each for found in pool.map(ask_often, range(20)) for each in found]
    assert Counter(answers) == {True: 60, False: 40}


@pytest.mark.usefixtures("two_an_hour")
def test_a_key_that_is_dropped_between_the_two_steps_begins_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    add = LocMemCache.add

    def add_and_lose(self: LocMemCache, key: str, *args: Any, **options: Any) -> bool:
        monkeypatch.setattr(LocMemCache, "add", add)
        self.delete(key)
        return False

    with travel(NOW, tick=False):
        assert [ask("login"), ask("login")] == [True, True]
        monkeypatch.setattr(LocMemCache, "add", add_and_lose)
        assert [ask("login") for _ in range(3)] == [True, True, False]


@pytest.mark.usefixtures("two_an_hour")
@pytest.mark.parametrize("step", ["add", "incr"])
def test_a_cache_that_fails_turns_nobody_away(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, step: str
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise ConnectionError("redis://user:secret@cache")

    with travel(NOW, tick=False):
        ask("login")
        monkeypatch.setattr(LocMemCache, step, fail)
        assert all(ask("login") for _ in range(5))
    assert "ConnectionError" in caplog.text
    assert "secret" not in caplog.text


@pytest.mark.usefixtures("two_an_hour")
def test_a_cache_that_keeps_nothing_turns_nobody_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LocMemCache, "add", lambda *_, **__: False)
    assert all(ask("login") for _ in range(5))


def test_whatever_is_open_to_anyone_is_counted() -> None:
    views = [getattr(each.callback, "cls", None) for each in urlpatterns]
    open_to_all = [view for view in views if view is not None and not view.permission_classes]
    assert len(open_to_all) == sum(map(len, PATHS.values()))
    assert all(view.throttle_classes for view in open_to_all)
