"""Free times and refusals, the slow way: walk over every minute and look at the clock.

It takes the core's values as data and shares none of its computations.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

from medicare_core.availability import AvailabilityRule, Busy, Repeat, Schedule
from medicare_core.errors import RefusalCode
from medicare_core.policy import BookingPolicy

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ONE_DAY = timedelta(days=1)
MARGIN = 2 * ONE_DAY  # an overnight window of the day before, and the distance of the zone


class Walk:
    """Every minute, or every `tick` minutes, of the dates and of some days around them."""

    def __init__(self, zone: ZoneInfo, first_on: date, days: int, tick: int) -> None:
        begin = datetime.combine(first_on, time(), UTC) - MARGIN
        end = begin + (days + 1) * ONE_DAY + 2 * MARGIN
        self.tick = timedelta(minutes=tick)
        self.first, self.end = (begin - EPOCH) // MINUTE, (end - EPOCH) // MINUTE
        self.readings = {
            minute: (EPOCH + minute * MINUTE).astimezone(zone).replace(tzinfo=None)
            for minute in range(self.first, self.end, tick)
        }

    def shows(self, reading: datetime) -> list[int]:
        """Every minute at which the clock shows this."""
        return self._shown.get(reading, [])

    def reaches(self, reading: datetime) -> int:
        """The first minute at which the clock shows this or, leaping over it, something later."""
        if reading < self.readings[self.first]:
            return self.first
        return self._reached.get(reading, self.end)

    @cached_property
    def _shown(self) -> dict[datetime, list[int]]:
        shown: dict[datetime, list[int]] = {}
        for minute, reading in self.readings.items():
            shown.setdefault(reading, []).append(minute)
        return shown

    @cached_property
    def _reached(self) -> dict[datetime, int]:
        reached: dict[datetime, int] = {}
        due = self.readings[self.first]
        for minute, shown in self.readings.items():
            while due <= shown:
                reached[due] = minute
                due += self.tick
        return reached


@lru_cache(maxsize=16)
def walk(zone: ZoneInfo, first_on: date, days: int, tick: int) -> Walk:
    return Walk(zone, first_on, days, tick)


def is_worked(rule: AvailabilityRule, on: date) -> bool:
    if on < rule.start_date or on > (rule.end_date or date.max):
        return False
    if rule.repeat_pattern is Repeat.NONE:
        return on == rule.start_date
    if rule.repeat_pattern is Repeat.DAILY:
        return True
    first = rule.start_date
    while first.weekday() not in rule.repeat_days:
        first += ONE_DAY
    weeks = (monday(on) - monday(first)) // timedelta(weeks=1)
    return on.weekday() in rule.repeat_days and weeks % rule.repeat_interval == 0


def monday(on: date) -> date:
    return on - on.weekday() * ONE_DAY


class Oracle:
    """Answers for the dates from `first_on` on, so many `days`, of the doctor's clock."""

    def __init__(
        self,
        schedule: Schedule,
        now: datetime,
        policy: BookingPolicy,
        busy: Iterable[Busy],
        first_on: date,
        days: int,
        tick: int = 1,
    ) -> None:
        self.schedule = schedule
        self.now, self.policy, self.busy = now, policy, tuple(busy)
        self.dates = [first_on + day * ONE_DAY for day in range(days)]
        self.walk = walk(schedule.zone, first_on, days, tick)

    def minutes(self) -> dict[int, datetime]:
        """The minutes of the dates, with what the clock shows."""
        readings = self.walk.readings.items()
        return {minute: shown for minute, shown in readings if shown.date() in self.dates}

    def free_starts(self) -> dict[int, int]:
        return {m: self.length(m) for m in self.minutes() if self.explain(m) is None}

    def explain_reading(self, reading: datetime) -> RefusalCode | None:
        answers = [self.explain(minute) for minute in self.walk.shows(reading)]
        if not answers:
            return RefusalCode.NONEXISTENT_TIME
        return None if None in answers else answers[0]

    def explain(self, start: int) -> RefusalCode | None:
        instant = EPOCH + start * MINUTE
        if instant < self.now:
            return RefusalCode.IN_THE_PAST
        if instant < self.now + self.policy.notice_minutes * MINUTE:
            return RefusalCode.TOO_SOON
        if self.walk.readings[start].date() > self._last_on:
            return RefusalCode.TOO_FAR
        visit = range(start, start + self.length(start))
        if not self.away.isdisjoint(visit):
            return RefusalCode.TIME_OFF
        if start not in self._inside:
            return RefusalCode.NOT_OFFERED
        if start not in self._lengths:
            return RefusalCode.OFF_GRID
        if not self._taken.isdisjoint(visit):
            return RefusalCode.SLOT_TAKEN
        return None if self._patient_busy.isdisjoint(visit) else RefusalCode.PATIENT_BUSY

    def length(self, start: int) -> int:
        """Of the visit that starts then; where none does, five minutes."""
        return min(self._lengths.get(start, {5}))

    @cached_property
    def worked(self) -> set[int]:
        """The minutes inside the hours and not off."""
        return self._inside - self.away

    @cached_property
    def _last_on(self) -> date:
        today = self.now.astimezone(self.schedule.zone).date()
        return today + self.policy.horizon_days * ONE_DAY

    @cached_property
    def _lengths(self) -> dict[int, set[int]]:
        lengths: dict[int, set[int]] = {}
        for start, end, length in self._windows:
            for visit in range(start, end - length + 1, length):
                lengths.setdefault(visit, set()).add(length)
        return lengths

    @cached_property
    def _inside(self) -> set[int]:
        return {m for start, end, _ in self._windows for m in range(start, end)}

    @cached_property
    def _windows(self) -> list[tuple[int, int, int]]:
        """Start, end and length of a visit, of all windows that may reach into the dates."""
        around = [self.dates[0] - ONE_DAY, *self.dates, self.dates[-1] + ONE_DAY]
        return [
            (*self._stretch(on, rule.start_time, on, rule.end_time), rule.slot_minutes)
            for rule in self.schedule.rules
            for on in around
            if is_worked(rule, on)
        ]

    @cached_property
    def away(self) -> set[int]:
        away = self._held(RefusalCode.TIME_OFF)
        for each in self.schedule.exceptions:
            last_on = each.end_date or each.start_date
            first, last = each.start_time or time(), each.end_time or time()
            away.update(range(*self._stretch(each.start_date, first, last_on, last)))
        return away

    @cached_property
    def _taken(self) -> set[int]:
        return self._held(RefusalCode.SLOT_TAKEN)

    @cached_property
    def _patient_busy(self) -> set[int]:
        return self._held(RefusalCode.PATIENT_BUSY)

    def _held(self, reason: RefusalCode) -> set[int]:
        """The minutes that are held for this reason."""
        held = (range(busy.start, busy.end) for busy in self.busy if busy.reason is reason)
        return {minute for minutes in held for minute in minutes}

    def _stretch(self, on: date, begin: time, last_on: date, end: time) -> tuple[int, int]:
        start, stop = datetime.combine(on, begin), datetime.combine(last_on, end)
        if end == time() or stop <= start:
            stop += ONE_DAY
        return self.walk.reaches(start), self.walk.reaches(stop)
