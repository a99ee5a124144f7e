"""What every back end must promise, as tests without pytest; ours pass the same ones.

Wrap your back end as a `BackEnd` and let a test class of yours inherit `BackEndContract`:

    class TestOurBackEnd(BackEndContract):
        def open(self) -> BackEnd:
            return OurBackEnd()  # empty: no doctors, patients, closures or notices
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from threading import Barrier
from typing import Protocol, TypeVar
from uuid import uuid4
from zoneinfo import ZoneInfo

from medicare_core.appointments import Appointment
from medicare_core.availability import AvailabilityRule, Busy, Repeat, Schedule, TimeOff
from medicare_core.booking import BookingService
from medicare_core.errors import NotFound, NotLive, RefusalCode, TimeRefused, WriteConflict
from medicare_core.ids import AppointmentId, DoctorId, PatientId
from medicare_core.period import Period
from medicare_core.ports import Event, UnitOfWork

E = TypeVar("E", bound=Exception)

BERLIN = ZoneInfo("Europe/Berlin")
DAY_ON = date(2031, 6, 3)
NINE = datetime(2031, 6, 3, 7, tzinfo=UTC)  # 09:00 in Berlin
NOW = NINE - timedelta(days=1)
DAILY = AvailabilityRule(date(2031, 1, 1), time(9), time(12), repeat_pattern=Repeat.DAILY)
AFTERNOONS = AvailabilityRule(date(2031, 1, 1), time(14), time(16), repeat_pattern=Repeat.DAILY)
UNKNOWN_DOCTOR = DoctorId(987_654_321)


class BackEnd(Protocol):
    """A back end and the few things that tests do to it besides booking."""

    @property
    def zone(self) -> ZoneInfo:
        """The clinic's, in which closures are told."""

    @property
    def unlocked(self) -> UnitOfWork: ...

    def begin(self, doctor: DoctorId | None) -> AbstractContextManager[UnitOfWork]: ...

    def add_doctor(self, schedule: Schedule) -> DoctorId:
        """Its exceptions are empty: they come through `add_time_off`."""

    def add_patient(self) -> PatientId: ...

    def set_rules(self, doctor: DoctorId, rules: Iterable[AvailabilityRule]) -> None:
        """Put these in place of the doctor's rules; as the two below, also inside of `begin`."""

    def add_time_off(self, doctor: DoctorId, time_off: TimeOff) -> None: ...

    def close_clinic(self, closure: TimeOff) -> None: ...

    def notices(self) -> list[tuple[Event, AppointmentId, int]]:
        """What the notifier was told, in order; the number is the appointment's revision."""


