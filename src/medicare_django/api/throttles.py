"""How many requests an address may send in a minute or an hour, counted in the cache."""

import logging
import math
import time

from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from medicare_django.accounts.client_address import client_address

logger = logging.getLogger(__name__)

_SECONDS = {"minute": 60, "hour": 60 * 60}


class AddressThrottle(BaseThrottle):
    """Counts in windows, which start at full multiples of their length.

    The throttles of REST framework keep a list, which loses requests that come at the same time.
    """

    scope: str
    seconds_left = 0.0

    def allow_request(self, request: Request, view: APIView) -> bool:
        allowed, length = _rate(self.scope)
        window, gone = divmod(time.time(), length)
        self.seconds_left = length - gone
        key = f"throttle:{self.scope}:{client_address(request)}:{window:.0f}"
        try:
            return _count(key, 2 * length) <= allowed
        except Exception as error:
            # Nobody is turned away for a cache that is down. Its text may name hosts.
            logger.warning("No requests are counted: %s in the cache", type(error).__name__)
            return True

    def wait(self) -> float:
        return math.ceil(self.seconds_left)


class AnonymousThrottle(AddressThrottle):
    scope = "anonymous"


class LoginThrottle(AddressThrottle):
    scope = "login"


class RegistrationThrottle(AddressThrottle):
    scope = "registration"


class CodeThrottle(AddressThrottle):
    scope = "codes"


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
