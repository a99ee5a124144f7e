from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from medicare_core.availability import (
    AvailabilityRule,
    Repeat,
    Schedule,
    TimeOff,
    Weekday,
    check_slot_minutes,
)
from medicare_core.errors import InvalidValue
from medicare_core.policy import BookingPolicy
from medicare_core.slots import Agenda

MONDAY = date(2026, 6, 1)
UTC = ZoneInfo("UTC")
FINE: dict[str, Any] = {"start_date": MONDAY, "start_time": time(9), "end_time": time(12)}
DAILY = FINE | {"repeat_pattern": "daily"}
WEEKLY = FINE | {"repeat_pattern": "weekly", "repeat_days": [0, 2]}


@pytest.mark.parametrize(
    ("field", "value", "rest"),
    [
        ("start_date", "2026-06-01", FINE),
        ("start_date", datetime(2026, 6, 1, 9, tzinfo=UTC), FINE),
        ("start_date", date(1999, 12, 31), FINE),
        ("start_date", date(9999, 1, 1), FINE),
        ("end_date", "2026-06-01", DAILY),
        ("end_date", datetime(2026, 6, 2, tzinfo=UTC), DAILY),
        ("end_date", date(2026, 5, 31), DAILY),
        ("end_date", date(2026, 6, 2), FINE),
        ("start_time", "09:00", FINE),
        ("start_time", time(9, 0, 1), FINE),
        ("start_time", time(9, 0, 0, 1), FINE),
        ("start_time", time(9, 1), FINE),
        ("start_time", time(9, tzinfo=UTC), FINE),
        ("end_time", None, FINE),
        ("end_time", time(11, 58), FINE),
        ("end_time", time(9), FINE),
        ("repeat_pattern", "hourly", FINE),
        ("repeat_pattern", "", FINE),
        ("repeat_days", [], WEEKLY),
        ("repeat_days", [7], WEEKLY),
        ("repeat_days", ["monday"], WEEKLY),
        ("repeat_days", None, WEEKLY),
        ("repeat_days", [0], DAILY),
        ("repeat_days", [0], FINE),
        ("repeat_interval", 0, WEEKLY),
        ("repeat_interval", -1, WEEKLY),
        ("repeat_interval", 53, WEEKLY),
        ("repeat_interval", "2", WEEKLY),
        ("repeat_interval", True, WEEKLY),
        ("repeat_interval", 2, DAILY),
        ("repeat_interval", 2, FINE),
        ("slot_minutes", 0, FINE),
        ("slot_minutes", -30, FINE),
        ("slot_minutes", 12, FINE),
        ("slot_minutes", 1445, FINE),
        ("slot_minutes", 30.0, FINE),
    ],
)
def test_a_bad_value_of_a_rule_is_refused_and_its_field_named(
    field: str, value: object, rest: dict[str, Any]
) -> None:
    AvailabilityRule(**rest)

    with pytest.raises(InvalidValue) as refused:
        AvailabilityRule(**rest | {field: value})

    assert refused.value.field == field
    assert refused.value.message.endswith(".")


@pytest.mark.parametrize(
    ("field", "value", "rest"),
    [
        ("start_date", None, {}),
        ("start_date", date(1999, 12, 31), {}),
        ("end_date", date(2026, 5, 31), {}),
        ("end_date", "tomorrow", {}),
        ("end_date", date(9999, 12, 31), {}),
        ("start_time", None, {"end_time": time(12)}),
        ("end_time", None, {"start_time": time(12)}),
        ("start_time", time(9, 0, 30), {"end_time": time(12)}),
        ("end_time", time(9, tzinfo=UTC), {"start_time": time(8)}),
        ("end_time", time(9), {"start_time": time(9)}),
        ("end_time", time(9), {"start_time": time(9), "end_date": MONDAY}),
    ],
)
def test_a_bad_value_of_time_off_is_refused_and_its_field_named(
    field: str, value: object, rest: dict[str, Any]
) -> None:
    with pytest.raises(InvalidValue) as refused:
        TimeOff(**{"start_date": MONDAY} | rest | {field: value})

    assert refused.value.field == field


def test_plain_values_become_the_terms_of_the_core() -> None:
    rule = AvailabilityRule(**WEEKLY)

    assert rule.repeat_pattern is Repeat.WEEKLY
    assert rule.repeat_days == {Weekday.MONDAY, Weekday.WEDNESDAY}
    assert Schedule(UTC, [rule]) == Schedule(UTC, (rule,))


def test_a_rule_may_lie_in_the_past_and_a_single_day_may_name_its_end() -> None:
    rule = AvailabilityRule(date(2001, 1, 1), time(9), time(10), date(2001, 1, 1))

    assert starts(rule, date(2001, 1, 1)) == ["09:00", "09:30"]
    assert starts(rule, date(2001, 1, 2)) == []


def test_a_window_is_half_open() -> None:
    assert starts(AvailabilityRule(**FINE))[-1] == "11:30"


def test_midnight_at_the_end_is_the_end_of_that_day() -> None:
    rule = AvailabilityRule(MONDAY, time(23), time(0))

    assert starts(rule) == ["23:00", "23:30"]
    assert starts(rule, date(2026, 6, 2)) == []


def test_from_midnight_to_midnight_is_the_whole_day() -> None:
    assert len(starts(AvailabilityRule(MONDAY, time(0), time(0)))) == 48


