"""How much of what a doctor offers is booked, told in minutes."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medicare_core.availability import AvailabilityRule, Busy, Repeat, Schedule, TimeOff
from medicare_core.errors import InvalidValue, RefusalCode
from medicare_core.period import to_minutes
from medicare_core.utilisation import Utilisation, utilisation
from tests.unit.strategies import Situation, situations

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = date(2026, 6, 1)
MORNINGS = AvailabilityRule(MONDAY, time(9), time(12), repeat_pattern=Repeat.DAILY)


def at(hour: int, minute: int = 0, length: int = 30, on: date = MONDAY) -> Busy:
    start = to_minutes(datetime.combine(on, time(hour, minute), BERLIN).astimezone(UTC))
    return Busy(start, start + length, RefusalCode.SLOT_TAKEN)


def of(
    *busy: Busy,
    rules: tuple[AvailabilityRule, ...] = (MORNINGS,),
    away: tuple[TimeOff, ...] = (),
    days: int = 1,
) -> Utilisation:
    return utilisation(Schedule(BERLIN, rules, away), busy, MONDAY, days)


def test_an_hour_of_three_is_a_third() -> None:
    assert of(at(9), at(11)) == Utilisation(offered=180, booked=60)
    assert of(at(9), at(11)).share == pytest.approx(1 / 3)


def test_hours_that_overlap_are_offered_once() -> None:
    later = AvailabilityRule(MONDAY, time(11), time(14), slot_minutes=20)
    assert of(rules=(MORNINGS, later)).offered == 300


def test_time_off_and_closures_are_not_offered() -> None:
    away = TimeOff(MONDAY, None, time(8), time(10))
    closed = at(9, 30, length=60)._replace(reason=RefusalCode.TIME_OFF)
    assert of(closed, away=(away,)).offered == 90


def test_what_is_booked_outside_the_hours_or_in_time_off_counts_and_fills_no_more_than_all() -> (
    None
):
    away = TimeOff(MONDAY, None, time(9), time(10))
    found = of(at(9), at(11, 45), at(15), away=(away,))
    assert found == Utilisation(offered=120, booked=90, outside=75)
    assert found.share == pytest.approx(90 / 195)
    assert of(at(9), rules=()).share == 1


def test_without_hours_and_appointments_nothing_is_booked() -> None:
    assert of(rules=()) == Utilisation(0, 0, 0)
    assert of(rules=()).share == 0


def test_other_appointments_of_a_patient_are_not_the_doctors() -> None:
    assert of(at(9)._replace(reason=RefusalCode.PATIENT_BUSY)).booked == 0


def test_a_night_is_shared_out_between_its_dates() -> None:
    night = AvailabilityRule(MONDAY - timedelta(days=1), time(22), time(6), slot_minutes=60)
    before = at(23, 30, length=60, on=MONDAY - timedelta(days=1))
    assert of(before, rules=(night,)) == Utilisation(offered=360, booked=30)


def test_a_day_lasts_as_long_as_its_clock_says() -> None:
    always = AvailabilityRule(
        date(2026, 1, 1), time(), time(), repeat_pattern=Repeat.DAILY, slot_minutes=60
    )
    schedule = Schedule(BERLIN, (always,))
    lasting = [
        utilisation(schedule, (), on, 1).offered // 60
        for on in (date(2026, 3, 28), date(2026, 3, 29), date(2026, 10, 25))
    ]
    assert lasting == [24, 23, 25]


@pytest.mark.parametrize("days", [0, 3701, True])
def test_the_number_of_days_has_its_limits(days: int) -> None:
    with pytest.raises(InvalidValue) as refused:
        of(days=days)
    assert refused.value.field == "days"


@given(situations(max_days=4))
def test_minute_by_minute_it_comes_to_the_same(situation: Situation) -> None:
    found = utilisation(situation.schedule, situation.busy, situation.first_on, situation.days)

    oracle = situation.oracle
    ends = [
        oracle.walk.reaches(datetime.combine(on, time()))
        for on in (situation.first_on, situation.first_on + timedelta(days=situation.days))
    ]
    whole = set(range(*ends))
    booked = {
        minute
        for start, end, reason in situation.busy
        if reason is RefusalCode.SLOT_TAKEN
        for minute in range(start, end)
    } & whole
    offered = oracle.worked & whole
    assert found == Utilisation(len(offered), len(booked), len(booked - offered))
    assert 0 <= found.share <= 1


@given(situations(max_days=6), st.integers(1, 5))
def test_adjoining_dates_add_up(situation: Situation, split: int) -> None:
    if split >= situation.days:
        return
    schedule, busy, first = situation.schedule, situation.busy, situation.first_on

    whole = utilisation(schedule, busy, first, situation.days)
    head = utilisation(schedule, busy, first, split)
    tail = utilisation(schedule, busy, first + timedelta(days=split), situation.days - split)

    assert whole.offered == head.offered + tail.offered
    assert whole.booked == head.booked + tail.booked
    assert whole.outside == head.outside + tail.outside
