"""A clinic at work, step by step, beside a plain model of what it should have come to."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, time, timedelta
from itertools import combinations
from typing import Any
from zoneinfo import ZoneInfo

from attrs import evolve
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from medicare_core.agendas import FreeSlots
from medicare_core.appointments import Appointment
from medicare_core.availability import AvailabilityRule, Repeat, Schedule, TimeOff
from medicare_core.booking import BookingService
from medicare_core.contracts import BackEnd
from medicare_core.errors import BookingError, TimeRefused
from medicare_core.ids import DoctorId, PatientId
from medicare_core.policy import Actor
from medicare_core.ports import Event
from medicare_core.slots import Slot
from tests.unit.clinic_model import FIRST_ON, NOW, POLICY, Records, Timetable, hindrance, minutes
from tests.unit.oracle import MINUTE, ONE_DAY

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe")
DAYTIME = AvailabilityRule(FIRST_ON, time(6), time(22), repeat_pattern=Repeat.DAILY)

dates = st.integers(0, 5).map(lambda days: FIRST_ON + timedelta(days=days))
hours = st.integers(0, 23).map(time)
spells = st.tuples(hours, hours).filter(lambda ends: ends[0] != ends[1])
picks = st.integers(0, 999)
few = st.integers(0, 2)
actors = st.sampled_from(Actor)

working_hours = st.builds(
    lambda on, spell, pattern, minutes: AvailabilityRule(
        on, spell[0], spell[1], repeat_pattern=pattern, slot_minutes=minutes
    ),
    dates,
    spells,
    st.sampled_from([Repeat.NONE, Repeat.DAILY]),
    st.sampled_from([20, 30, 45, 120]),
)
absences = st.builds(TimeOff, dates) | st.builds(
    lambda on, spell: TimeOff(on, None, *spell), dates, spells
)


class ClinicMachine(RuleBasedStateMachine):
    """Any back end can be put through it: a subclass says how to open an empty one."""

    def open(self) -> BackEnd:
        raise NotImplementedError

    @initialize()
    def found_the_clinic(self) -> None:
        self.back_end, self.now, self.records = self.open(), NOW, Records()
        self.changes = 0
        self.service = BookingService(self.back_end.begin, self.back_end.unlocked, POLICY)
        schedules = [Schedule(ZoneInfo(zone), (DAYTIME,)) for zone in ZONES]
        hired = {self.back_end.add_doctor(schedule): schedule for schedule in schedules}
        self.timetable = Timetable(self.back_end.zone, hired)
        self.doctors = list(hired)
        self.patients = [self.back_end.add_patient() for _ in range(3)]

    @rule(who=few, whom=few, on=dates, pick=picks)
    def book_a_listed_time(self, who: int, whom: int, on: date, pick: int) -> None:
        doctor, patient = self.doctors[who], self.patients[whom]
        self.book_one_of(self.listed(doctor, patient, on).slots, doctor, patient, pick)

    @rule(who=few, whom=few, pick=st.integers(0, 5))
    def book_one_of_the_next(self, who: int, whom: int, pick: int) -> None:
        doctor, patient = self.doctors[who], self.patients[whom]
        days = (self.now.date() + day * ONE_DAY for day in range(3))
        slots = [slot for day in days for slot in self.listed(doctor, patient, day)]
        self.book_one_of(slots[:5], doctor, patient, pick)

    def book_one_of(
        self, listed: Sequence[Slot], doctor: DoctorId, patient: PatientId, pick: int
    ) -> None:
        for slot in listed:
            assert self.records.is_free(slot.period, doctor, patient)
            assert self.timetable.covers(doctor, slot.period)
        if listed:
            slot = listed[pick % len(listed)]
            booked = self.service.book(doctor, patient, slot.starts_at, now=self.now)
            assert booked == Appointment(booked.id, doctor, patient, slot.period, slot.zone)
            self.records.keep(Event.BOOKED, booked)

    @precondition(lambda self: self.records.live())
    @rule(near=picks, who=few, same_doctor=st.booleans(), off=st.integers(-6, 6))
    def ask_for_a_time_near_another(
        self, near: int, who: int, same_doctor: bool, off: int
    ) -> None:
        live = self.records.live()
        other = live[near % len(live)]
        doctor = other.doctor if same_doctor else self.doctors[who]
        patient = self.patients[who] if same_doctor else other.patient
        start = other.period.starts_at + off * 5 * MINUTE
        told = self.service.explain(doctor, start, now=self.now, patient=patient)
        got = outcome(lambda: self.service.book(doctor, patient, start, now=self.now))
        if isinstance(got, BookingError):
            assert isinstance(got, TimeRefused)
            assert got.reason is told
        else:
            assert told is None
            assert self.records.is_free(got.period, doctor, patient)
            self.records.keep(Event.BOOKED, got)

    @rule(which=picks, on=dates, pick=picks, off=st.sampled_from([0, 0, 10, 20]), by=actors)
    def reschedule(self, which: int, on: date, pick: int, off: int, by: Actor) -> None:
        current = self.records.pick(which)
        if current is None:
            return
        listed = [s.starts_at for s in self.listed(current.doctor, current.patient, on)]
        start = listed[pick % len(listed)] if listed else current.period.starts_at
        start = start.astimezone(UTC) + off * MINUTE
        moved = outcome(lambda: self.service.reschedule(current.id, start, now=self.now, by=by))
        if too_late := hindrance(current, self.now, by):
            assert type(moved) is too_late
            return
        if isinstance(moved, BookingError):
            assert isinstance(moved, TimeRefused)
            assert start not in listed
            return
        if moved == current:
            assert start == current.period.starts_at
            return
        zone = self.timetable.schedules[current.doctor].zone
        assert moved == current.move(moved.period, zone)
        assert moved.period.starts_at == start
        assert self.records.is_free(moved.period, moved.doctor, moved.patient, but=moved.id)
        self.records.keep(Event.RESCHEDULED, moved)

    @rule(which=picks, by=actors)
    def cancel(self, which: int, by: Actor) -> None:
        current = self.records.pick(which)
        if current is None:
            return
        cancelled = outcome(lambda: self.service.cancel(current.id, now=self.now, by=by))
        if isinstance(cancelled, BookingError):
            assert type(cancelled) is hindrance(current, self.now, by)
        else:
            assert hindrance(current, self.now, by) is None
            assert cancelled == current.cancel()
            self.records.keep(Event.CANCELLED, cancelled)

    @precondition(lambda self: self.is_time_for_a_change())
    @rule(who=few, added=working_hours, dry_run=st.booleans())
    def add_hours(self, who: int, added: AvailabilityRule, dry_run: bool) -> None:
        doctor = self.doctors[who]
        rules = (*self.timetable.schedules[doctor].rules, added)
        after = self.timetable_with(doctor, rules=rules)
        self.change(doctor, lambda: self.back_end.set_rules(doctor, rules), after, dry_run)

    @precondition(lambda self: self.is_time_for_a_change())
    @rule(who=few, pick=picks, dry_run=st.booleans(), cancel=st.booleans())
    def drop_hours(self, who: int, pick: int, dry_run: bool, cancel: bool) -> None:
        doctor = self.doctors[who]
        rules = self.timetable.schedules[doctor].rules
        dropped = pick % (len(rules) + 1)
        rules = rules[:dropped] + rules[dropped + 1 :]
        after = self.timetable_with(doctor, rules=rules)
        self.change(doctor, lambda: self.back_end.set_rules(doctor, rules), after, dry_run, cancel)

    @precondition(lambda self: self.is_time_for_a_change())
    @rule(who=few, away=absences, dry_run=st.booleans(), cancel=st.booleans())
    def take_time_off(self, who: int, away: TimeOff, dry_run: bool, cancel: bool) -> None:
        doctor = self.doctors[who]
        exceptions = (*self.timetable.schedules[doctor].exceptions, away)
        after = self.timetable_with(doctor, exceptions=exceptions)
        self.change(
            doctor, lambda: self.back_end.add_time_off(doctor, away), after, dry_run, cancel
        )

    @precondition(lambda self: self.is_time_for_a_change())
    @rule(closure=absences, dry_run=st.booleans(), cancel=st.booleans())
    def close_the_clinic(self, closure: TimeOff, dry_run: bool, cancel: bool) -> None:
        after = evolve(self.timetable, closures=(*self.timetable.closures, closure))
        self.change(None, lambda: self.back_end.close_clinic(closure), after, dry_run, cancel)

    @rule(minutes=st.integers(1, 180), seconds=st.integers(0, 59))
    def let_time_pass(self, minutes: int, seconds: int) -> None:
        self.now += timedelta(minutes=minutes, seconds=seconds)

    @invariant()
    def nobody_is_in_two_places(self) -> None:
        for one, other in combinations(self.records.live(), 2):
            if one.doctor == other.doctor or one.patient == other.patient:
                assert set(minutes(one.period)).isdisjoint(minutes(other.period))

    @invariant()
    def the_back_end_holds_what_was_done_and_no_more(self) -> None:
        stored = self.back_end.unlocked.appointments
        assert stored.upcoming(None, self.now) == self.records.upcoming(self.now)
        for known in self.records.appointments.values():
            assert stored.get(known.id) == known

    @invariant()
    def every_step_that_was_taken_is_told_once(self) -> None:
        assert self.back_end.notices() == self.records.notices

    def is_time_for_a_change(self) -> bool:
        """Changes are kept rare: a clinic that is always closed has no appointments."""
        return self.changes < len(self.records.notices) // 4

    def listed(self, doctor: DoctorId, patient: PatientId, on: date) -> FreeSlots:
        return self.service.free_slots(doctor, on, now=self.now, patient=patient)

    def timetable_with(self, doctor: DoctorId, **changes: Any) -> Timetable:
        schedules = self.timetable.schedules
        changed = evolve(schedules[doctor], **changes)
        return evolve(self.timetable, schedules=schedules | {doctor: changed})

    def change(
        self,
        doctor: DoctorId | None,
        edit: Callable[[], object],
        after: Timetable,
        dry_run: bool,
        cancel: bool = False,
    ) -> None:
        """Make the change and see that it strands what it newly leaves uncovered."""
        before = self.timetable
        uncovered = [
            each
            for each in self.records.upcoming(self.now)
            if before.covers(each.doctor, each.period)
            and not after.covers(each.doctor, each.period)
        ]
        hit = self.service.change_schedule(
            doctor, edit, now=self.now, dry_run=dry_run, cancel_stranded=cancel
        )
        self.changes += 1
        if dry_run:
            assert list(hit) == uncovered
            return
        self.timetable = after
        assert list(hit) == ([each.cancel() for each in uncovered] if cancel else uncovered)
        for cancelled in hit if cancel else ():
            self.records.keep(Event.CANCELLED, cancelled)


def outcome(step: Callable[[], Appointment]) -> Appointment | BookingError:
    try:
        return step()
    except BookingError as error:
        return error
