"""What holds for the free times of every schedule."""

from datetime import date, datetime, time, timedelta

from attrs import evolve
from hypothesis import assume, given
from hypothesis import strategies as st

from medicare_core.availability import Busy, TimeOff
from medicare_core.errors import RefusalCode
from medicare_core.policy import BookingPolicy
from medicare_core.slots import Slot
from tests.unit.oracle import EPOCH, MINUTE
from tests.unit.strategies import (
    Situation,
    busy_times,
    rules,
    situations,
    telling_dates,
    times_off,
)


@given(situations(max_days=6))
def test_the_days_of_a_range_are_listed_without_a_seam(situation: Situation) -> None:
    days = [situation.first_on + timedelta(days=day) for day in range(situation.days)]

    listed = [situation.agenda.free_starts(day) for day in days]

    assert sum(map(len, listed)) == len(situation.free_starts())
    assert {start: each[start] for each in listed for start in each} == situation.free_starts()


@given(situations(max_days=6))
def test_free_times_are_in_order_and_bear_the_dates_that_were_asked_for(
    situation: Situation,
) -> None:
    slots = situation.agenda.free_slots(situation.first_on, situation.days)
    last_on = situation.first_on + timedelta(days=situation.days - 1)

    assert [slot.period.start for slot in slots] == sorted(situation.free_starts())
    assert all(situation.first_on <= slot.starts_at.date() <= last_on for slot in slots)
    assert all(slot.ends_at.timestamp() - slot.starts_at.timestamp() > 0 for slot in slots)


@given(situations(), st.data())
def test_another_appointment_never_adds_a_time(situation: Situation, data: st.DataObject) -> None:
    busy = data.draw(busy_times(situation.first_on))

    assert situation.with_busy(busy).free_starts().items() <= situation.free_starts().items()


@given(situations(), st.data())
def test_more_time_off_never_adds_a_time(situation: Situation, data: st.DataObject) -> None:
    time_off = data.draw(times_off(situation.first_on))

    less = situation.with_time_off(time_off).free_starts()

    assert less.items() <= situation.free_starts().items()


@given(situations(), st.integers(0, 2000))
def test_more_notice_never_adds_a_time(situation: Situation, more: int) -> None:
    policy = situation.policy
    longer = evolve(policy, notice_minutes=policy.notice_minutes + more)

    less = evolve(situation, policy=longer).free_starts()

    assert less.items() <= situation.free_starts().items()


@given(situations(), st.randoms(use_true_random=False))
def test_the_order_of_rules_exceptions_and_appointments_does_not_matter(
    situation: Situation, random: st.DataObject
) -> None:
    schedule, busy = situation.schedule, situation.busy
    turned = evolve(
        situation,
        schedule=evolve(
            schedule, rules=schedule.rules[::-1], exceptions=schedule.exceptions[::-1]
        ),
        busy=busy[len(busy) // 2 :] + busy[: len(busy) // 2],
    )
    instants = [EPOCH + m * MINUTE for m in list(situation.oracle.minutes())[::45]]

    assert turned.free_starts() == situation.free_starts()
    assert [turned.agenda.explain(instant) for instant in instants] == [
        situation.agenda.explain(instant) for instant in instants
    ]
