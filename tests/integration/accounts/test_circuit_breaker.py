import time

import pytest

from medicare_django.accounts.circuit_breaker import CircuitBreaker


def test_all_are_let_through_while_nothing_fails() -> None:
    breaker = CircuitBreaker(seconds=60)
    assert all(breaker.lets_through() for _ in range(3))
    breaker.succeeded()
    assert breaker.lets_through()


def test_after_a_failure_nobody_is_let_through() -> None:
    breaker = CircuitBreaker(seconds=60)
    breaker.failed()
    assert not any(breaker.lets_through() for _ in range(3))


def test_after_a_rest_one_goes_ahead_and_the_others_see_how_it_fares() -> None:
    breaker = CircuitBreaker(seconds=0.2)
    breaker.failed()
    time.sleep(0.25)
    assert [breaker.lets_through() for _ in range(3)] == [True, False, False]
    breaker.succeeded()
    assert all(breaker.lets_through() for _ in range(3))


@pytest.mark.parametrize("says_so", [True, False])
def test_after_a_rest_that_was_too_short_there_is_another_one(says_so: bool) -> None:
    breaker = CircuitBreaker(seconds=0.2)
    breaker.failed()
    time.sleep(0.25)
    assert breaker.lets_through()
    if says_so:  # else it was ended before it could
        breaker.failed()
    assert not breaker.lets_through()
    time.sleep(0.25)
    assert breaker.lets_through()
