"""Schedules in words; it is 24 November 2026."""

from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from medicare_core.availability import AvailabilityRule, Repeat, TimeOff
from medicare_django.web.templatetags.medicare import unbroken
from medicare_django.web.words import absence_words, rule_words, visit_words, weekday_words

pytestmark = pytest.mark.usefixtures("clock")
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)

LONG_AGO = date(2026, 1, 5)
FIRST = date(2026, 12, 1)
JUNE = date(2027, 6, 30)
ALL_DAYS = frozenset(range(7))


def rule(start: date = LONG_AGO, hours: str = "09:00-12:00", **more: Any) -> AvailabilityRule:
    starts, ends = map(time.fromisoformat, hours.split("-"))
    return AvailabilityRule(start, starts, ends, **more)


def weekly(*days: int, **more: Any) -> AvailabilityRule:
    return rule(repeat_pattern=Repeat.WEEKLY, repeat_days=frozenset(days), **more)


def daily(**more: Any) -> AvailabilityRule:
    return rule(repeat_pattern=Repeat.DAILY, **more)


def away(first: date, last: date | None = None, hours: str = "") -> TimeOff:
    starts, ends = map(time.fromisoformat, hours.split("-")) if hours else (None, None)
    return TimeOff(first, last, starts, ends)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (rule(FIRST), "Tuesday 1 December 09:00-12:00"),
        (rule(FIRST, end_date=FIRST), "Tuesday 1 December 09:00-12:00"),
        (rule(JUNE), "Wednesday 30 June 2027 09:00-12:00"),
        (rule(FIRST, "22:00-06:00"), "Tuesday 1 December 22:00-06:00 the next day"),
        (rule(FIRST, "18:00-00:00"), "Tuesday 1 December 18:00-midnight"),
        (rule(FIRST, "00:00-00:00"), "Tuesday 1 December, all day"),
        (rule(FIRST, "00:00-06:00"), "Tuesday 1 December 00:00-06:00"),
        (daily(), "Every day 09:00-12:00"),
        (daily(start=date(2026, 11, 24)), "Every day 09:00-12:00"),
        (daily(start=FIRST), "Every day 09:00-12:00, from 1 December"),
        (daily(start=FIRST, end_date=FIRST), "Tuesday 1 December 09:00-12:00"),
        (daily(hours="00:00-00:00", end_date=JUNE), "Every day, all day, until 30 June 2027"),
        (
            daily(start=FIRST, end_date=date(2026, 12, 4)),
            "Every day 09:00-12:00, from 1 December until 4 December",
        ),
        (
            weekly(0, 2, repeat_interval=2, end_date=JUNE),
            "Mondays and Wednesdays 09:00-12:00, every 2 weeks, until 30 June 2027",
        ),
        (weekly(0, start=FIRST, end_date=FIRST), "Mondays 09:00-12:00, on 1 December only"),
        (weekly(4, hours="22:00-06:00"), "Fridays 22:00-06:00 the next day"),
        (weekly(*ALL_DAYS), "Every day 09:00-12:00"),
        (
            weekly(*ALL_DAYS, repeat_interval=3),
            "Mondays to Sundays 09:00-12:00, every 3 weeks",
        ),
    ],
)
def test_rules_are_told_as_sentences(told: AvailabilityRule, words: str) -> None:
    assert rule_words(told) == words


def test_whether_a_rule_has_begun_is_told_by_the_day_that_is_given() -> None:
    assert rule_words(daily(start=FIRST), FIRST) == "Every day 09:00-12:00"


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ([0], "Mondays"),
        ([5, 6], "Saturdays and Sundays"),
        ([0, 2, 3], "Mondays, Wednesdays and Thursdays"),
        ([0, 1, 2, 3, 4], "Mondays to Fridays"),
        ([0, 1, 2, 4], "Mondays to Wednesdays and Fridays"),
        ([0, 2, 3, 4, 6], "Mondays, Wednesdays to Fridays and Sundays"),
        ([4, 5, 6], "Fridays to Sundays"),
    ],
)
def test_weekdays_in_a_row_are_told_by_their_ends(days: list[int], words: str) -> None:
    assert weekday_words(days) == words


def test_the_length_of_a_visit_is_a_phrase_of_its_own() -> None:
    assert visit_words(rule(slot_minutes=45)) == "45-minute visits"


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (away(FIRST), "Tuesday 1 December"),
        (away(FIRST, FIRST), "Tuesday 1 December"),
        (away(JUNE), "Wednesday 30 June 2027"),
        (away(FIRST, None, "12:00-14:00"), "Tuesday 1 December 12:00-14:00"),
        (away(FIRST, None, "22:00-06:00"), "Tuesday 1 December 22:00-06:00 the next day"),
        (away(FIRST, None, "12:00-00:00"), "Tuesday 1 December 12:00-midnight"),
        (away(FIRST, None, "00:00-00:00"), "Tuesday 1 December"),
        (away(date(2026, 12, 21), date(2026, 12, 24)), "21 to 24 December"),
        (away(date(2026, 11, 28), date(2026, 12, 2)), "28 November to 2 December"),
        (away(date(2026, 12, 28), date(2027, 1, 2)), "28 December to 2 January 2027"),
        (away(date(2027, 2, 1), date(2027, 2, 12)), "1 to 12 February 2027"),
        (
            away(FIRST, date(2026, 12, 3), "12:00-09:00"),
            "1 December 12:00 to 3 December 09:00",
        ),
        (
            away(FIRST, date(2026, 12, 3), "12:00-00:00"),
            "1 December 12:00 to the end of 3 December",
        ),
    ],
)
def test_time_off_is_told_as_people_write_it(told: TimeOff, words: str) -> None:
    assert absence_words(told) == words


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("Mondays 09:00-12:00, every day", '<span class="nowrap">09:00-12:00,</span>'),
        ("Tuesday 20:00-midnight", '<span class="nowrap">20:00-midnight</span>'),
        ("09:00-12:00<script>", '<span class="nowrap">09:00-12:00</span>&lt;script&gt;'),
    ],
)
def test_the_two_ends_of_hours_are_not_broken_apart(words: str, kept: str) -> None:
    assert kept in unbroken(words)
