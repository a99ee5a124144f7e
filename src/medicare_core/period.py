"""The one interval type, and the one way from an instant to a number of minutes."""

from datetime import UTC, datetime, timedelta

from attrs import field, frozen

from medicare_core.errors import InvalidValue
from medicare_core.wall_clock import FIRST_DATE, LAST_DATE, check_date

CELL_MINUTES = 5
"""Starts and lengths are multiples of this: every UTC offset in use is one too."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)
_MARGIN = timedelta(days=1)  # by which a date of some zone may reach beyond that of UTC


def to_minutes(instant: datetime, name: str = "start") -> int:
    """Minutes since 1970 in UTC; an instant with seconds, or without an offset, is refused."""
    minutes, rest = divmod(aware(instant, name) - _EPOCH, _MINUTE)
    if rest:
        raise InvalidValue(name, "Give whole minutes, without seconds.")
    return minutes


def to_minutes_down(instant: datetime, name: str = "now") -> int:
    """The last whole minute at or before the instant."""
    return (aware(instant, name) - _EPOCH) // _MINUTE


def to_minutes_up(instant: datetime, name: str = "now") -> int:
    """The first whole minute at or after the instant."""
    return -((_EPOCH - aware(instant, name)) // _MINUTE)


def to_instant(minutes: int) -> datetime:
    return _EPOCH + timedelta(minutes=minutes)


def aware(instant: object, name: str) -> datetime:
    """Raise `InvalidValue` unless it is a datetime that knows its offset, in years we can trust."""
    if not isinstance(instant, datetime) or instant.utcoffset() is None:
        raise InvalidValue(name, "Give a date and time with an offset from UTC.")
    if not FIRST_DATE - _MARGIN <= instant.date() <= LAST_DATE + _MARGIN:
        check_date(instant.date(), name)
    return instant


@frozen(order=True)
class Period:
    """A half-open span of time, `start` inside and `end` outside, in minutes since 1970 (UTC)."""

    start: int
    end: int = field()

    @end.validator
    def _end_after_start(self, _: object, end: int) -> None:
        if end <= self.start:
            raise InvalidValue("end", "A period ends after it starts.")

    @classmethod
    def between(cls, starts_at: datetime, ends_at: datetime) -> "Period":
        return cls(to_minutes(starts_at, "starts_at"), to_minutes(ends_at, "ends_at"))

    @property
    def starts_at(self) -> datetime:
        return to_instant(self.start)

    @property
    def ends_at(self) -> datetime:
        return to_instant(self.end)

    @property
    def minutes(self) -> int:
        return self.end - self.start

    @property
    def cells(self) -> range:
        """The numbers of the five-minute UTC cells that the period touches, ascending."""
        return range(self.start // CELL_MINUTES, -(-self.end // CELL_MINUTES))

    def overlaps(self, other: "Period") -> bool:
        return self.start < other.end and other.start < self.end
