"""When a doctor works: rules in wall-clock time, exceptions to them, and their UTC windows."""

from collections.abc import Iterable
from datetime import date, datetime, time
from enum import IntEnum, StrEnum
from functools import cached_property
from typing import NamedTuple
from zoneinfo import ZoneInfo

from attrs import field, frozen

from medicare_core.errors import InvalidValue, RefusalCode
from medicare_core.period import CELL_MINUTES
from medicare_core.wall_clock import DAY, check_date, day_number, steady_offset, to_utc

_THURSDAY = 3  # day 0, 1970-01-01, was one


class Weekday(IntEnum):
    MONDAY = 0
    TUESDAY = 1
    WEDNESDAY = 2
    THURSDAY = 3
    FRIDAY = 4
    SATURDAY = 5
    SUNDAY = 6


class Repeat(StrEnum):
    NONE = "none"
    DAILY = "daily"
    WEEKLY = "weekly"


def _weekdays(days: Iterable[int]) -> frozenset[Weekday]:
    try:
        return frozenset(Weekday(day) for day in days)
    except (TypeError, ValueError):
        raise InvalidValue("repeat_days", "Give weekdays.") from None


def _repeat(pattern: str) -> Repeat:
    try:
        return Repeat(pattern)
    except ValueError:
        raise InvalidValue("repeat_pattern", "Choose none, daily or weekly.") from None


@frozen
class AvailabilityRule:
    """A window of one doctor's wall clock, on one day or repeated, cut into visits.

    Both dates are inclusive; no `end_date` means for ever (for a single day: that day). An
    `end_time` of 00:00 is the end of the day, one before the start runs past midnight; the date of
    an overnight window is that of its start. Windows are half-open. A rule that repeats every N
    weeks counts from the week, Monday first, of its first matching date.
    Raises `InvalidValue`, which names the field.
    """

    start_date: date
    start_time: time
    end_time: time
    end_date: date | None = None
    repeat_pattern: Repeat = field(default=Repeat.NONE, converter=_repeat)
    repeat_days: frozenset[Weekday] = field(default=frozenset(), converter=_weekdays)
    repeat_interval: int = 1
    slot_minutes: int = 30

    def __attrs_post_init__(self) -> None:
        _check_dates(self.start_date, self.end_date)
        _check_time(self.start_time, "start_time", CELL_MINUTES)
        _check_time(self.end_time, "end_time", CELL_MINUTES)
        _check_order(self.start_time, self.end_time)
        self._check_repeat()
        check_slot_minutes(self.slot_minutes, DAY)

    def _check_repeat(self) -> None:
        weekly = self.repeat_pattern is Repeat.WEEKLY
        if weekly and not self.repeat_days:
            raise InvalidValue("repeat_days", "Choose at least one weekday.")
        if self.repeat_days and not weekly:
            raise InvalidValue("repeat_days", "Weekdays are for the weekly pattern only.")
        check_integer(self.repeat_interval, "repeat_interval", 1, 52)
        if self.repeat_interval != 1 and not weekly:
            raise InvalidValue("repeat_interval", "Every N weeks is for the weekly pattern only.")
        if self.repeat_pattern is Repeat.NONE and self.end_date not in (None, self.start_date):
            raise InvalidValue("end_date", "A single day ends on the day it starts.")

    @cached_property
    def start_minute(self) -> int:
        """Minutes after the midnight that begins the window's date."""
        return _minute_of_day(self.start_time)

    @cached_property
    def end_minute(self) -> int:
        """Minutes after the same midnight: over 24 hours where the window runs past the next."""
        end = _minute_of_day(self.end_time)
        return end if end > self.start_minute else end + DAY

    @cached_property
    def _first_day(self) -> int:
        return day_number(self.start_date)

    @cached_property
    def _last_day(self) -> int:
        if self.repeat_pattern is Repeat.NONE:
            return self._first_day
        return day_number(self.end_date or date.max)

    @cached_property
    def _anchor_week(self) -> int:
        first = self._first_day
        return _week(next(d for d in range(first, first + 7) if _weekday(d) in self.repeat_days))

    @cached_property
    def _weekdays(self) -> list[int]:
        return sorted(map(int, self.repeat_days))

    def days(self, first: int, last: int) -> Iterable[int]:
        """The numbers of the days on which the window begins, `first` and `last` inclusive."""
        first, last = max(first, self._first_day), min(last, self._last_day)
        if self.repeat_pattern is not Repeat.WEEKLY:
            return range(first, last + 1)
        return self._weekly_days(first, last)

    def _weekly_days(self, first: int, last: int) -> list[int]:
        weeks_after_anchor = (_week(first) - self._anchor_week) % self.repeat_interval
        monday = (_week(first) - weeks_after_anchor) * 7 - _THURSDAY
        mondays = range(monday, last + 1, 7 * self.repeat_interval)
        return [
            day
            for monday in mondays
            for weekday in self._weekdays
            if first <= (day := monday + weekday) <= last
        ]


