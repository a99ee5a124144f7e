"""Schedules and what goes with them, mostly round a change of the clocks."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from attrs import evolve, field, frozen
from hypothesis import strategies as st

from medicare_core.availability import (
    AvailabilityRule,
    Busy,
    Repeat,
    Schedule,
    TimeOff,
    Weekday,
)
from medicare_core.errors import RefusalCode
from medicare_core.policy import BookingPolicy
from medicare_core.slots import Agenda
from tests.unit.oracle import EPOCH, MINUTE, Oracle
from tests.unit.zones import NAMES, change_dates

MIDNIGHT = time()
ORDINARY_DATES = st.dates(date(2005, 1, 10), date(2039, 1, 1))
TAKEN = (RefusalCode.SLOT_TAKEN, RefusalCode.PATIENT_BUSY)

five_minute_times = st.builds(time, st.integers(0, 23), st.integers(0, 11).map(lambda n: n * 5))
round_times = st.sampled_from([time(h, m) for h in (0, 1, 2, 3, 9, 12, 22, 23) for m in (0, 30)])
times = five_minute_times | round_times
lengths = st.sampled_from([5, 10, 15, 20, 30, 45, 60, 90, 240, 1440]) | st.integers(1, 30).map(
    lambda n: n * 5
)


@frozen
class Situation:
    """One doctor's schedule, and the dates that are asked about, as somebody sees them `now`."""

    schedule: Schedule
    now: datetime
    policy: BookingPolicy
    busy: list[Busy] = field(repr=False)
    first_on: date
    days: int

    @property
    def agenda(self) -> Agenda:
        return Agenda(self.schedule, self.now, self.policy, self.busy)

    @property
    def oracle(self) -> Oracle:
        return Oracle(self.schedule, self.now, self.policy, self.busy, self.first_on, self.days)

    def free_starts(self) -> dict[int, int]:
        return self.agenda.free_starts(self.first_on, self.days)

    def with_busy(self, *busy: Busy) -> "Situation":
        return evolve(self, busy=[*self.busy, *busy])

    def with_time_off(self, time_off: TimeOff) -> "Situation":
        exceptions = (*self.schedule.exceptions, time_off)
        return evolve(self, schedule=evolve(self.schedule, exceptions=exceptions))


@st.composite
def telling_dates(draw: st.DrawFn, zone: ZoneInfo) -> date:
    """Often a day or two round a change of the clocks of this zone."""
    changes = change_dates(zone.key)
    if not changes or draw(st.integers(0, 3)) == 0:
        return draw(ORDINARY_DATES)
    return draw(st.sampled_from(changes)) + timedelta(days=draw(st.integers(-2, 1)))


@st.composite
def rules(draw: st.DrawFn, around: date) -> AvailabilityRule:
    pattern = draw(st.sampled_from(Repeat))
    repeats, weekly = pattern is not Repeat.NONE, pattern is Repeat.WEEKLY
    start_date = around + timedelta(days=draw(st.integers(-40 if repeats else -2, 4)))
    start_time = draw(times)
    end_time = draw(times.filter(lambda end: end != start_time or end == MIDNIGHT))
    length = draw(st.none() | st.integers(0, 60)) if repeats else None
    return AvailabilityRule(
        start_date=start_date,
        start_time=start_time,
        end_time=end_time,
        end_date=None if length is None else start_date + timedelta(days=length),
        repeat_pattern=pattern,
        repeat_days=draw(st.frozensets(st.sampled_from(Weekday), min_size=1)) if weekly else (),
        repeat_interval=draw(st.sampled_from([1, 1, 2, 3, 5])) if weekly else 1,
        slot_minutes=draw(lengths),
    )


@st.composite
def times_off(draw: st.DrawFn, around: date) -> TimeOff:
    start_date = around + timedelta(days=draw(st.integers(-2, 3)))
    days = draw(st.none() | st.integers(0, 3))
    end_date = None if days is None else start_date + timedelta(days=days)
    if draw(st.booleans()):
        return TimeOff(start_date, end_date)
    start_time = draw(times | st.times().map(lambda t: t.replace(second=0, microsecond=0)))
    end_time = draw(times.filter(lambda end: end != start_time or end == MIDNIGHT))
    return TimeOff(start_date, end_date, start_time, end_time)


@st.composite
def busy_times(draw: st.DrawFn, around: date) -> Busy:
    midnight = (datetime.combine(around, MIDNIGHT, UTC) - EPOCH) // MINUTE
    start = midnight + 5 * draw(st.integers(-300, 1100))
    length = 5 * draw(st.integers(1, 24) | st.integers(1, 400))
    return Busy(start, start + length, draw(st.sampled_from(TAKEN)))


@st.composite
def policies(draw: st.DrawFn) -> BookingPolicy:
    notice = draw(st.sampled_from([0, 0, 60, 61, 1440]) | st.integers(0, 5000))
    return BookingPolicy(notice, draw(st.integers(1, 4) | st.just(180)))


@st.composite
def situations(draw: st.DrawFn, max_days: int = 3) -> Situation:
    zone = ZoneInfo(draw(st.sampled_from(NAMES)))
    first_on = draw(telling_dates(zone))
    before = draw(st.integers(0, 4 * 1440) | st.sampled_from([0, 1440, 2880, 20_000]))
    days = draw(st.integers(1, max_days))
    now = datetime.combine(first_on, time(23, 59), UTC) - before * MINUTE
    return Situation(
        Schedule(
            zone,
            draw(st.lists(rules(first_on), min_size=1, max_size=3)),
            draw(st.lists(times_off(first_on), max_size=2)),
        ),
        now + timedelta(seconds=draw(st.sampled_from([0, 0, 1, 59]))),
        draw(policies()),
        draw(st.lists(busy_times(first_on), max_size=6)),
        first_on,
        days,
    )
