"""Which appointments a schedule no longer covers."""

from collections.abc import Iterable, Sequence

from medicare_core.appointments import Appointment
from medicare_core.availability import Busy, Schedule, windows
from medicare_core.errors import RefusalCode
from medicare_core.slots import merge
from medicare_core.wall_clock import local_day


def stranded(
    schedule: Schedule, busy: Sequence[Busy], appointments: Iterable[Appointment]
) -> list[Appointment]:
    """The appointments that lie outside the hours, or in time off, in whole or in part.

    `busy` must hold the time off and closures that overlap them; other reasons do not count, and
    neither does the grid: a visit of another length inside the hours is not stranded.
    """
    away = schedule.away() + [
        stretch for stretch in busy if stretch.reason == RefusalCode.TIME_OFF
    ]
    return [each for each in appointments if _is_stranded(schedule, away, each)]


def _is_stranded(schedule: Schedule, away: Iterable[Busy], appointment: Appointment) -> bool:
    period = appointment.period
    if any(max(off.start, period.start) < min(off.end, period.end) for off in away):
        return True
    day = local_day(schedule.zone, period.start)
    hours = merge(windows(schedule.rules, schedule.zone, day - 1, day + 1))
    return not any(start <= period.start and period.end <= end for start, end in hours)
