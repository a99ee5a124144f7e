"""The geometry of charts: in per cent across, so that they fit any screen, and in pixels down."""

from collections.abc import Sequence
from datetime import date

from attrs import frozen

from medicare_django.scheduling.figures import DayFigures

HEIGHT = 200
"""Of the part with the bars, in pixels."""
_STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
_MOST_LINES = 5
_MOST_DATES = 5
_GAP = 0.2
"""Of the width of a day, left free beside its bar."""


@frozen
class Bar:
    """The appointments of one day; `y` is the upper end of what is booked."""

    figures: DayFigures
    x: float
    width: float
    y: float
    height: float
    is_past: bool
    is_today: bool

    @property
    def middle(self) -> float:
        return round(self.x + self.width / 2, 3)


@frozen
class Line:
    number: int
    y: float


@frozen
class DayChart:
    bars: list[Bar]
    lines: list[Line]
    dated: list[Bar]
    """Those whose dates are written below: Mondays, not too many of them."""


def day_chart(figures: Sequence[DayFigures], today: date) -> DayChart:
    most = max((each.booked for each in figures), default=0)
    step = _step(most)
    top = step * max(1, -(-most // step))
    lines = [Line(number, _y(number, top)) for number in range(0, top + 1, step)]
    slot = 100 / max(len(figures), 1)
    bars = [
        Bar(
            each,
            x=round((index + _GAP / 2) * slot, 3),
            width=round((1 - _GAP) * slot, 3),
            y=_y(each.booked, top),
            height=round(HEIGHT - _y(each.booked, top), 1),
            is_past=each.on < today,
            is_today=each.on == today,
        )
        for index, each in enumerate(figures)
    ]
    return DayChart(bars, lines, _dated(bars))


def _step(most: int) -> int:
    return next((step for step in _STEPS if most <= step * _MOST_LINES), most)


def _y(number: int, top: int) -> float:
    return round(HEIGHT - HEIGHT * number / top, 1)


def _dated(bars: list[Bar]) -> list[Bar]:
    mondays = [bar for bar in bars if bar.figures.on.weekday() == 0]
    every = -(-len(mondays) // _MOST_DATES) or 1
    return mondays[::every]
