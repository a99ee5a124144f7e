"""A week as a picture: hours down, days across, all by the wall clock of one zone.

The pages have no style attributes, so a day is an SVG whose shapes are placed by their attributes.
On the days on which clocks change it is drawn as clocks read: what lasts over the change looks an
hour longer or shorter than it is, and what lies in the hour that comes twice is set to the right.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from textwrap import wrap
from zoneinfo import ZoneInfo

from attrs import frozen

from medicare_django.web import times

DAYS = 7
_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
_HOUR = 60
_USUAL_HOURS = (8, 18)
_LINE, _TWO_LINES = 28, 44  # pixels: a visit is a target for a pointer, and has words in it
_HOUR_HEIGHTS = (56, 88, 168)  # the least, one that is still seen at a glance, the most
_LINE_LENGTH = 17  # characters
_LINE_HEIGHT = 17


class Kind(StrEnum):
    """In the order in which they are drawn, the last one on top."""

    HOURS = "hours"
    AWAY = "away"
    APPOINTMENT = "appointment"


_NAMES = {Kind.HOURS: "Hours", Kind.AWAY: "Time off", Kind.APPOINTMENT: "Appointment"}


@frozen
class Span:
    """`label` is a word or a name; `mark` says why it `is_marked`, and so drawn to be seen first."""

    kind: Kind
    starts_at: datetime
    ends_at: datetime
    label: str = ""
    url: str = ""
    is_marked: bool = False
    mark: str = ""

    @property
    def name(self) -> str:
        return self.label or _NAMES[self.kind]


@frozen
class Block:
    """What one day shows of a span. `left`, `top` and `height` say where: percent, pixels, pixels."""

    span: Span
    starts: str
    ends: str
    left: int
    top: int
    height: int

    @property
    def times(self) -> str:
        if self.starts == self.ends == "00:00":
            return "all day"
        return f"{self.starts} to {self.ends}"

    @property
    def lines(self) -> list[str]:
        """The label, as far as there is room; a visit's first line is its time.

        The last one may be too long, and is cut where the block ends.
        """
        taken = 1 if self.span.kind is Kind.APPOINTMENT else 0
        room = max((self.height - 8) // _LINE_HEIGHT - taken, 0)
        lines = wrap(self.span.label, _LINE_LENGTH, break_on_hyphens=False)
        if len(lines) <= room or not room:
            return lines[:room]
        return [*lines[: room - 1], " ".join(lines[room - 1 :])]

    @property
    def words(self) -> str:
        """Such as "09:30 to 10:00, Ben Amor"."""
        parts = (self.times, self.span.name, self.span.mark)
        return ", ".join(part for part in parts if part)


@frozen
class Day:
    """`blocks` in the order of drawing, `now` in pixels from the top on the day that it is."""

    on: date
    blocks: tuple[Block, ...]
    is_today: bool = False
    now: int | None = None

    @property
    def in_order(self) -> list[Block]:
        return sorted(self.blocks, key=lambda block: block.span.starts_at)


@frozen
class WeekGrid:
    """`ticks` are the hours beside the days, each with its distance from the top in pixels."""

    days: tuple[Day, ...]
    ticks: tuple[tuple[str, int], ...]
    hour_height: int
    height: int


def week_grid(
    spans: Iterable[Span], zone: ZoneInfo, monday: date, now: datetime | None = None
) -> WeekGrid:
    """Shows what is not out of the week; without `now` no day is marked as today."""
    clocks = [_Clock.of(span, zone) for span in sorted(spans, key=_drawing_order)]
    dates = [monday + timedelta(days=number) for number in range(DAYS)]
    parts = {on: [part for each in clocks if (part := each.on(on))] for on in dates}
    scale = _scale([part for own in parts.values() for part in own])
    here = None if now is None else now.astimezone(zone)
    return WeekGrid(
        tuple(_day(on, parts[on], scale, here) for on in dates),
        tuple((f"{hour:02}:00", scale.y(hour * _HOUR)) for hour in scale.hours),
        scale.hour_height,
        scale.y(scale.last),
    )


@frozen
class _Scale:
    first: int
    last: int
    hour_height: int

    @property
    def hours(self) -> range:
        return range(self.first // _HOUR, self.last // _HOUR)

    def y(self, minute: int) -> int:
        return round(
            (min(max(minute, self.first), self.last) - self.first) * self.hour_height / 60
        )


@frozen
class _Clock:
    """A span as clocks on the wall show it."""

    span: Span
    start: datetime
    end: datetime
    is_second: bool

    @classmethod
    def of(cls, span: Span, zone: ZoneInfo) -> "_Clock":
        start, end = span.starts_at.astimezone(zone), span.ends_at.astimezone(zone)
        first, last = start.replace(tzinfo=None, fold=0), end.replace(tzinfo=None, fold=0)
        if last <= first:  # put back while it lasts
            last = first + (span.ends_at.astimezone(UTC) - span.starts_at.astimezone(UTC))
        return cls(span, first, last, bool(start.fold))

    def on(self, day: date) -> "_Part | None":
        midnight = datetime.combine(day, time.min)
        start, end = max(self.start, midnight), min(self.end, midnight + _DAY)
        if start >= end:
            return None
        if self.span.kind is Kind.APPOINTMENT:  # a visit over midnight is told whole
            starts, ends = self.start, self.end
        else:
            starts, ends = start, end
        first, last = ((each - midnight) // _MINUTE for each in (start, end))
        return _Part(self, first, last, times.clock(starts), times.clock(ends))


@frozen
class _Part:
    """The minutes of one day that a span takes, and the times that it is told by."""

    clock: _Clock
    start: int
    end: int
    starts: str
    ends: str


def _drawing_order(span: Span) -> tuple[int, bool, datetime]:
    return list(Kind).index(span.kind), span.is_marked, span.starts_at


def _scale(parts: Sequence[_Part]) -> _Scale:
    """Time off does not make the picture longer: nobody need see a night that they have off."""
    used = [part for part in parts if part.clock.span.kind is not Kind.AWAY]
    first = min((part.start // _HOUR for part in used), default=24)
    last = max((-(-part.end // _HOUR) for part in used), default=0)
    visits = [part for part in used if part.clock.span.kind is Kind.APPOINTMENT]
    shortest = min((part.end - part.start for part in visits), default=_HOUR)
    least, usual, most = _HOUR_HEIGHTS
    wanted = max(min(_TWO_LINES * _HOUR // shortest, usual), _LINE * _HOUR // shortest)
    return _Scale(
        min(first, _USUAL_HOURS[0]) * _HOUR,
        max(last, _USUAL_HOURS[1]) * _HOUR,
        min(max(wanted, least), most),
    )


def _day(on: date, parts: Sequence[_Part], scale: _Scale, here: datetime | None) -> Day:
    is_today = here is not None and here.date() == on
    minute = here.hour * _HOUR + here.minute if here is not None and is_today else -1
    now = scale.y(minute) if scale.first <= minute <= scale.last else None
    return Day(on, tuple(_block(part, scale) for part in parts), is_today, now)


def _block(part: _Part, scale: _Scale) -> Block:
    top = scale.y(part.start)
    left, height = 50 if part.clock.is_second else 0, scale.y(part.end) - top
    return Block(part.clock.span, part.starts, part.ends, left, top, height)
