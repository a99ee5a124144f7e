"""However many guess at once, three passwords are compared."""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from functools import partial
from threading import Barrier
from time import sleep
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.backends import ModelBackend
from django.db import connection
from django.http import HttpRequest
from django.utils import timezone
from time_machine import travel

from medicare_django.accounts.lockout import Locked, Tries
from tests.integration.doors import ADMIN, HERE, LOGIN, THERE, TOKEN
from tests.integration.factories import make_admin, make_patient

pytestmark = pytest.mark.django_db(transaction=True)
LONG_AGO = timedelta(minutes=2)


def at_once(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    barrier = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            barrier.wait(timeout=30)
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The passwords that were compared; each comparison takes so long that all others arrive."""
    found: list[str] = []
    compare = ModelBackend.authenticate

    def count(
        self: ModelBackend,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **more: Any,
    ) -> Any:
        found.append(password or "")
        sleep(0.3)
        return compare(self, request, username, password, **more)

    monkeypatch.setattr(ModelBackend, "authenticate", count)
    return found


@pytest.mark.parametrize("before", ["nothing", "a failure", "an old lock"])
def test_of_twelve_guesses_at_once_three_are_compared(compared: list[str], before: str) -> None:
    user = make_patient()
    if before == "a failure":
        assert LOGIN.fail(user.email) == 401
    if before == "an old lock":
        with travel(timezone.now() - LONG_AGO):
            assert [LOGIN.fail(user.email) for _ in range(3)] == [401, 401, 429]
    left = 2 if before == "a failure" else 3
    compared.clear()
    statuses = at_once([partial(LOGIN.fail, user.email)] * 12)
    assert len(compared) == left
    assert set(statuses) <= {401, 429}
    assert statuses.count(429) >= 12 - left
    assert LOGIN.enter(user.email).status_code == 429
    assert len(compared) == left


def test_the_guesses_at_all_doors_are_counted_together(compared: list[str]) -> None:
    user = make_admin()
    at_once([partial(door.fail, user.email) for door in (ADMIN, LOGIN, TOKEN)] * 4)
    assert len(compared) == 3
    assert ADMIN.enter(user.email).status_code == 429


@pytest.mark.parametrize("old", [False, True])
def test_of_many_tries_at_once_three_are_had(old: bool) -> None:
    def take(tries: Tries) -> str:
        try:
            tries.take()
        except Locked:
            return "locked"
        return "had"

    for round_ in range(10):
        tries = Tries(f"person{round_}@example.org", HERE)
        if old:
            with travel(timezone.now() - LONG_AGO):
                tries.take()
        assert Counter(at_once([partial(take, tries)] * 8)) == {"had": 3, "locked": 5}


def test_tries_and_successes_at_once_are_no_error() -> None:
    tries = Tries("ada@example.org", HERE)

    def take_and_forget() -> None:
        for _ in range(10):
            with suppress(Locked):
                tries.take()
            tries.forget()

    at_once([take_and_forget] * 8)
    assert not AccessAttempt.objects.exists()


def test_the_right_password_gets_in_while_others_guess_from_elsewhere(compared: list[str]) -> None:
    user = make_patient()
    owner = partial(LOGIN.enter, user.email, address=THERE)
    assert at_once([owner] + 7 * [partial(LOGIN.fail, user.email)])[0].status_code == 200
