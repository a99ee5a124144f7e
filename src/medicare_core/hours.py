"""When a doctor works, to be shown; what may be booked is for `slots` to say."""

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
    return tuple(Period(*each) for each in merge(each for each in found if each[0] < each[1]))
