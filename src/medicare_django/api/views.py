from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from random import SystemRandom
from time import perf_counter, sleep
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from medicare_django.api.throttles import AnonymousThrottle

PACE = 0.1
"""Seconds: more than it takes to owe somebody a mail, and to begin sending it."""
_chance = SystemRandom()


class PublicView(APIView):
    """Reads no credentials at all: a stale token must not spoil what anyone may see."""

    authentication_classes = ()
    permission_classes = ()
    throttle_classes: Sequence[type[BaseThrottle]] = (AnonymousThrottle,)


class PacedView(PublicView):
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with paced():
            return super().dispatch(request, *args, **kwargs)


@contextmanager
def paced() -> Iterator[None]:
    """End at full multiples of `PACE`, so that time does not tell who has an account.

    Equal work would not do: an address that is known needs writes, and its mail a thread. Chance
    covers the tenth of a millisecond that is left.
    """
    started = perf_counter()
    try:
        yield
    finally:
        sleep(PACE - (perf_counter() - started) % PACE + _chance.uniform(0, PACE / 10))
