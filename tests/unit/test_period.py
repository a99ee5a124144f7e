from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from attrs.exceptions import FrozenInstanceError
from hypothesis import given
from hypothesis import strategies as st

from medicare_core.errors import InvalidValue
from medicare_core.period import Period, to_instant, to_minutes, to_minutes_down, to_minutes_up

NINE = datetime(2026, 6, 1, 9, tzinfo=UTC)
HALF_AN_HOUR = timedelta(minutes=30)

periods = st.builds(
    lambda start, length: Period(start, start + length),
    st.integers(-1000, 1000),
    st.integers(1, 300),
)


def test_a_period_tells_its_ends_in_utc() -> None:
    there = NINE.astimezone(timezone(timedelta(hours=5, minutes=45)))
    period = Period.between(there, there + HALF_AN_HOUR)

    assert period == Period.between(NINE, NINE + HALF_AN_HOUR)
    assert period.starts_at.isoformat() == "2026-06-01T09:00:00+00:00"
    assert period.ends_at - period.starts_at == HALF_AN_HOUR
    assert period.minutes == 30


@pytest.mark.parametrize("end", [10, 9])
def test_a_period_ends_after_it_starts(end: int) -> None:
    with pytest.raises(InvalidValue) as refused:
        Period(10, end)
    assert refused.value.field == "end"


@pytest.mark.parametrize(
    ("starts_at", "ends_at", "field"),
    [
        (NINE.replace(tzinfo=None), NINE, "starts_at"),
        (NINE, NINE.replace(tzinfo=None), "ends_at"),
        (NINE.replace(second=1), NINE + HALF_AN_HOUR, "starts_at"),
        (NINE, NINE.replace(minute=30, microsecond=1), "ends_at"),
    ],
)
def test_ends_need_an_offset_and_no_seconds(starts_at: Any, ends_at: Any, field: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        Period.between(starts_at, ends_at)
    assert refused.value.field == field


def test_a_period_cannot_be_changed() -> None:
    period: Any = Period(0, 5)
    with pytest.raises(FrozenInstanceError):
        period.end = 10


@given(periods, periods)
def test_two_periods_overlap_when_they_have_a_minute_in_common(one: Period, other: Period) -> None:
    common = set(range(one.start, one.end)) & set(range(other.start, other.end))

    assert one.overlaps(other) == other.overlaps(one) == bool(common)


def test_periods_that_touch_do_not_overlap() -> None:
    assert not Period(0, 30).overlaps(Period(30, 60))
    assert not Period(30, 60).overlaps(Period(0, 30))


@given(periods)
def test_the_cells_are_the_five_minutes_that_are_touched(period: Period) -> None:
    assert list(period.cells) == sorted({m // 5 for m in range(period.start, period.end)})


def test_half_an_hour_has_six_cells() -> None:
    cells = Period.between(NINE, NINE + HALF_AN_HOUR).cells

    assert len(cells) == 6
    assert to_instant(cells[0] * 5) == NINE


def test_periods_are_ordered_by_their_start() -> None:
    assert sorted([Period(5, 10), Period(0, 60), Period(0, 30)]) == [
        Period(0, 30),
        Period(0, 60),
        Period(5, 10),
    ]


@pytest.mark.parametrize(
    ("seconds", "down", "up"), [(0, 0, 0), (1, 0, 1), (59, 0, 1), (60, 1, 1), (-1, -1, 0)]
)
def test_an_instant_lies_between_two_whole_minutes(seconds: int, down: int, up: int) -> None:
    nine, instant = to_minutes(NINE), NINE + timedelta(seconds=seconds)

    assert (to_minutes_down(instant) - nine, to_minutes_up(instant) - nine) == (down, up)


def test_a_now_without_an_offset_is_refused_by_its_name() -> None:
    with pytest.raises(InvalidValue) as refused:
        to_minutes_up(NINE.replace(tzinfo=None))
    assert refused.value.field == "now"
