from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medicare_core.errors import InvalidValue
from medicare_core.wall_clock import (
    DAY,
    check_date,
    day_number,
    instants,
    local_day,
    offset_at,
    reading,
    steady_offset,
    to_date,
    to_local,
    to_utc,
)
from tests.unit.oracle import EPOCH, MINUTE
from tests.unit.strategies import telling_dates
from tests.unit.zones import NAMES, changes

BERLIN = ZoneInfo("Europe/Berlin")
zones = st.sampled_from(NAMES).map(ZoneInfo)


def wall(text: str) -> int:
    return reading(datetime.fromisoformat(text))


def utc(text: str) -> int:
    return (datetime.fromisoformat(text).replace(tzinfo=UTC) - EPOCH) // MINUTE


@given(zones, st.data())
def test_the_offset_is_that_of_the_zone_at_every_minute(
    zone: ZoneInfo, data: st.DataObject
) -> None:
    on = data.draw(telling_dates(zone))
    instant = day_number(on) * DAY + data.draw(st.integers(0, 1439))

    offset = (EPOCH + instant * MINUTE).astimezone(zone).utcoffset()

    assert offset == offset_at(zone, instant) * MINUTE


@given(zones, st.data())
def test_an_instant_is_among_those_at_which_clocks_show_its_reading(
    zone: ZoneInfo, data: st.DataObject
) -> None:
    instant = day_number(data.draw(telling_dates(zone))) * DAY + data.draw(st.integers(0, 1439))

    found = instants(zone, to_local(zone, instant))

    assert instant in found
    assert found == sorted(set(found))
    assert to_utc(zone, to_local(zone, instant)) == found[0]


@given(zones, st.data())
def test_a_steady_day_has_one_offset_and_so_has_the_day_after(
    zone: ZoneInfo, data: st.DataObject
) -> None:
    day = day_number(data.draw(telling_dates(zone)))
    offset = steady_offset(zone, day)

    readings = range(day * DAY, (day + 2) * DAY, 15)

    if offset is None:
        around = [offset_at(zone, day * DAY + hour * 60) for hour in range(-24, 97)]
        assert len(set(around)) > 1
    else:
        assert all(instants(zone, shown) == [shown - offset] for shown in readings)


def test_a_reading_in_a_gap_means_the_first_instant_after_it() -> None:
    for shown in ("2026-03-29T02:00", "2026-03-29T02:30", "2026-03-29T02:59"):
        assert instants(BERLIN, wall(shown)) == []
        assert to_utc(BERLIN, wall(shown)) == utc("2026-03-29T01:00")
    assert to_utc(BERLIN, wall("2026-03-29T03:00")) == utc("2026-03-29T01:00")
    assert to_utc(BERLIN, wall("2026-03-29T01:59")) == utc("2026-03-29T00:59")


def test_a_reading_in_a_fold_means_the_first_of_its_two_instants() -> None:
    both = [utc("2026-10-25T00:30"), utc("2026-10-25T01:30")]

    assert instants(BERLIN, wall("2026-10-25T02:30")) == both
    assert to_utc(BERLIN, wall("2026-10-25T02:30")) == both[0]


def test_a_reading_on_a_day_that_was_skipped_means_the_next_day() -> None:
    apia = ZoneInfo("Pacific/Apia")

    assert to_utc(apia, wall("2011-12-30T12:00")) == utc("2011-12-30T10:00")
    assert local_day(apia, utc("2011-12-30T09:59")) == day_number(date(2011, 12, 29))
    assert local_day(apia, utc("2011-12-30T10:00")) == day_number(date(2011, 12, 31))


def test_no_two_changes_of_a_zone_are_so_close_that_a_day_could_hide_them() -> None:
    gaps = [after - before for name in NAMES for before, after in pairwise(changes(name))]

    assert min(gaps) > timedelta(days=5)


@given(st.dates())
def test_days_are_numbered_from_1970(on: date) -> None:
    assert to_date(day_number(on)) == on
    assert day_number(on) == (on - date(1970, 1, 1)).days


@pytest.mark.parametrize("text", ["2026-06-01T09:00:01", "2026-06-01T09:00:00.000001"])
def test_a_reading_with_seconds_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        wall(text)
    assert refused.value.field == "start"


@pytest.mark.parametrize("on", [date(1999, 12, 31), date(9999, 1, 1), "2026-06-01", None])
def test_a_date_that_no_calendar_vouches_for_is_refused(on: object) -> None:
    assert check_date(date(2000, 1, 1), "on") == date(2000, 1, 1)
    with pytest.raises(InvalidValue) as refused:
        check_date(on, "on")
    assert refused.value.field == "on"
