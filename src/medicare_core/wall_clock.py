"""Wall clocks and UTC, both as minutes since 1970 began on the clock in question.

In a gap a reading means the first instant after the gap; in a fold, the first of its two.
Days are numbered from 1970-01-01, which is day 0.
"""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from medicare_core.errors import InvalidValue

DAY = 24 * 60
FIRST_DATE = date(2000, 1, 1)
LAST_DATE = date(9998, 12, 31)
"""Outside these years calendars are not to be trusted: offsets with seconds, or an overflow."""

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - the origin of every wall clock has no zone
_EPOCH_DAY = _EPOCH.toordinal()


def day_number(on: date) -> int:
    return on.toordinal() - _EPOCH_DAY


def to_date(day: int) -> date:
    return date.fromordinal(day + _EPOCH_DAY)


def check_date(on: object, name: str) -> date:
    if not isinstance(on, date) or isinstance(on, datetime):
        raise InvalidValue(name, "Give a date.")
    if not FIRST_DATE <= on <= LAST_DATE:
        raise InvalidValue(name, f"Give a date from {FIRST_DATE} to {LAST_DATE}.")
    return on


def reading(wall_clock: datetime, name: str = "start") -> int:
    """The minutes that a clock on the wall shows; seconds are refused."""
    check_date(wall_clock.date(), name)
    minutes, rest = divmod(wall_clock - _EPOCH, timedelta(minutes=1))
    if rest:
        raise InvalidValue(name, "Give whole minutes, without seconds.")
    return minutes


def offset_at(zone: ZoneInfo, instant: int) -> int:
    """Minutes by which the zone is ahead of UTC at this UTC minute."""
    offset = _offset_of_day(zone, instant // DAY)
    return _offset_exactly(zone, instant) if offset is None else offset


def to_local(zone: ZoneInfo, instant: int) -> int:
    return instant + offset_at(zone, instant)


def local_day(zone: ZoneInfo, instant: int) -> int:
    return to_local(zone, instant) // DAY


def instants(zone: ZoneInfo, local: int) -> list[int]:
    """The UTC minutes at which clocks show this: none in a gap, two in a fold, earlier first."""
    candidates = {local - offset for offset in _offsets(zone, local)}
    return sorted(utc for utc in candidates if to_local(zone, utc) == local)


def to_utc(zone: ZoneInfo, local: int) -> int:
    """The first UTC minute that is meant by this reading, see the head of this module."""
    found = instants(zone, local)
    return found[0] if found else _end_of_gap(zone, local)


@lru_cache(maxsize=1 << 16)
def steady_offset(zone: ZoneInfo, day: int) -> int | None:
    """The offset of a local day and of the day after, or None where the clocks change in them."""
    first = _offset_of_day(zone, day - 1)
    steady = all(_offset_of_day(zone, other) == first for other in range(day, day + 3))
    return first if steady else None


@lru_cache(maxsize=1 << 16)
def _offset_of_day(zone: ZoneInfo, utc_day: int) -> int | None:
    """The offset all through a UTC day, or None where it changes.

    Equal ends are enough: since 2000 no zone has changed its offset twice within four days.
    """
    offset = _offset_exactly(zone, utc_day * DAY)
    return offset if offset == _offset_exactly(zone, (utc_day + 1) * DAY) else None


def _offset_exactly(zone: ZoneInfo, instant: int) -> int:
    utc = (_EPOCH + timedelta(minutes=instant)).replace(tzinfo=UTC)
    return _minutes(utc.astimezone(zone).utcoffset())


def _offsets(zone: ZoneInfo, local: int) -> tuple[int, int]:
    """The offset before and after a change (PEP 495's folds); both the same on other days."""
    clock = (_EPOCH + timedelta(minutes=local)).replace(tzinfo=zone)
    return _minutes(clock.utcoffset()), _minutes(clock.replace(fold=1).utcoffset())


def _end_of_gap(zone: ZoneInfo, local: int) -> int:
    before, after = _offsets(zone, local)
    earlier, later = local - after, local - before
    while later - earlier > 1:
        middle = (earlier + later) // 2
        if _offset_exactly(zone, middle) == before:
            earlier = middle
        else:
            later = middle
    return later


def _minutes(offset: timedelta | None) -> int:
    assert offset is not None, "a ZoneInfo always knows its offset"  # noqa: S101
    return offset // timedelta(minutes=1)
