"""How much of the time that a doctor offers is booked."""

from collections.abc import Iterable, Sequence
from datetime import date

from attrs import frozen

from medicare_core.availability import Busy, Schedule, windows
from medicare_core.errors import RefusalCode
from medicare_core.slots import check_days, merge
from medicare_core.wall_clock import DAY, to_utc

Stretches = list[tuple[int, int]]


@frozen
class Utilisation:
    """Minutes: `offered` by the hours, time off and closures taken out; `booked` by appointments.

    All appointments count, in full: a patient is seen outside the hours too, and the hours of the
    past may have been edited since. `outside` is how many minutes of `booked` are not offered.
    """

    offered: int = 0
    booked: int = 0
    outside: int = 0

    @property
    def share(self) -> float:
        """From 0 to 1: of all time that is offered or booked, what is booked; 0 of none."""
        whole = self.offered + self.outside
        return self.booked / whole if whole else 0.0


def utilisation(
    schedule: Schedule, busy: Sequence[Busy], first_on: date, days: int
) -> Utilisation:
    """What falls into these local dates, each from its first midnight to the next date's.

    `busy` must hold the doctor's appointments, time off and closures that overlap them. Adjoining
    dates add up, since a visit or window over midnight is shared out between them.
    Raises `InvalidValue`.
    """
    first, zone = check_days(first_on, days), schedule.zone
    begin, end = to_utc(zone, first * DAY), to_utc(zone, (first + days) * DAY)

    def within(stretches: Iterable[tuple[int, int]]) -> Stretches:
        return [(max(start, begin), min(stop, end)) for start, stop in stretches]

    opened = windows(schedule.rules, zone, first - 1, first + days - 1)
    hours = within((start, stop) for start, stop, _ in opened)
    absences = [*busy, *schedule.away()]
    away = within(each[:2] for each in absences if each.reason == RefusalCode.TIME_OFF)
    visits = within(each[:2] for each in busy if each.reason == RefusalCode.SLOT_TAKEN)
    off = _minutes(away)
    offered, booked = _minutes(hours, away) - off, _minutes(visits)
    # What the hours and the visits share, by what they come to together.
    inside = offered + _minutes(visits, away) - _minutes(hours, visits, away)
    return Utilisation(offered, booked, booked - inside)


def _minutes(*groups: Stretches) -> int:
    """How many there are in any of these stretches."""
    return sum(end - start for start, end in merge(each for group in groups for each in group))