class BackEndContract(ABC):
    @abstractmethod
    def open(self) -> BackEnd:
        """An empty one, for one test."""

    def leave_thread(self) -> None:  # noqa: B027 - most back ends have nothing to do
        """Called at the end of each thread that a test starts: close its connections here."""

    @cached_property
    def back_end(self) -> BackEnd:
        return self.open()

    @property
    def service(self) -> BookingService:
        return BookingService(self.back_end.begin, self.back_end.unlocked)

    def test_a_schedule_is_read_back(self) -> None:
        doctor = self.add_doctor(DAILY, AFTERNOONS)
        schedule = self.back_end.unlocked.schedules.get(doctor)
        assert schedule.zone == BERLIN
        assert sorted(schedule.rules, key=lambda rule: rule.start_time) == [DAILY, AFTERNOONS]

    def test_what_is_added_is_read_back_with_zone_and_revision(self) -> None:
        added = self.add(self.add_doctor(), self.back_end.add_patient())
        assert self.back_end.unlocked.appointments.get(added.id) == added

    def test_what_is_updated_is_read_back_with_zone_and_revision(self) -> None:
        added = self.add(self.add_doctor(), self.back_end.add_patient())
        moved = self.update(added.move(at(60, 45), ZoneInfo("Asia/Kathmandu")))
        assert self.back_end.unlocked.appointments.get(added.id) == moved
        cancelled = self.update(moved.cancel())
        assert self.back_end.unlocked.appointments.get(added.id) == cancelled
        assert cancelled.revision == 2

    def test_an_unknown_doctor_or_appointment_is_not_found(self) -> None:
        doctor, unknown = self.add_doctor(), AppointmentId(uuid4())
        stranger = appointment(doctor, self.back_end.add_patient(), at(0))
        with raises(NotFound):
            self.back_end.unlocked.schedules.get(UNKNOWN_DOCTOR)
        with raises(NotFound):
            self.back_end.unlocked.appointments.get(unknown)
        with raises(NotFound):
            self.update(stranger)
        assert self.upcoming(doctor) == []

    def test_an_error_undoes_everything(self) -> None:
        doctor, patient = self.add_doctor(), self.back_end.add_patient()
        kept, lost = self.add(doctor, patient), appointment(doctor, patient, at(60))

        def fail_at_the_end() -> None:
            with self.back_end.begin(doctor) as work:
                work.appointments.add(lost)
                work.appointments.update(kept.cancel())
                work.notifier.notify(Event.BOOKED, lost, None)
                self.back_end.set_rules(doctor, [AFTERNOONS])
                self.back_end.add_time_off(doctor, TimeOff(DAY_ON))
                self.back_end.close_clinic(TimeOff(DAY_ON))
                raise KeyError

        with raises(KeyError):
            fail_at_the_end()
        assert self.upcoming(doctor) == [kept]
        assert self.back_end.notices() == []
        assert self.back_end.unlocked.schedules.get(doctor).rules == (DAILY,)
        assert self.away(doctor) == []
        self.add(doctor, patient, at(60))

    def test_a_notice_is_kept_on_commit(self) -> None:
        doctor, patient = self.add_doctor(), self.back_end.add_patient()
        booked = appointment(doctor, patient, at(0))
        moved = booked.move(at(60), BERLIN)
        with self.back_end.begin(doctor) as work:
            work.appointments.add(booked)
            work.notifier.notify(Event.BOOKED, booked, None)
        with self.back_end.begin(doctor) as work:
            work.appointments.update(moved)
            work.notifier.notify(Event.RESCHEDULED, moved, booked.period)
        told = [(Event.BOOKED, booked.id, 0), (Event.RESCHEDULED, booked.id, 1)]
        assert self.back_end.notices() == told

    def test_overlapping_time_of_a_doctor_is_held_for_one_who_does_not_ask(self) -> None:
        doctor = self.add_doctor()
        held = self.add(doctor, self.back_end.add_patient(), at(30, 30))
        for period in (at(30, 30), at(0, 35), at(55, 30), at(40, 5), at(0, 90)):
            with raises(WriteConflict):
                self.add(doctor, self.back_end.add_patient(), period)
        assert self.upcoming(doctor) == [held]

    def test_overlapping_time_of_a_patient_is_held_across_doctors(self) -> None:
        doctor, other = self.add_doctor(), self.add_doctor()
        patient = self.back_end.add_patient()
        self.add(doctor, patient, at(30, 30))
        for period in (at(30, 30), at(0, 35), at(55, 30), at(40, 5), at(0, 90)):
            with raises(WriteConflict):
                self.add(other, patient, period)
        assert self.upcoming(other) == []

    def test_a_conflict_undoes_what_came_before_it(self) -> None:
        doctor, patient = self.add_doctor(), self.back_end.add_patient()
        held = self.add(doctor, patient)
        with raises(WriteConflict), self.back_end.begin(doctor) as work:
            fine = appointment(doctor, self.back_end.add_patient(), at(60))
            work.appointments.add(fine)
            work.notifier.notify(Event.BOOKED, fine, None)
            work.appointments.add(appointment(doctor, patient, at(15)))
        assert self.upcoming(doctor) == [held]
        assert self.back_end.notices() == []

    def test_back_to_back_appointments_are_fine(self) -> None:
        doctor, patient = self.add_doctor(), self.back_end.add_patient()
        booked = [self.add(doctor, patient, at(start)) for start in (30, 0, 60)]
        assert len(self.upcoming(doctor)) == len(booked)

    def test_a_cancelled_time_is_free_again(self) -> None:
        doctor, patient = self.add_doctor(), self.back_end.add_patient()
        self.update(self.add(doctor, patient).cancel())
        again = self.add(doctor, patient)
        assert self.upcoming(doctor) == [again]

    def test_a_move_frees_the_old_time_and_holds_the_new_one(self) -> None:
        doctor, patient = self.add_doctor(), self.back_end.add_patient()
        moved = self.update(self.add(doctor, patient, at(0, 60)).move(at(30, 60), BERLIN))
        early = self.add(doctor, patient, at(0, 30))
        with raises(WriteConflict):
            self.add(doctor, self.back_end.add_patient(), at(60, 30))
        assert self.upcoming(doctor) == [early, moved]

    def test_a_move_into_a_held_time_changes_nothing(self) -> None:
        doctor, patient = self.add_doctor(), self.back_end.add_patient()
        first, second = self.add(doctor, patient), self.add(doctor, patient, at(30))
        with raises(WriteConflict):
            self.update(second.move(at(15), BERLIN))
        assert self.upcoming(doctor) == [first, second]

    def test_busy_tells_the_appointments_of_the_doctor_and_of_the_patient(self) -> None:
        doctor, other = self.add_doctor(), self.add_doctor()
        patient, somebody = self.back_end.add_patient(), self.back_end.add_patient()
        self.add(doctor, somebody, at(0))
        self.add(other, patient, at(30))
        self.add(other, somebody, at(60))
        self.update(self.add(doctor, patient, at(90)).cancel())
        taken, own = busy(at(0), RefusalCode.SLOT_TAKEN), busy(at(30), RefusalCode.PATIENT_BUSY)
        assert self.busy(doctor, None, at(0, 180)) == [taken]
        assert self.busy(doctor, patient, at(0, 180)) == [taken, own]

    def test_busy_is_half_open_and_tells_whole_stretches(self) -> None:
        doctor = self.add_doctor()
        self.add(doctor, self.back_end.add_patient(), at(30, 30))
        told = [busy(at(30, 30), RefusalCode.SLOT_TAKEN)]
        assert self.busy(doctor, None, at(0, 30)) == []
        assert self.busy(doctor, None, at(60, 30)) == []
        assert self.busy(doctor, None, at(0, 35)) == told
        assert self.busy(doctor, None, at(55, 30)) == told
        assert self.busy(doctor, None, at(40, 5)) == told

    def test_busy_leaves_out_the_appointment_that_is_moved(self) -> None:
        doctor, patient = self.add_doctor(), self.back_end.add_patient()
        moving, other = self.add(doctor, patient), self.add(doctor, patient, at(30))
        told = self.back_end.unlocked.schedules.busy(doctor, patient, at(0, 60), moving.id)
        assert {(each.start, each.end) for each in told} == {
            (other.period.start, other.period.end)
        }

    def test_time_off_is_told_of_its_doctor_and_a_closure_of_all(self) -> None:
        doctor, other = self.add_doctor(), self.add_doctor()
        time_off = TimeOff(DAY_ON, start_time=time(9, 10), end_time=time(9, 50))
        closure = TimeOff(DAY_ON + timedelta(days=1))
        self.back_end.add_time_off(doctor, time_off)
        self.back_end.close_clinic(closure)
        shut = closure.span(self.back_end.zone)
        assert self.away(doctor) == [time_off.span(BERLIN), shut]
        assert self.away(other) == [shut]

    def test_upcoming_ones_are_live_not_over_and_in_order(self) -> None:
        doctor, other, patient = self.add_doctor(), self.add_doctor(), self.back_end.add_patient()
        late, early = self.add(doctor, patient, at(60)), self.add(doctor, patient, at(0))
        between = self.add(other, patient, at(30))
        self.update(self.add(doctor, patient, at(120)).cancel())
        assert self.upcoming(doctor) == [early, late]
        assert self.upcoming(None) == [early, between, late]
        assert self.upcoming(None, after=29.5) == [early, between, late]
        assert self.upcoming(None, after=30) == [between, late]

    def test_booked_time_is_refused_with_alternatives_and_free_once_cancelled(self) -> None:
        doctor, patient = self.add_doctor(), self.back_end.add_patient()
        free = self.service.free_slots(doctor, DAY_ON, now=NOW)
        booked = self.service.book(doctor, patient, NINE, now=NOW)
        with raises(TimeRefused) as refused:
            self.service.book(doctor, self.back_end.add_patient(), NINE, now=NOW)
        assert refused[0].code == RefusalCode.SLOT_TAKEN
        assert NINE + timedelta(minutes=30) in refused[0].alternatives
        assert len(self.service.free_slots(doctor, DAY_ON, now=NOW)) == len(free) - 1
        self.service.cancel(booked.id, now=NOW)
        assert self.service.free_slots(doctor, DAY_ON, now=NOW) == free
        with raises(NotLive):
            self.service.cancel(booked.id, now=NOW)
        told = [(Event.BOOKED, booked.id, 0), (Event.CANCELLED, booked.id, 1)]
        assert self.back_end.notices() == told

    def test_a_patient_is_not_booked_with_two_doctors_at_once(self) -> None:
        doctor, other, patient = self.add_doctor(), self.add_doctor(), self.back_end.add_patient()
        self.service.book(doctor, patient, NINE, now=NOW)
        with raises(TimeRefused) as refused:
            self.service.book(other, patient, NINE, now=NOW)
        assert refused[0].code == RefusalCode.PATIENT_BUSY

    def test_a_rescheduled_one_keeps_its_id_and_may_overlap_its_old_time(self) -> None:
        doctor, patient = self.add_doctor(), self.back_end.add_patient()
        booked = self.service.book(doctor, patient, NINE, now=NOW)
        self.back_end.set_rules(doctor, [AvailabilityRule(DAY_ON, time(9, 15), time(11))])
        to = NINE + timedelta(minutes=15)
        moved = self.service.reschedule(booked.id, to, now=NOW)
        assert moved == booked.move(at(15), BERLIN)
        assert self.upcoming(doctor) == [moved]
        assert self.back_end.notices()[1:] == [(Event.RESCHEDULED, booked.id, 1)]

    def test_a_dry_run_tells_the_stranded_and_changes_nothing(self) -> None:
        doctor, booked = self.book_at_nine()
        free = self.service.free_slots(doctor, DAY_ON, now=NOW)
        hit = self.service.change_schedule(
            doctor, lambda: self.back_end.set_rules(doctor, []), now=NOW, dry_run=True
        )
        assert hit == (booked,)
        assert self.service.free_slots(doctor, DAY_ON, now=NOW) == free

    def test_stranded_appointments_stand_unless_they_are_to_be_cancelled(self) -> None:
        doctor, booked = self.book_at_nine()
        hit = self.service.change_schedule(
            doctor, lambda: self.back_end.set_rules(doctor, [AFTERNOONS]), now=NOW
        )
        assert hit == (booked,)
        assert self.upcoming(doctor) == [booked]
        starts = [slot.starts_at.hour for slot in self.service.free_slots(doctor, DAY_ON, now=NOW)]
        assert starts == [14, 14, 15, 15]

    def test_cancelled_together_with_the_change_that_strands_them(self) -> None:
        doctor, booked = self.book_at_nine()
        away = TimeOff(DAY_ON, start_time=time(9, 25), end_time=time(10))
        hit = self.service.change_schedule(
            doctor,
            lambda: self.back_end.add_time_off(doctor, away),
            now=NOW,
            cancel_stranded=True,
        )
        assert hit == (booked.cancel(),)
        assert self.upcoming(doctor) == []
        assert self.back_end.notices()[1:] == [(Event.CANCELLED, booked.id, 1)]

    def test_a_closure_strands_appointments_of_every_doctor(self) -> None:
        booked = [self.book_at_nine()[1], self.book_at_nine()[1]]
        closure = TimeOff(DAY_ON - timedelta(days=1), DAY_ON + timedelta(days=1))
        hit = self.service.change_schedule(
            None, lambda: self.back_end.close_clinic(closure), now=NOW, cancel_stranded=True
        )
        assert {each.id for each in hit} == {each.id for each in booked}
        assert self.upcoming(None) == []

    def test_of_two_who_race_for_one_time_one_wins(self) -> None:
        doctor = self.add_doctor()
        patients = self.back_end.add_patient(), self.back_end.add_patient()
        outcomes = self.race(
            lambda: self.service.book(doctor, patients[0], NINE, now=NOW),
            lambda: self.service.book(doctor, patients[1], NINE, now=NOW),
        )
        assert sorted(map(str, outcomes)) == ["booked", RefusalCode.SLOT_TAKEN]
        assert len(self.upcoming(doctor)) == len(self.back_end.notices()) == 1

    def test_a_patient_who_races_for_two_doctors_gets_one(self) -> None:
        doctors, patient = (self.add_doctor(), self.add_doctor()), self.back_end.add_patient()
        outcomes = self.race(
            lambda: self.service.book(doctors[0], patient, NINE, now=NOW),
            lambda: self.service.book(doctors[1], patient, NINE, now=NOW),
        )
        assert sorted(map(str, outcomes)) == ["booked", RefusalCode.PATIENT_BUSY]
        assert len(self.upcoming(None)) == len(self.back_end.notices()) == 1

    def add_doctor(self, *rules: AvailabilityRule) -> DoctorId:
        return self.back_end.add_doctor(Schedule(BERLIN, rules or (DAILY,)))

    def add(
        self, doctor: DoctorId, patient: PatientId, period: Period | None = None
    ) -> Appointment:
        added = appointment(doctor, patient, period or at(0))
        with self.back_end.begin(doctor) as work:
            work.appointments.add(added)
        return added

    def update(self, changed: Appointment) -> Appointment:
        with self.back_end.begin(changed.doctor) as work:
            work.appointments.update(changed)
        return changed

    def book_at_nine(self) -> tuple[DoctorId, Appointment]:
        doctor = self.add_doctor()
        booked = self.service.book(doctor, self.back_end.add_patient(), NINE, now=NOW)
        return doctor, booked

    def upcoming(self, doctor: DoctorId | None, after: float = 0) -> list[Appointment]:
        now = NINE + timedelta(minutes=after)
        return self.back_end.unlocked.appointments.upcoming(doctor, now)

    def busy(self, doctor: DoctorId, patient: PatientId | None, period: Period) -> list[Busy]:
        return sorted(self.back_end.unlocked.schedules.busy(doctor, patient, period))

    def away(self, doctor: DoctorId) -> list[tuple[int, int]]:
        """Time off and closures of the week, whichever of the two queries tells them."""
        schedule = self.back_end.unlocked.schedules.get(doctor)
        told = self.busy(doctor, None, at(0, 7 * 24 * 60))
        spans = [exception.span(schedule.zone) for exception in schedule.exceptions]
        spans += [(each.start, each.end) for each in told if each.reason is RefusalCode.TIME_OFF]
        return sorted(spans)

    def race(self, *attempts: Callable[[], Appointment]) -> list[str]:
        gate = Barrier(len(attempts), timeout=30)

        def outcome(attempt: Callable[[], Appointment]) -> str:
            try:
                gate.wait()
                return attempt().status
            except TimeRefused as refused:
                return refused.code
            finally:
                self.leave_thread()

        with ThreadPoolExecutor(len(attempts)) as pool:
            return list(pool.map(outcome, attempts))


def at(minutes: int, length: int = 30) -> Period:
    """So many minutes after nine."""
    starts_at = NINE + timedelta(minutes=minutes)
    return Period.between(starts_at, starts_at + timedelta(minutes=length))


def appointment(doctor: DoctorId, patient: PatientId, period: Period) -> Appointment:
    return Appointment(AppointmentId(uuid4()), doctor, patient, period, BERLIN)


def busy(period: Period, reason: RefusalCode) -> Busy:
    return Busy(period.start, period.end, reason)


@contextmanager
def raises(expected: type[E]) -> Iterator[list[E]]:
    """What was raised is in the list once the block is left."""
    raised: list[E] = []
    try:
        yield raised
    except expected as error:
        raised.append(error)
    assert raised, f"{expected.__name__} was not raised"
