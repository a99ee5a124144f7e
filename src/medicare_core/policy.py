"""How soon, how far ahead and how late patients may book, move and cancel."""

from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from attrs import frozen

from medicare_core.appointments import Appointment
from medicare_core.availability import check_integer
from medicare_core.errors import InvalidValue, NotLive, TooLate
from medicare_core.period import to_minutes_down, to_minutes_up
from medicare_core.wall_clock import local_day


class Actor(StrEnum):
    """On whose behalf something is done: the cut-off binds patients only."""

    PATIENT = "patient"
    CLINIC = "clinic"


@frozen
class BookingPolicy:
    """Notice and cut-off are elapsed minutes; the horizon is a number of dates after today's."""

    notice_minutes: int = 60
    horizon_days: int = 180
    cancel_cutoff_minutes: int = 120

    def __attrs_post_init__(self) -> None:
        check_integer(self.notice_minutes, "notice_minutes", 0, 43_200)
        check_integer(self.horizon_days, "horizon_days", 1, 3650)
        check_integer(self.cancel_cutoff_minutes, "cancel_cutoff_minutes", 0, 43_200)

    def earliest_start(self, now: datetime) -> int:
        """The first UTC minute that may be booked; exactly the notice ahead is soon enough."""
        return to_minutes_up(now) + self.notice_minutes

    def last_day(self, now: datetime, zone: ZoneInfo) -> int:
        """The number of the last local day that may be booked, inclusive."""
        return local_day(zone, to_minutes_down(now)) + self.horizon_days

    def check_change(self, appointment: Appointment, now: datetime, by: Actor) -> None:
        """Raise `NotLive` or `TooLate` unless it may be moved or cancelled by this actor now.

        A patient may until the cut-off, exactly then included; the clinic until it is over.
        """
        if by not in list(Actor):
            raise InvalidValue("by", "Say patient or clinic.")
        if not appointment.is_live:
            raise NotLive("This appointment has been cancelled.")
        if to_minutes_down(now) >= appointment.period.end:
            raise TooLate("This appointment is over.")
        latest = appointment.period.start - self.cancel_cutoff_minutes
        if by == Actor.PATIENT and to_minutes_up(now) > latest:
            raise TooLate(
                "It is too late to change this appointment here. Please call the clinic."
            )
