from collections.abc import Iterator
from contextlib import contextmanager
from random import SystemRandom
from time import perf_counter, sleep

PACE = 0.1
"""Seconds: more than it takes to owe somebody a mail, and to begin sending it."""
_chance = SystemRandom()


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
