"""How many requests an address may send in a minute or an hour, counted in the cache.

In windows, which start at full multiples of their length. The throttles of REST framework keep a
list, which loses requests that come at the same time.
"""

import logging
import math
import time

from django.core.cache import cache
from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.settings import api_settings

from medicare_django.accounts.circuit_breaker import CircuitBreaker
from medicare_django.accounts.client_address import client_address

REST_SECONDS = 5.0

logger = logging.getLogger(__name__)
_breaker = CircuitBreaker(REST_SECONDS)

LOGIN, REGISTRATION, CODES, UPLOADS = "login", "registration", "codes", "uploads"
_SECONDS = {"minute": 60, "hour": 60 * 60}
# Where a request keeps its answers. What clients send has other names there.
_ANSWERS = "medicare.request_rates"


def seconds_to_wait(scope: str, request: HttpRequest | Request) -> int:
    """Count the request, once for however many ask; 0 where it may go on."""
    answers: dict[str, int] = request.META.setdefault(_ANSWERS, {})
    if scope not in answers:
        answers[scope] = _count_one(scope, client_address(request))
    return answers[scope]


def _count_one(scope: str, address: str) -> int:
    allowed, length = _rate(scope)
    window, gone = divmod(time.time(), length)
    count = _count_if_possible(f"throttle:{scope}:{address}:{window:.0f}", 2 * length)
    return 0 if count <= allowed else math.ceil(length - gone)


def _count_if_possible(key: str, lifetime: int) -> int:
    """Return 0 while the cache is down: nobody is turned away for that, or waits for it for long."""
    if not _breaker.lets_through():
        return 0
    try:
        count = _count(key, lifetime)
    except Exception as error:
        _breaker.failed()
        # Only the type: its text may name hosts.
        logger.warning(
            "No requests are counted for %.0f s: %s", REST_SECONDS, type(error).__name__
        )
        return 0
    _breaker.succeeded()
    return count


def _rate(scope: str) -> tuple[int, int]:
    """Return the requests and the seconds of a rate such as `60/minute`."""
    allowed, _, period = str(api_settings.DEFAULT_THROTTLE_RATES[scope]).partition("/")
    return int(allowed), _SECONDS[period]


def _count(key: str, lifetime: int) -> int:
    """Return how many there are with this one; 0 where the cache keeps nothing."""
    for _ in range(3):  # it may drop a key between the two steps
        if cache.add(key, 1, lifetime):
            return 1
        try:
            return cache.incr(key)
        except ValueError:
            continue
    return 0
