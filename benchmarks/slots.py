"""What listing free times costs, as ratios to a bare loop over integers, measured in one run.

    PYTHONPATH=src python benchmarks/slots.py

The doctor works Monday to Friday 09-12 and 13-17, Saturday 10-14, in visits of 30 minutes, of
which 8 a working day are taken. The floor knows no zones, dates, policies or overlapping rules.
Every variant's times are checked to be equal before anything is timed.
"""

import random
import statistics
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from time import perf_counter
from zoneinfo import ZoneInfo

from medicare_core import (
    Agenda,
    AvailabilityRule,
    BookingPolicy,
    Busy,
    RefusalCode,
    Schedule,
)

FIRST_ON = date(2030, 1, 7)  # a Monday
FIRST = (FIRST_ON - date(1970, 1, 1)).days
NOW = datetime(2030, 1, 1, tzinfo=UTC)
ZONE = ZoneInfo("Africa/Lagos")  # one hour ahead all year, so that the floor can do without zones
OFFSET, STEP, DAY = 60, 30, 1440
HOURS = [[(540, 720), (780, 1020)]] * 5 + [[(600, 840)], []]
WEEKDAYS = (range(5), range(5), [5])
TIMES = ((9, 12), (13, 17), (10, 14))
SCHEDULE = Schedule(
    ZONE,
    [
        AvailabilityRule(
            date(2029, 1, 1),
            time(start),
            time(end),
            repeat_pattern="weekly",
            repeat_days=weekdays,
            slot_minutes=STEP,
        )
        for weekdays, (start, end) in zip(WEEKDAYS, TIMES, strict=True)
    ],
)


def taken(days: int) -> list[int]:
    """The starts of the appointments, in UTC minutes, ascending."""
    chance, found = random.Random(1), []
    for day in range(FIRST, FIRST + days):
        offered = [s for a, b in HOURS[(day + 3) % 7] for s in range(a, b, STEP)]
        chosen = sorted(chance.sample(offered, min(8, len(offered))))
        found += [day * DAY + start - OFFSET for start in chosen]
    return found


def bare_loop(days: int, starts: list[int]) -> list[int]:
    free, i, n = [], 0, len(starts)
    for day in range(FIRST, FIRST + days):
        base = day * DAY - OFFSET
        for a, b in HOURS[(day + 3) % 7]:
            for start in range(base + a, base + b - STEP + 1, STEP):
                while i < n and starts[i] + STEP <= start:
                    i += 1
                if i == n or starts[i] >= start + STEP:
                    free.append(start)
    return free


def agenda(starts: list[int]) -> Agenda:
    busy = [Busy(start, start + STEP, RefusalCode.SLOT_TAKEN) for start in starts]
    return Agenda(SCHEDULE, NOW, BookingPolicy(horizon_days=400), busy)


def variants(days: int) -> dict[str, Callable[[], object]]:
    starts = taken(days)
    busy = agenda(starts).busy
    policy = BookingPolicy(horizon_days=400)

    def fresh() -> Agenda:
        return Agenda(SCHEDULE, NOW, policy, busy)

    assert bare_loop(days, starts) == list(fresh().free_starts(FIRST_ON, days))
    return {
        "bare loop over integers": lambda: bare_loop(days, starts),
        "free_starts": lambda: fresh().free_starts(FIRST_ON, days),
        "free_slots": lambda: fresh().free_slots(FIRST_ON, days),
        "free_counts": lambda: fresh().free_counts(FIRST_ON, days),
        "first_free": lambda: fresh().first_free(),
    }


def measure(days: int, rounds: int = 15) -> None:
    """Each round visits every variant once, so that a busy machine slows all of them alike."""
    tried = variants(days)
    repeat = max(1, 2000 // days)
    seconds: dict[str, list[float]] = {name: [] for name in tried}
    for _ in range(rounds):
        for name, run in tried.items():
            begun = perf_counter()
            for _ in range(repeat):
                run()
            seconds[name].append((perf_counter() - begun) / repeat)
    floor = seconds["bare loop over integers"]
    print(f"\n{days} days{'us per day':>32}{'x bare loop':>14}")
    for name, each in seconds.items():
        ratio = statistics.median(a / b for a, b in zip(each, floor, strict=True))
        print(f"{name:<28}{statistics.median(each) / days * 1e6:>11.2f}{ratio:>14.2f}")


if __name__ == "__main__":
    for days in (1, 30, 365):
        measure(days)
