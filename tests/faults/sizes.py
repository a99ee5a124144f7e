"""How large each campaign is: a short form for every run of the tests, and the ones that count."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Sizes:
    """Of one database; `mails` and `worker_kills` are of the whole run."""

    attempts: int
    control_attempts: int
    http_attempts: int
    kills: int
    mails: int
    worker_kills: int


SIZES = {
    "short": Sizes(
        attempts=640, control_attempts=320, http_attempts=320, kills=3, mails=30, worker_kills=2
    ),
    "usual": Sizes(
        attempts=20_000,
        control_attempts=4_000,
        http_attempts=20_000,
        kills=20,
        mails=500,
        worker_kills=20,
    ),
    "full": Sizes(
        attempts=100_000,
        control_attempts=10_000,
        http_attempts=20_000,
        kills=50,
        mails=1_000,
        worker_kills=50,
    ),
}


def size_name() -> str:
    return os.environ.get("FAULTS", "short")


def chosen_sizes() -> Sizes:
    return SIZES[size_name()]
