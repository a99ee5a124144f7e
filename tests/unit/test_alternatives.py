from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medicare_core.availability import AvailabilityRule, Repeat, Schedule
from medicare_core.booking import BookingService
from medicare_core.errors import TimeRefused
from medicare_core.policy import BookingPolicy
from tests.unit.in_memory_back_end import InMemoryBackEnd
from tests.unit.strategies import Situation, situations

NOW = datetime(2026, 5, 31, 12, tzinfo=UTC)
MONDAY = date(2026, 6, 1)


def rule(start: time, end: time, weeks: int = 1) -> AvailabilityRule:
    return AvailabilityRule(
        MONDAY,
        start,
        end,
        repeat_pattern=Repeat.WEEKLY,
        repeat_days=frozenset({MONDAY.weekday()}),
        repeat_interval=weeks,
    )


def refused_alternatives(
    schedule: Schedule, wanted: datetime, now: datetime, horizon_days: int
) -> tuple[list[datetime], list[datetime]]:
    """What a refusal names, and all free times there are, the nearest first."""
    back_end = InMemoryBackEnd()
    policy = BookingPolicy(0, horizon_days)
    service = BookingService(back_end.begin, back_end.unlocked, policy)
    doctor, patient = back_end.add_doctor(schedule), back_end.add_patient()
    if service.explain(doctor, wanted, now=now) is None:
        service.book(doctor, patient, wanted, now=now)
    with pytest.raises(TimeRefused) as refused:
        service.book(doctor, back_end.add_patient(), wanted, now=now)

    today = now.astimezone(schedule.zone).date()
    listed = service.free_slots(doctor, today, horizon_days + 1, now=now)
    free = [slot.starts_at.astimezone(UTC) for slot in listed]
    nearest = sorted(free, key=lambda start: (abs(start - wanted), start))
    return [start.astimezone(UTC) for start in refused.value.alternatives], nearest


@given(situations(), st.integers(-2 * 1440, 50 * 1440), st.integers(1, 40))
def test_the_alternatives_are_the_nearest_of_all_free_times(
    situation: Situation, minutes_after: int, horizon_days: int
) -> None:
    hour = situation.now.replace(minute=0, second=0)
    wanted = hour + timedelta(minutes=minutes_after // 5 * 5)

    named, nearest = refused_alternatives(situation.schedule, wanted, situation.now, horizon_days)

    assert named == nearest[:3]


def test_the_earlier_of_two_that_are_equally_near_comes_first() -> None:
    schedule = Schedule(ZoneInfo("UTC"), [rule(time(9), time(11))])
    wanted = datetime(2026, 6, 1, 9, 30, tzinfo=UTC)

    named, _ = refused_alternatives(schedule, wanted, NOW, 7)

    assert [start.hour * 60 + start.minute for start in named] == [540, 600, 630]


def test_alternatives_are_found_weeks_away() -> None:
    schedule = Schedule(ZoneInfo("UTC"), [rule(time(9), time(9, 30), weeks=4)])
    wanted = datetime(2026, 6, 1, 9, tzinfo=UTC)

    named, _ = refused_alternatives(schedule, wanted, NOW, 180)

    assert [start.date().isoformat() for start in named] == [
        "2026-06-29",
        "2026-07-27",
        "2026-08-24",
    ]


def test_a_time_before_is_named_though_times_after_are_found_sooner() -> None:
    before = AvailabilityRule(date(2026, 6, 7), time(23), time(0))
    after = AvailabilityRule(date(2026, 6, 12), time(20), time(21, 30))
    wanted = datetime(2026, 6, 10, tzinfo=UTC)

    named, _ = refused_alternatives(Schedule(ZoneInfo("UTC"), [before, after]), wanted, NOW, 30)

    assert [start.isoformat()[:16] for start in named] == [
        "2026-06-07T23:30",
        "2026-06-07T23:00",
        "2026-06-12T20:00",
    ]


def test_the_alternatives_of_a_time_too_far_ahead_are_the_last_ones() -> None:
    schedule = Schedule(ZoneInfo("America/Los_Angeles"), [rule(time(9), time(21))])
    wanted = datetime(2027, 6, 1, 9, tzinfo=UTC)

    named, _ = refused_alternatives(schedule, wanted, NOW, 8)

    local = [start.astimezone(schedule.zone).isoformat()[:16] for start in named]
    assert local == ["2026-06-08T20:30", "2026-06-08T20:00", "2026-06-08T19:30"]


def test_there_are_none_where_nothing_is_free() -> None:
    named, _ = refused_alternatives(Schedule(ZoneInfo("UTC")), NOW, NOW, 180)

    assert named == []
