"""What a schedule says, as people say it."""

from collections.abc import Collection
from datetime import date, time
from typing import Protocol

from medicare_core.availability import AvailabilityRule, Repeat
from medicare_django.web import times

_WEEK = range(7)
_LEAST_RUN = 3  # weekdays in a row that are told by their ends


class Absence(Protocol):
    """Time off or a closure, be it a row or the core's."""

    @property
    def start_date(self) -> date: ...
    @property
    def end_date(self) -> date | None: ...
    @property
    def start_time(self) -> time | None: ...
    @property
    def end_time(self) -> time | None: ...


def rule_words(rule: AvailabilityRule, today: date | None = None) -> str:
    """Such as "Mondays and Wednesdays 09:00-12:00, every 2 weeks, until 30 June".

    A start that has passed by `today`, the clinic's own unless it is told, is not worth a word.
    """
    if _is_one_day(rule):
        return _at(times.day(rule.start_date), rule.start_time, rule.end_time)
    parts = [_at(_days(rule), rule.start_time, rule.end_time)]
    if rule.repeat_interval > 1:
        parts.append(f"every {rule.repeat_interval} weeks")
    if rule.start_date == rule.end_date:
        return ", ".join([*parts, f"on {times.date_words(rule.start_date)} only"])
    limits = []
    if rule.start_date > (today or times.today()):
        limits.append(f"from {times.date_words(rule.start_date)}")
    if rule.end_date:
        limits.append(f"until {times.date_words(rule.end_date)}")
    return ", ".join([*parts, *([" ".join(limits)] if limits else [])])


def visit_words(rule: AvailabilityRule) -> str:
    return f"{rule.slot_minutes}-minute visits"


def weekday_words(days: Collection[int]) -> str:
    """Such as "Mondays to Fridays", "Mondays, Wednesdays and Thursdays"."""
    names: list[str] = []
    run: list[int] = []
    for day in _WEEK:
        if day in days:
            run.append(day)
        if run and (day not in days or day == _WEEK[-1]):
            names += _run_words(run)
            run = []
    return " and ".join([", ".join(names[:-1]), *names[-1:]] if len(names) > 1 else names)


def absence_words(absence: Absence) -> str:
    """Such as "21 to 24 December", "Tuesday 1 December 12:00-14:00"."""
    first, last = absence.start_date, absence.end_date or absence.start_date
    starts, ends = absence.start_time, absence.end_time
    if first == last:
        whole = starts is None or ends is None or starts == ends
        return times.day(first) if whole else _at(times.day(first), starts, ends)
    if starts is None or ends is None:
        return _dates(first, last)
    closes = f"the end of {times.date_words(last)}"
    if ends != time.min:
        closes = f"{times.date_words(last)} {times.clock(ends)}"
    return f"{times.date_words(first)} {times.clock(starts)} to {closes}"


def _is_one_day(rule: AvailabilityRule) -> bool:
    daily = rule.repeat_pattern is Repeat.DAILY
    return rule.repeat_pattern is Repeat.NONE or (daily and rule.start_date == rule.end_date)


def _days(rule: AvailabilityRule) -> str:
    daily = rule.repeat_pattern is Repeat.DAILY
    all_days = len(rule.repeat_days) == len(_WEEK) and rule.repeat_interval == 1
    return "Every day" if daily or all_days else weekday_words(rule.repeat_days)


def _run_words(run: list[int]) -> list[str]:
    names = [f"{times.weekday(day)}s" for day in run]
    return names if len(run) < _LEAST_RUN else [f"{names[0]} to {names[-1]}"]


def _at(day: str, starts: time | None, ends: time | None) -> str:
    """The end of a day is midnight, an end before the start is one of the next day."""
    if starts is None or ends is None or starts == ends:
        return f"{day}, all day"
    closes = "midnight" if ends == time.min else times.clock(ends)
    next_day = " the next day" if time.min < ends < starts else ""
    return f"{day} {times.clock(starts)}-{closes}{next_day}"


def _dates(first: date, last: date) -> str:
    """Two dates of one month share it."""
    same_month = (first.year, first.month) == (last.year, last.month)
    return f"{first.day if same_month else times.date_words(first)} to {times.date_words(last)}"
