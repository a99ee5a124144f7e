"""Free times of a schedule, and why a time cannot be had: one computation for both.

Inside, instants are UTC minutes and days are numbers; objects are made at the boundary.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from attrs import field, frozen

from medicare_core.availability import Busy, Schedule, Window, check_integer, windows
from medicare_core.errors import InvalidValue, RefusalCode
from medicare_core.period import CELL_MINUTES, Period, aware, to_minutes, to_minutes_up
from medicare_core.policy import BookingPolicy
from medicare_core.wall_clock import (
    DAY,
    LAST_DATE,
    check_date,
    day_number,
    instants,
    local_day,
    reading,
    steady_offset,
    to_date,
    to_utc,
)

LONGEST_LISTING = 3700
"""Days that one listing may cover: the longest horizon and a little more."""

_REASONS = (RefusalCode.TIME_OFF, RefusalCode.SLOT_TAKEN, RefusalCode.PATIENT_BUSY)


@frozen
class Slot:
    """A time that can be booked; its ends are told in the doctor's zone."""

    period: Period
    zone: ZoneInfo

    @property
    def starts_at(self) -> datetime:
        return self.period.starts_at.astimezone(self.zone)

    @property
    def ends_at(self) -> datetime:
        return self.period.ends_at.astimezone(self.zone)


@frozen
class Agenda:
    """What one doctor's time looks like at `now`, to nobody in particular or to one patient.

    `busy` holds the appointments of the doctor and of that patient, and may hold exceptions too;
    it need only cover the time that is asked about.
    """

    schedule: Schedule
    now: datetime = field(validator=lambda _, __, now: aware(now, "now"))
    policy: BookingPolicy = BookingPolicy()
    busy: Sequence[Busy] = ()

    def free_starts(self, first_on: date, days: int = 1) -> dict[int, int]:
        """UTC start minute -> length, ascending, of the free times on these local dates."""
        first = check_days(first_on, days)
        return self._free(first, first + days - 1)

    def free_slots(self, first_on: date, days: int = 1) -> list[Slot]:
        return [self._slot(*free) for free in self.free_starts(first_on, days).items()]

    def free_counts(self, first_on: date, days: int = 1) -> dict[date, int]:
        """How many times are free on each of these local dates, 0 included."""
        zone, first = self.schedule.zone, check_days(first_on, days)
        counts = Counter(local_day(zone, start) for start in self.free_starts(first_on, days))
        return {to_date(day): counts[day] for day in range(first, first + days)}

    def first_free(self) -> Slot | None:
        """The earliest free time up to the horizon."""
        first, days = self._earliest_day, 4  # and twice as many each time: most have one soon
        while first <= self._last_day:
            if free := self._free(first, first + days - 1):
                return self._slot(*next(iter(free.items())))
            first, days = first + days, 2 * days
        return None

    def nearest_free(self, wanted: int, first: int, last: int, count: int) -> list[Slot]:
        """The free times closest to a UTC minute, on these local days; the earlier of a tie."""
        free = self._free(first, last)
        nearest = sorted(free, key=lambda start: (abs(start - wanted), start))[:count]
        return [self._slot(start, free[start]) for start in nearest]

    def find(self, start: datetime) -> Slot | RefusalCode:
        """The free time that starts then, or why there is none.

        A `start` without an offset is a reading of the doctor's wall clock: of the two that a
        fold offers, the first free one is meant. Raises `InvalidValue` for seconds.
        """
        answers = [self._find(minute) for minute in meant_instants(self.schedule.zone, start)]
        free = (answer for answer in answers if isinstance(answer, Slot))
        return next(free, answers[0] if answers else RefusalCode.NONEXISTENT_TIME)

    def explain(self, start: datetime) -> RefusalCode | None:
        """Why the time cannot be had; None exactly when it is among the free ones."""
        answer = self.find(start)
        return None if isinstance(answer, Slot) else answer

    def _find(self, start: int) -> Slot | RefusalCode:
        if start < self._first_minute:
            past = start < to_minutes_up(self.now)
            return RefusalCode.IN_THE_PAST if past else RefusalCode.TOO_SOON
        day = local_day(self.schedule.zone, start)
        if day > self._last_day:
            return RefusalCode.TOO_FAR
        length = self._free(day, day).get(start)
        return self._reason(start, day) if length is None else self._slot(start, length)

    def _reason(self, start: int, day: int) -> RefusalCode:
        """Why a start that may be booked by policy is not among the free ones."""
        around = windows(self.schedule.rules, self.schedule.zone, day - 1, day + 1)
        inside = [window for window in around if window[0] <= start < window[1]]
        lengths = [
            step
            for opens, closes, step in inside
            if start + step <= closes and (start - opens) % step == 0
        ]
        reasons = self._reasons_between(start, start + min(lengths, default=CELL_MINUTES))
        if lengths or RefusalCode.TIME_OFF in reasons:
            return next(reason for reason in _REASONS if reason in reasons)
        return RefusalCode.OFF_GRID if inside else RefusalCode.NOT_OFFERED

    def _reasons_between(self, start: int, end: int) -> set[RefusalCode]:
        return {
            busy.reason for busy in self._all_busy if max(busy.start, start) < min(busy.end, end)
        }

    def _free(self, first: int, last: int) -> dict[int, int]:
        """The free starts of these local days, cut to what the policy allows."""
        zone = self.schedule.zone
        first, last = max(first, self._earliest_day), min(last, self._last_day)
        if first > last:
            return {}
        before, after = steady_offset(zone, first - 1), steady_offset(zone, last)
        if before is None or after is None:
            return self._free_exactly(first, last)
        offered = windows(self.schedule.rules, zone, first - 1, last)
        begin = max(first * DAY - before, self._first_minute)
        return sweep(offered, self._blocked, begin, (last + 1) * DAY - after)

    def _free_exactly(self, first: int, last: int) -> dict[int, int]:
        """The same where the clocks change: a start belongs to the date that it is read as.

        In a fold over midnight the day before comes back after the next has begun.
        """
        zone = self.schedule.zone
        offered = windows(self.schedule.rules, zone, first - 1, last + 1)
        end = to_utc(zone, (last + 2) * DAY)
        free = sweep(offered, self._blocked, self._first_minute, end)
        return {s: minutes for s, minutes in free.items() if first <= local_day(zone, s) <= last}

    def _slot(self, start: int, minutes: int) -> Slot:
        return Slot(Period(start, start + minutes), self.schedule.zone)

    @cached_property
    def _all_busy(self) -> list[Busy]:
        return [*self.busy, *self.schedule.away()]

    @cached_property
    def _blocked(self) -> list[tuple[int, int]]:
        return merge(self._all_busy)

    @cached_property
    def _first_minute(self) -> int:
        return self.policy.earliest_start(self.now)

    @cached_property
    def _earliest_day(self) -> int:
        """Yesterday, since in a fold over midnight it may come back."""
        return local_day(self.schedule.zone, to_minutes_up(self.now)) - 1

    @cached_property
    def _last_day(self) -> int:
        return self.policy.last_day(self.now, self.schedule.zone)


