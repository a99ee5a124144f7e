from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medicare_core.availability import AvailabilityRule, Repeat, Schedule, TimeOff
from medicare_core.errors import InvalidValue
from medicare_core.hours import gaps, hours
from medicare_core.period import Period

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = date(2026, 6, 1)
SPRING = date(2026, 3, 29)  # 02:00 is followed by 03:00


def rule(start: int, end: int, on: date = MONDAY) -> AvailabilityRule:
    return AvailabilityRule(on, time(start), time(end), repeat_pattern=Repeat.DAILY)


def shown(schedule: Schedule, first_on: date = MONDAY, days: int = 1) -> list[tuple[str, str]]:
    return [
        (
            f"{each.starts_at.astimezone(BERLIN):%a %H:%M}",
            f"{each.ends_at.astimezone(BERLIN):%H:%M}",
        )
        for each in hours(schedule, first_on, days)
    ]


def test_hours_are_told_day_by_day_in_order() -> None:
    schedule = Schedule(BERLIN, (rule(14, 16), rule(9, 12)))
    mornings_and_afternoons = [
        ("Mon 09:00", "12:00"),
        ("Mon 14:00", "16:00"),
        ("Tue 09:00", "12:00"),
        ("Tue 14:00", "16:00"),
    ]
    assert shown(schedule, days=2) == mornings_and_afternoons


def test_hours_that_overlap_or_touch_are_one() -> None:
    assert shown(Schedule(BERLIN, (rule(9, 12), rule(11, 13), rule(13, 14)))) == [
        ("Mon 09:00", "14:00")
    ]


def test_hours_over_midnight_are_those_of_the_day_on_which_they_begin() -> None:
    assert shown(Schedule(BERLIN, (rule(22, 2),)), days=1) == [("Mon 22:00", "02:00")]


def test_time_off_is_not_cut_out_of_them() -> None:
    assert shown(Schedule(BERLIN, (rule(9, 12),), (TimeOff(MONDAY),))) == [("Mon 09:00", "12:00")]


def test_nothing_is_left_of_hours_that_the_clock_skips() -> None:
    skipped = AvailabilityRule(SPRING, time(2), time(3))
    assert hours(Schedule(BERLIN, (skipped,)), SPRING) == ()
    assert shown(Schedule(BERLIN, (rule(1, 4, SPRING),)), SPRING) == [("Sun 01:00", "04:00")]


def test_what_is_no_date_is_refused_by_name() -> None:
    with pytest.raises(InvalidValue) as refused:
        hours(Schedule(BERLIN), datetime(2026, 6, 1, tzinfo=BERLIN))
    assert refused.value.field == "first_on"


def test_gaps_are_what_nothing_takes_of_the_hours() -> None:
    taken = [Period(0, 10), Period(20, 30), Period(25, 40), Period(90, 200)]
    assert gaps([Period(5, 50), Period(80, 100)], taken) == (
        Period(10, 20),
        Period(40, 50),
        Period(80, 90),
    )
    assert gaps([Period(5, 50)], ()) == (Period(5, 50),)
    assert gaps((), taken) == ()


PERIODS = st.lists(
    st.builds(
        lambda start, length: Period(start, start + length), st.integers(0, 60), st.integers(1, 20)
    ),
    max_size=5,
)


@given(PERIODS, PERIODS)
def test_every_minute_of_the_hours_is_taken_or_in_a_gap(
    offered: list[Period], taken: list[Period]
) -> None:
    minutes = [set(range(each.start, each.end)) for each in gaps(offered, taken)]
    wanted: set[int] = set().union(*(range(each.start, each.end) for each in offered))
    wanted = wanted.difference(*(range(each.start, each.end) for each in taken))
    assert set().union(*minutes) == wanted
