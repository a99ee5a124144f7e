"""Which appointments a schedule no longer covers."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence

from medicare_core.appointments import Appointment
from medicare_core.availability import Busy, Schedule, windows
from medicare_core.errors import RefusalCode
from medicare_core.period import Period
from medicare_core.slots import merge
from medicare_core.wall_clock import local_day

Stretches = list[tuple[int, int]]
"""Disjoint half-open UTC minutes, ascending."""


def stranded(
    schedule: Schedule, busy: Sequence[Busy], appointments: Iterable[Appointment]
) -> list[Appointment]:
    """The appointments that lie outside the hours, or in time off, in whole or in part.

    `busy` must hold the time off and closures that overlap them; other reasons do not count, and
    neither does the grid: a visit of another length inside the hours is not stranded.
    """
    wanted = list(appointments)
    days = [local_day(schedule.zone, each.period.start) for each in wanted]
    if not days:
        return []
    hours = merge(windows(schedule.rules, schedule.zone, min(days) - 1, max(days) + 1))
    absences = schedule.away() + [off for off in busy if off.reason == RefusalCode.TIME_OFF]
    away = merge(absences)
    return [each for each in wanted if not _cover(hours, each.period) or _touch(away, each.period)]


def _cover(stretches: Stretches, period: Period) -> bool:
    index = bisect_right(stretches, period.start, key=lambda stretch: stretch[0]) - 1
    return index >= 0 and period.end <= stretches[index][1]


def _touch(stretches: Stretches, period: Period) -> bool:
    index = bisect_right(stretches, period.start, key=lambda stretch: stretch[1])
    return index < len(stretches) and stretches[index][0] < period.end
