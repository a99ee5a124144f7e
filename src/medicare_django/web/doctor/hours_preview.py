"""What a doctor's hours look like in a week, as they are and as they would be."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from attrs import evolve, frozen

from medicare_core.availability import AvailabilityRule, Schedule
from medicare_core.hours import hours
from medicare_core.wall_clock import LAST_DATE, day_number, to_date
from medicare_django.accounts.models import Doctor
from medicare_django.web.doctor.agenda import agenda_of
from medicare_django.web.doctor.week import monday_of
from medicare_django.web.doctor.week_grid import DAYS, Kind, Span, WeekGrid, week_grid
from medicare_django.web.words import rule_words, visit_words

_SOON = 4
_LOOK_AHEAD = 53 * DAYS  # within which a rule of every 52 weeks comes round


@frozen
class Preview:
    """`days` are the first ones from today on, or else of all; none where nothing matches."""

    words: str
    visits: str
    days: tuple[date, ...]
    has_more: bool
    monday: date
    grid: WeekGrid


def preview(
    doctor: Doctor, rule: AvailabilityRule, others: Collection[AvailabilityRule], now: datetime
) -> Preview:
    """Of the rule beside all the others of the doctor."""
    zone = ZoneInfo(doctor.timezone)
    today = now.astimezone(zone).date()
    found = _days(rule, today) or _days(rule, rule.start_date)
    monday = monday_of(found[0] if found else rule.start_date)
    return Preview(
        rule_words(rule, today),
        visit_words(rule),
        tuple(found[:_SOON]),
        len(found) > _SOON,
        monday,
        week_of(doctor, others, monday, now, rule),
    )


def week_of(
    doctor: Doctor,
    rules: Collection[AvailabilityRule],
    monday: date,
    now: datetime,
    marked: AvailabilityRule | None = None,
) -> WeekGrid:
    """Hours, time off and closures; visits have a page of their own."""
    zone = ZoneInfo(doctor.timezone)
    agenda = evolve(agenda_of(doctor, monday, DAYS), hours=(), visits=())
    spans = [*agenda.spans(()), *_spans(zone, rules, monday)]
    if marked is not None:
        spans += _spans(zone, [marked], monday, is_marked=True)
    return week_grid(spans, zone, monday, now)


def _spans(
    zone: ZoneInfo, rules: Collection[AvailabilityRule], monday: date, *, is_marked: bool = False
) -> list[Span]:
    """With the night before, which may reach into the week."""
    found = hours(Schedule(zone, rules), monday - timedelta(days=1), DAYS + 1)
    label = "These hours" if is_marked else ""
    return [
        Span(Kind.HOURS, each.starts_at, each.ends_at, label, is_marked=is_marked)
        for each in found
    ]


def _days(rule: AvailabilityRule, first: date) -> list[date]:
    start = day_number(max(first, rule.start_date))
    last = min(start + _LOOK_AHEAD, day_number(LAST_DATE))
    return [to_date(day) for day in islice(rule.days(start, last), _SOON + 1)]
