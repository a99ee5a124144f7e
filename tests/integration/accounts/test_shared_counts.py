"""The counts of requests as they are kept in Redis, for all processes together."""

import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.cache import cache
from django.test import RequestFactory
from pytest_django import Settings
from redis import Redis

import servers
from medicare_django import redis_address
from medicare_django.accounts import request_rates
from medicare_django.accounts.circuit_breaker import CircuitBreaker
from tests.integration.doors import HERE
from tests.integration.site_process import environment

ASK = f"""
import django
django.setup()
from django.test import RequestFactory
from medicare_django.accounts import request_rates
request_rates._rate = lambda scope: (6, 3600)
for _ in range(4):
    request = RequestFactory().get("/", REMOTE_ADDR="{HERE}")
    print(request_rates.seconds_to_wait("login", request) == 0)
"""


@pytest.fixture(autouse=True)
def _nobody_was_counted(
    redis_server: servers.Server, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    settings.CACHES = {"default": redis_address.cache(redis_server.url)}
    monkeypatch.setattr(request_rates, "_rate", lambda _: (2, 3600))
    monkeypatch.setattr(request_rates, "_breaker", CircuitBreaker(request_rates.REST_SECONDS))
    cache.clear()
    yield
    redis_server.thaw()
    if redis_server.process is None:
        redis_server.start()


def is_let_through() -> bool:
    request = RequestFactory().get("/", REMOTE_ADDR=HERE)
    return request_rates.seconds_to_wait("login", request) == 0


def test_of_several_processes_all_requests_are_counted_together(
    redis_server: servers.Server,
) -> None:
    given = environment(REDIS_URL=redis_server.url)
    asking = [
        subprocess.Popen([sys.executable, "-c", ASK], env=given, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    answers = "".join(process.communicate(timeout=60)[0] for process in asking).split()
    assert sorted(answers) == ["False"] * 2 + ["True"] * 6


def test_the_counts_go_after_a_while(redis_server: servers.Server) -> None:
    is_let_through()
    with Redis.from_url(redis_server.url) as redis:
        [key] = redis.keys()
        assert key.startswith(b"medicare:1:throttle:login:")
        assert 3600 < redis.ttl(key) <= 7200


@pytest.mark.parametrize("fault", ["stop", "freeze"])
def test_a_redis_that_does_not_answer_holds_up_one_request_and_turns_nobody_away(
    redis_server: servers.Server, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert [is_let_through() for _ in range(3)] == [True, True, False]
    getattr(redis_server, fault)()
    begun = time.monotonic()
    assert all(is_let_through() for _ in range(20))
    assert time.monotonic() - begun < 1.5
    assert caplog.text.count("No requests are counted for 5 s") == 1
    assert "127.0.0.1" not in caplog.text


def test_a_redis_that_is_back_counts_every_request_again(
    redis_server: servers.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_rates, "_breaker", CircuitBreaker(seconds=1))
    redis_server.stop()
    assert is_let_through()
    redis_server.start()
    time.sleep(1)
    assert [is_let_through() for _ in range(3)] == [True, True, False]


def test_requests_that_come_at_the_same_time_are_all_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(request_rates, "_rate", lambda _: (100, 3600))
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: is_let_through(), range(160)))
    assert answers.count(True) == 100