def meant_instants(zone: ZoneInfo, start: datetime) -> list[int]:
    """The UTC minutes that a start may mean; see `Agenda.find`."""
    if getattr(start, "tzinfo", True) is None:
        return instants(zone, reading(start))
    return [to_minutes(start)]


def check_days(first_on: date, days: int) -> int:
    """The number of the first of these days. Raises `InvalidValue`."""
    first = day_number(check_date(first_on, "first_on"))
    check_integer(days, "days", 1, LONGEST_LISTING)
    if first + days - 1 > day_number(LAST_DATE):
        raise InvalidValue("days", f"Give days up to {LAST_DATE}.")
    return first


def merge(stretches: Iterable[tuple[Any, ...]]) -> list[tuple[int, int]]:
    """The same time as disjoint half-open stretches, ascending; each begins (start, end, ...).

    Empty ones are left out: time off that falls into a gap of the clock, for one.
    """
    merged: list[tuple[int, int]] = []
    last_start = last_end = -1
    for each in sorted(stretches):
        start, end = each[0], each[1]
        if end <= last_end or end <= start:
            continue
        if start > last_end:
            merged.append((last_start, last_end))
            last_start = start
        last_end = end
    merged.append((last_start, last_end))
    return merged[1:]


def sweep(
    offered: Iterable[Window], blocked: Sequence[tuple[int, int]], begin: int, end: int
) -> dict[int, int]:
    """Start -> length of the visits that fit between the blocked stretches, ascending.

    Starts lie in [begin, end). Of equal starts the shortest visit wins.
    """
    free: dict[int, list[int]] = {}
    ahead, count = 0, len(blocked)
    for opens, closes, step in sorted(offered):
        starts = free.setdefault(step, [])
        start = opens if opens >= begin else opens - (opens - begin) // step * step
        last = min(closes - step, end - 1)
        while ahead < count and blocked[ahead][1] <= opens:
            ahead += 1
        index = ahead  # windows may overlap, so the next one may begin before this one ends
        while start <= last and index < count:
            blocked_from, blocked_to = blocked[index]
            index += 1
            latest = blocked_from - step
            if latest >= last:
                break
            if start <= latest:
                starts += range(start, latest + 1, step)
            if blocked_to > start:
                start -= (start - blocked_to) // step * step
        starts += range(start, last + 1, step)
    return _shortest(free)


def _shortest(free: dict[int, list[int]]) -> dict[int, int]:
    """Length -> starts, turned round."""
    lengths: dict[int, int] = {}
    for step in sorted(free, reverse=True):
        lengths.update(dict.fromkeys(sorted(free[step]), step))
    return lengths if len(free) < 2 else dict(sorted(lengths.items()))