def test_a_visit_may_fill_the_whole_day() -> None:
    rule = AvailabilityRule(MONDAY, time(0), time(0), slot_minutes=1440)

    assert starts(rule) == ["00:00"]


def test_an_end_before_the_start_runs_past_midnight() -> None:
    rule = AvailabilityRule(
        MONDAY, time(23, 30), time(0, 30), repeat_pattern=Repeat.DAILY, end_date=MONDAY
    )

    assert starts(rule) == ["23:30"]
    assert starts(rule, date(2026, 6, 2)) == ["00:00"]
    assert starts(rule, date(2026, 6, 3)) == []


def test_the_weekday_of_an_overnight_window_is_that_of_its_start() -> None:
    rule = AvailabilityRule(
        MONDAY, time(23), time(1), repeat_pattern=Repeat.WEEKLY, repeat_days={Weekday.TUESDAY}
    )

    assert starts(rule, date(2026, 6, 2)) == ["23:00", "23:30"]
    assert starts(rule, date(2026, 6, 3)) == ["00:00", "00:30"]
    assert starts(rule) == []


def test_an_open_ended_rule_goes_on() -> None:
    assert starts(AvailabilityRule(**DAILY), date(2126, 6, 1))[0] == "09:00"
    assert starts(AvailabilityRule(**WEEKLY), date(2126, 6, 3))[0] == "09:00"


def test_of_equal_starts_the_shortest_visit_is_offered() -> None:
    long = AvailabilityRule(MONDAY, time(9), time(12), slot_minutes=60)
    short = AvailabilityRule(MONDAY, time(10), time(11), slot_minutes=20)

    evening = datetime(2026, 5, 31, 20, tzinfo=UTC)
    slots = Agenda(Schedule(UTC, (long, short)), evening, BookingPolicy()).free_slots(MONDAY)

    assert [slot.period.minutes for slot in slots] == [60, 20, 20, 20, 60]


def test_time_off_without_times_is_whole_days_both_inclusive() -> None:
    away = TimeOff(date(2026, 6, 2), date(2026, 6, 3))
    daily = AvailabilityRule(**DAILY)

    worked = [bool(starts(daily, date(2026, 6, day), away)) for day in (1, 2, 3, 4)]

    assert worked == [True, False, False, True]


def test_time_off_of_part_of_a_day_is_half_open() -> None:
    away = TimeOff(MONDAY, start_time=time(9, 30), end_time=time(11))

    assert starts(AvailabilityRule(**FINE), MONDAY, away) == ["09:00", "11:00", "11:30"]


def test_time_off_over_days_runs_from_its_start_to_its_end() -> None:
    away = TimeOff(MONDAY, date(2026, 6, 3), time(11), time(10))
    daily = AvailabilityRule(**DAILY)

    assert starts(daily, MONDAY, away) == ["09:00", "09:30", "10:00", "10:30"]
    assert starts(daily, date(2026, 6, 2), away) == []
    assert starts(daily, date(2026, 6, 3), away)[0] == "10:00"


def test_time_off_until_midnight_lasts_to_the_end_of_its_last_date() -> None:
    daily, tuesday = AvailabilityRule(**DAILY), date(2026, 6, 2)

    assert starts(daily, tuesday, TimeOff(MONDAY, tuesday, time(11), time(0))) == []
    assert starts(daily, MONDAY, TimeOff(MONDAY, None, time(0), time(0))) == []
    assert starts(daily, tuesday, TimeOff(MONDAY, None, time(0), time(0)))[0] == "09:00"


def test_time_off_of_one_date_may_run_past_midnight() -> None:
    night = AvailabilityRule(MONDAY, time(22), time(2), slot_minutes=60)
    away = TimeOff(MONDAY, start_time=time(23), end_time=time(1))

    assert starts(night, MONDAY, away) == ["22:00"]
    assert starts(night, date(2026, 6, 2), away) == ["01:00"]


def test_time_off_in_a_gap_of_the_clock_takes_nothing() -> None:
    on, berlin = date(2026, 3, 29), ZoneInfo("Europe/Berlin")
    across_the_gap = AvailabilityRule(on, time(1, 45), time(4))
    away = TimeOff(on, None, time(2), time(3))
    now = datetime(2026, 3, 28, tzinfo=UTC)

    agenda = Agenda(Schedule(berlin, [across_the_gap], [away]), now, BookingPolicy(0))

    starts = [slot.starts_at.strftime("%H:%M") for slot in agenda.free_slots(on)]
    assert starts == ["01:45", "03:15"]


@pytest.mark.parametrize("minutes", [5, 30, 480])
def test_lengths_are_multiples_of_five_up_to_a_limit(minutes: int) -> None:
    check_slot_minutes(minutes, 480)
    with pytest.raises(InvalidValue):
        check_slot_minutes(minutes + 1, 480)
    with pytest.raises(InvalidValue):
        check_slot_minutes(minutes + 480, 480)


def starts(rule: AvailabilityRule, on: date = MONDAY, *away: TimeOff) -> list[str]:
    """Free starts of a day, seen the evening before."""
    evening = datetime.combine(date.fromordinal(on.toordinal() - 1), time(20), UTC)
    seen = Agenda(Schedule(UTC, (rule,), away), evening, BookingPolicy(0))
    return [slot.starts_at.strftime("%H:%M") for slot in seen.free_slots(on)]
