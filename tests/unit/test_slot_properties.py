"""What holds for the free times of every schedule."""

from datetime import timedelta
from itertools import pairwise
from random import Random

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from medicare_core.availability import Busy
from medicare_core.booking import BookingService
from medicare_core.errors import RefusalCode
from medicare_core.ids import DoctorId
from medicare_core.in_memory import InMemoryClinic
from medicare_core.policy import BookingPolicy
from medicare_core.slots import Slot
from tests.unit.oracle import EPOCH, MINUTE
from tests.unit.strategies import (
    Situation,
    busy_times,
    rules,
    situations,
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
    situation: Situation, random: Random
) -> None:
    schedule, busy = situation.schedule, situation.busy
    mixed = evolve(
        situation,
        schedule=evolve(
            schedule,
            rules=random.sample(schedule.rules, len(schedule.rules)),
            exceptions=random.sample(schedule.exceptions, len(schedule.exceptions)),
        ),
        busy=random.sample(busy, len(busy)),
    )
    instants = [EPOCH + minute * MINUTE for minute in list(situation.oracle.minutes())[::45]]

    explained = [mixed.agenda.explain(instant) for instant in instants]

    assert mixed.free_starts() == situation.free_starts()
    assert explained == [situation.agenda.explain(instant) for instant in instants]


@given(situations(max_days=6))
def test_the_counts_of_the_days_are_those_of_the_lists(situation: Situation) -> None:
    counts = situation.agenda.free_counts(situation.first_on, situation.days)

    days = [situation.first_on + timedelta(days=day) for day in range(situation.days)]
    assert counts == {day: len(situation.agenda.free_starts(day)) for day in days}


@given(situations(), st.integers(1, 40))
def test_the_first_free_time_heads_the_list_of_the_whole_horizon(
    situation: Situation, horizon_days: int
) -> None:
    agenda = evolve(situation.agenda, policy=BookingPolicy(0, horizon_days))
    today = agenda.now.astimezone(agenda.schedule.zone).date()

    listed = agenda.free_slots(today - timedelta(days=1), horizon_days + 2)

    assert agenda.first_free() == next(iter(listed), None)


@given(st.lists(situations(max_days=3), min_size=1, max_size=4))
def test_the_first_free_time_of_a_date_heads_its_list(together: list[Situation]) -> None:
    first, clinic = together[0], InMemoryClinic(together[0].schedule.zone)
    clinic.schedules = {DoctorId(n): each.schedule for n, each in enumerate(together)}
    service = BookingService(clinic.begin, clinic.unlocked, first.policy)
    for on in (first.first_on, first.first_on + timedelta(days=first.days)):
        lists = {
            doctor: service.free_slots(doctor, on, now=first.now).slots
            for doctor in clinic.schedules
        }
        heads = {doctor: slots[0] for doctor, slots in lists.items() if slots}
        assert service.first_free_on([*clinic.schedules], on, now=first.now) == heads


@given(situations(max_days=6))
def test_what_is_found_is_the_listed_visit(situation: Situation) -> None:
    agenda = situation.agenda
    for slot in agenda.free_slots(situation.first_on, situation.days)[::7]:
        assert agenda.find(slot.starts_at) == slot
        reading = agenda.find(slot.starts_at.replace(tzinfo=None, fold=0))
        assert isinstance(reading, Slot)
        assert reading.starts_at.replace(tzinfo=None) == slot.starts_at.replace(tzinfo=None)


@given(situations(max_days=6))
def test_booking_what_is_listed_takes_it_off_and_freeing_it_restores_the_list(
    situation: Situation,
) -> None:
    free = situation.free_starts()
    for start, length in list(free.items())[::11]:
        booked = situation.with_busy(Busy(start, start + length, RefusalCode.SLOT_TAKEN))
        left = booked.free_starts()

        assert left == {
            other: minutes
            for other, minutes in free.items()
            if other + minutes <= start or start + length <= other
        }


@given(situations(max_days=4), st.data())
def test_no_two_visits_of_one_rule_overlap(situation: Situation, data: st.DataObject) -> None:
    rule = data.draw(rules(situation.first_on))
    alone = evolve(situation, schedule=evolve(situation.schedule, rules=(rule,)))

    visits = [range(start, start + length) for start, length in alone.free_starts().items()]

    assert all(earlier[-1] < later[0] for earlier, later in pairwise(visits))
