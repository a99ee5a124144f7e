"""Dates and times as people write them. None of it depends on where the reader is."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def day(value: date) -> str:
    """Such as "Tuesday 1 December", with the year where it is not this one."""
    return f"{_DAYS[value.weekday()]} {date_words(value)}"


def short_day(value: date) -> str:
    """Such as "Tue 1 Dec", with the year where it is not this one."""
    return f"{_DAYS[value.weekday()][:3]} {value.day} {_MONTHS[value.month - 1][:3]}{_year(value)}"


def date_words(value: date) -> str:
    """Such as "1 December", with the year where it is not this one."""
    return f"{value.day} {_MONTHS[value.month - 1]}{_year(value)}"


def month(value: date) -> str:
    return f"{_MONTHS[value.month - 1]} {value.year}"


def months(first: date, last: date) -> str:
    """Such as "June 2031" or, of two months, "Jun and Jul 2031"."""
    if (first.year, first.month) == (last.year, last.month):
        return month(first)
    ends = f"{_MONTHS[last.month - 1][:3]} {last.year}"
    year = "" if first.year == last.year else f" {first.year}"
    return f"{_MONTHS[first.month - 1][:3]}{year} and {ends}"


def weekday(number: int) -> str:
    return _DAYS[number]


def clock(value: time | datetime) -> str:
    return f"{value:%H:%M}"


def zone_words(name: str) -> str:
    """Such as "Lisbon time"; nothing for the clinic's own zone, which nobody need be told."""
    if name == settings.TIME_ZONE:
        return ""
    return f"{name.rpartition('/')[2].replace('_', ' ')} time"


def today(zone: str | None = None) -> date:
    """In this zone, or in the clinic's."""
    return timezone.localdate(timezone=ZoneInfo(zone or settings.TIME_ZONE))


def _year(value: date) -> str:
    return "" if value.year == today().year else f" {value.year}"
