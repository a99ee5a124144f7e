"""When a doctor works, to be shown; what may be booked is for `slots` to say."""

from collections.abc import Iterable
from datetime import date

from medicare_core.availability import Schedule, windows
from medicare_core.period import Period
from medicare_core.slots import check_days, merge


def hours(schedule: Schedule, first_on: date, days: int = 1) -> tuple[Period, ...]:
    """The windows that begin on these dates of the doctor's wall clock, in order.

    Those that overlap or touch are one. Time off is not cut out of them. Raises `InvalidValue`.
    """
    first = check_days(first_on, days)
    found = windows(schedule.rules, schedule.zone, first, first + days - 1)
    return tuple(Period(*each) for each in merge(found))


def gaps(hours: Iterable[Period], taken: Iterable[Period]) -> tuple[Period, ...]:
    """What of the hours none of the others takes, in order."""
    found = []
    blocked = merge((each.start, each.end) for each in taken)
    for each in hours:
        start = each.start
        for blocked_from, blocked_to in blocked:
            if start < blocked_from and start < each.end:
                found.append(Period(start, min(blocked_from, each.end)))
            start = max(start, blocked_to)
        if start < each.end:
            found.append(Period(start, each.end))
    return tuple(found)