@frozen
class TimeOff:
    """A doctor's absence, or a closure of the clinic: one stretch of wall-clock time.

    Without times it covers whole days, both dates inclusive. With times it runs from `start_time`
    on the first date to `end_time` on the last; 00:00 at the end is the end of that date. On a
    single date an end before the start runs past midnight. Raises `InvalidValue`.
    """

    start_date: date
    end_date: date | None = None
    start_time: time | None = None
    end_time: time | None = None

    def __attrs_post_init__(self) -> None:
        _check_dates(self.start_date, self.end_date)
        check_date(self._last_date, "end_date")
        if (self.start_time is None) != (self.end_time is None):
            missing = "start_time" if self.start_time is None else "end_time"
            raise InvalidValue(missing, "Give both times, or neither for whole days.")
        if self.start_time is not None and self.end_time is not None:
            _check_time(self.start_time, "start_time", 1)
            _check_time(self.end_time, "end_time", 1)
            if self._last_date == self.start_date:
                _check_order(self.start_time, self.end_time)

    @property
    def _last_date(self) -> date:
        return self.end_date or self.start_date

    def span(self, zone: ZoneInfo) -> tuple[int, int]:
        """UTC minutes, half-open; both the same when all of it falls into a gap of the clock."""
        start = day_number(self.start_date) * DAY + _minute_of_day(self.start_time or time.min)
        end = day_number(self._last_date) * DAY + _minute_of_day(self.end_time or time.min)
        if end <= start or self.end_time in (None, time.min):
            end += DAY
        return to_utc(zone, start), to_utc(zone, end)


def _rules(rules: Iterable[AvailabilityRule]) -> tuple[AvailabilityRule, ...]:
    return tuple(rules)


def _exceptions(exceptions: Iterable[TimeOff]) -> tuple[TimeOff, ...]:
    return tuple(exceptions)


@frozen
class Schedule:
    """All that says when one doctor works: the zone of the wall clock, rules, exceptions."""

    zone: ZoneInfo
    rules: tuple[AvailabilityRule, ...] = field(default=(), converter=_rules)
    exceptions: tuple[TimeOff, ...] = field(default=(), converter=_exceptions)

    def __attrs_post_init__(self) -> None:
        _check_kind(self.zone, ZoneInfo, "zone")
        for rule in self.rules:
            _check_kind(rule, AvailabilityRule, "rules")
        for exception in self.exceptions:
            _check_kind(exception, TimeOff, "exceptions")

    def away(self) -> list["Busy"]:
        """The exceptions as busy time; one that falls into a gap of the clock is empty."""
        spans = (exception.span(self.zone) for exception in self.exceptions)
        return [Busy(*span, RefusalCode.TIME_OFF) for span in spans]


class Busy(NamedTuple):
    """A half-open stretch of UTC minutes in which nothing can be booked, and for what reason."""

    start: int
    end: int
    reason: RefusalCode


Window = tuple[int, int, int]
"""Start, end and step: half-open UTC minutes in which visits of `step` minutes follow each other."""


def windows(
    rules: Iterable[AvailabilityRule], zone: ZoneInfo, first: int, last: int
) -> list[Window]:
    """The windows that begin on these local days, `first` and `last` inclusive; in no order."""
    offsets = [steady_offset(zone, day) for day in range(first, last + 1)]
    found: list[Window] = []
    for rule in rules:
        start, end, step = rule.start_minute, rule.end_minute, rule.slot_minutes
        for day in rule.days(first, last):
            midnight, offset = day * DAY, offsets[day - first]
            if offset is not None:
                midnight -= offset
                found.append((midnight + start, midnight + end, step))
            else:
                opens, closes = to_utc(zone, midnight + start), to_utc(zone, midnight + end)
                found.append((opens, closes, step))
    return found


def check_slot_minutes(minutes: int, most: int) -> None:
    """Raise `InvalidValue` unless a visit may be that long: a multiple of five minutes."""
    check_integer(minutes, "slot_minutes", CELL_MINUTES, most)
    if minutes % CELL_MINUTES:
        raise InvalidValue("slot_minutes", f"Give a multiple of {CELL_MINUTES} minutes.")


def check_integer(value: object, name: str, least: int, most: int) -> None:
    if type(value) is not int or not least <= value <= most:
        raise InvalidValue(name, f"Give a whole number from {least} to {most}.")


def _check_kind(value: object, kind: type, name: str) -> None:
    if not isinstance(value, kind):
        raise InvalidValue(name, f"Give a value of the type {kind.__name__}.")


def _check_dates(start_date: object, end_date: object) -> None:
    first = check_date(start_date, "start_date")
    if end_date is None:
        return
    if not isinstance(end_date, date) or isinstance(end_date, datetime):
        raise InvalidValue("end_date", "Give a date.")
    if end_date < first:
        raise InvalidValue("end_date", "The end must not lie before the start.")


def _check_time(value: object, name: str, multiple: int) -> None:
    if not isinstance(value, time) or value.tzinfo is not None:
        raise InvalidValue(name, "Give a time of day without an offset.")
    if value.second or value.microsecond:
        raise InvalidValue(name, "Give whole minutes, without seconds.")
    if value.minute % multiple:
        raise InvalidValue(name, f"Give a multiple of {multiple} minutes.")


def _check_order(start_time: time, end_time: time) -> None:
    if start_time == end_time != time.min:
        raise InvalidValue("end_time", "The end must differ from the start.")


def _minute_of_day(value: time) -> int:
    return value.hour * 60 + value.minute


def _weekday(day: int) -> int:
    return (day + _THURSDAY) % 7


def _week(day: int) -> int:
    return (day + _THURSDAY) // 7
