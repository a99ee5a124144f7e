"""Every change of the clocks, 2000-2040, in all of the zones: the core agrees with the oracle."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from medicare_core.availability import AvailabilityRule, Repeat, Schedule, TimeOff
from medicare_core.policy import BookingPolicy
from medicare_core.slots import Agenda
from tests.unit.oracle import EPOCH, MINUTE, Oracle
from tests.unit.zones import NAMES, changes, offset

POLICY = BookingPolicy(notice_minutes=0)
LONG_AGO = date(2000, 1, 1)


def daily(start: time, end: time, minutes: int) -> AvailabilityRule:
    return AvailabilityRule(
        LONG_AGO, start, end, repeat_pattern=Repeat.DAILY, slot_minutes=minutes
    )


TELLING_RULES = (
    daily(time(0), time(0), 45),  # the whole day
    daily(time(21, 30), time(3, 15), 30),  # overnight, and ends where clocks change
    daily(time(0, 30), time(2, 30), 20),  # begins and ends in gaps and folds
    daily(time(9), time(17), 60),  # office hours of a day that began otherwise
)
CROSSING = daily(time(23, 15), time(8, 15), 30)  # visits that begin before a change and end after


@pytest.mark.parametrize("name", [name for name in NAMES if changes(name)])
def test_the_days_round_every_change_are_those_of_the_oracle(name: str) -> None:
    zone = ZoneInfo(name)
    for change in changes(name):
        first_on = change.astimezone(zone).date() - timedelta(days=1)
        tick = 5 if change.minute % 5 == 0 else 1
        away = (hour_that_is_skipped_or_repeated(change, zone),)
        for rule, exceptions in [*((rule, ()) for rule in TELLING_RULES), (CROSSING, away)]:
            schedule, now = Schedule(zone, (rule,), exceptions), change - timedelta(days=5)
            agenda = Agenda(schedule, now, POLICY)
            oracle = Oracle(schedule, now, POLICY, (), first_on, 3, tick)

            assert agenda.free_starts(first_on, 3) == oracle.free_starts(), (change, rule)


@pytest.mark.parametrize("name", [name for name in NAMES if changes(name)])
def test_the_hours_round_every_change_are_explained_as_by_the_oracle(name: str) -> None:
    zone = ZoneInfo(name)
    for change in changes(name):
        tick = 5 if change.minute % 5 == 0 else 1
        schedule, now = Schedule(zone, TELLING_RULES[1:3]), change - timedelta(minutes=45)
        agenda = Agenda(schedule, now, BookingPolicy(30))
        first_on = (change - timedelta(hours=2)).astimezone(zone).date()
        oracle = Oracle(schedule, now, agenda.policy, (), first_on, 3, tick)
        middle = (change - EPOCH) // MINUTE
        for minute in range(middle - 60, middle + 125, 15):
            instant = EPOCH + minute * MINUTE
            reading = instant.astimezone(zone).replace(tzinfo=None)
            before = reading + _leap(change, zone) if minute >= middle else reading

            assert agenda.explain(instant) == oracle.explain(minute), instant
            assert agenda.explain(reading) == oracle.explain_reading(reading), reading
            assert agenda.explain(before) == oracle.explain_reading(before), before


def hour_that_is_skipped_or_repeated(change: datetime, zone: ZoneInfo) -> TimeOff:
    after = change.astimezone(zone).replace(tzinfo=None)
    start, end = sorted([after, after + _leap(change, zone)])
    return TimeOff(start.date(), None, start.time(), end.time())


def _leap(change: datetime, zone: ZoneInfo) -> timedelta:
    """What turns a reading after the change into that of a clock which nobody put right."""
    before, after = offset(change - MINUTE, zone), offset(change, zone)
    assert before is not None
    assert after is not None
    return before - after


def test_there_are_changes_enough_to_be_telling() -> None:
    assert len(NAMES) >= 20
    assert sum(len(changes(name)) for name in NAMES) > 1000
    assert datetime(2026, 3, 29, 1, tzinfo=UTC) in changes("Europe/Berlin")
    assert datetime(2011, 12, 30, 10, tzinfo=UTC) in changes("Pacific/Apia")
