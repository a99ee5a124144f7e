"""Zones whose clocks do telling things, and every change of them."""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

NAMES = (
    "UTC",
    "Africa/Cairo",  # changed at midnight, gave summer time up and took it back
    "Africa/Casablanca",  # two more changes in most years, round Ramadan
    "America/Caracas",  # half an hour, for good
    "America/Havana",  # changes at midnight
    "America/New_York",
    "America/Nuuk",
    "America/Sao_Paulo",  # the gap was at midnight: days without 00:00
    "America/St_Johns",  # changed at 00:01, into the day before
    "Antarctica/Troll",  # two hours of summer time
    "Asia/Beirut",  # changes at midnight
    "Asia/Gaza",
    "Asia/Kathmandu",  # a quarter of an hour off
    "Asia/Pyongyang",
    "Asia/Tehran",
    "Atlantic/Azores",
    "Australia/Lord_Howe",  # half an hour of summer time
    "Europe/Berlin",
    "Europe/Istanbul",
    "Europe/London",
    "Pacific/Apia",  # skipped 2011-12-30
    "Pacific/Chatham",
    "Pacific/Fakaofo",  # skipped it as well
    "Pacific/Honolulu",
    "Pacific/Kiritimati",
)

FIRST = datetime(2000, 1, 3, tzinfo=UTC)
LAST = datetime(2040, 12, 31, tzinfo=UTC)


@cache
def changes(name: str) -> tuple[datetime, ...]:
    """The first minute of every new offset of this zone, 2000-2040."""
    zone = ZoneInfo(name)
    found: list[datetime] = []
    day = FIRST
    while day < LAST:
        after = day + timedelta(days=1)
        if offset(day, zone) != offset(after, zone):
            found.append(_bisect(zone, day, after))
        day = after
    return tuple(found)


def change_dates(name: str) -> list[date]:
    """The local dates on which the clocks change."""
    return [change.astimezone(ZoneInfo(name)).date() for change in changes(name)]


def offset(instant: datetime, zone: ZoneInfo) -> timedelta | None:
    return instant.astimezone(zone).utcoffset()


def _bisect(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    while after - before > timedelta(minutes=1):
        middle = before + (after - before) // timedelta(minutes=2) * timedelta(minutes=1)
        if offset(middle, zone) == offset(before, zone):
            before = middle
        else:
            after = middle
    return after
