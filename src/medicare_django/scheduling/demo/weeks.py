"""When a doctor of the demo works and is away, in short.

Days are counted from the Monday of the week in which the demo data is made.
"""

from collections.abc import Iterator
from datetime import date, time, timedelta

from attrs import frozen

from medicare_core.availability import AvailabilityRule, Repeat, TimeOff, Weekday

LONG_AGO = -210
_WEEKDAYS = {day.name[:3].title(): day for day in Weekday}


@frozen
class Hours:
    """`spans` are wall-clock windows such as "09:00-12:00", one rule each."""

    days: str
    spans: str
    slot_minutes: int = 30
    every: int = 1
    first: int = LONG_AGO
    last: int | None = None
    repeat: Repeat = Repeat.WEEKLY

    def rules(self, monday: date) -> Iterator[AvailabilityRule]:
        for span in self.spans.split():
            start, end = _read_span(span)
            yield AvailabilityRule(
                start_date=monday + timedelta(self.first),
                end_date=None if self.last is None else monday + timedelta(self.last),
                start_time=start,
                end_time=end,
                repeat_pattern=self.repeat,
                repeat_days=frozenset(_WEEKDAYS[day] for day in self.days.split()),
                repeat_interval=self.every,
                slot_minutes=self.slot_minutes,
            )


@frozen
class Away:
    """Whole days, or the same part of a single one."""

    note: str
    first: int
    days: int = 1
    span: str = ""

    def time_off(self, monday: date) -> TimeOff:
        start, end = _read_span(self.span) if self.span else (None, None)
        first = monday + timedelta(self.first)
        return TimeOff(first, first + timedelta(self.days - 1), start, end)


def _read_span(span: str) -> tuple[time, time]:
    start, end = span.split("-")
    return time.fromisoformat(start), time.fromisoformat(end)
