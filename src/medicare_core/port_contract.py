"""What the three ports promise to the service; see `contracts`."""

from datetime import time, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

from medicare_core.availability import TimeOff
from medicare_core.back_ends import (
    AFTERNOONS,
    BERLIN,
    DAILY,
    DAY_ON,
    UNKNOWN_DOCTOR,
    BackEndCase,
    appointment,
    at,
    busy,
    raises,
)
from medicare_core.errors import NotFound, RefusalCode, WriteConflict
from medicare_core.ids import AppointmentId
from medicare_core.ports import Event


class PortContract(BackEndCase):
    """What the three ports promise to the service."""

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

    def test_what_is_told_of_many_doctors_is_what_is_told_of_each(self) -> None:
        doctor, idle, left = self.add_doctor(), self.add_doctor(AFTERNOONS), self.add_doctor()
        self.add(doctor, self.back_end.add_patient(), at(0))
        self.add(idle, self.back_end.add_patient(), at(0, 180))
        self.update(self.add(idle, self.back_end.add_patient(), at(240)).cancel())
        self.back_end.add_time_off(doctor, TimeOff(DAY_ON, None, time(10), time(11)))
        self.back_end.close_clinic(TimeOff(DAY_ON))
        self.back_end.retire_doctor(left)
        schedules, period = self.back_end.unlocked.schedules, at(20, 120)
        both = {doctor: schedules.get(doctor), idle: schedules.get(idle)}
        assert schedules.get_many([doctor, idle, left, UNKNOWN_DOCTOR]) == both
        told = schedules.busy_of([doctor, idle], period)
        assert {each: sorted(stretches) for each, stretches in told.items()} == {
            each: self.busy(each, None, period) for each in both
        }
        assert (schedules.get_many([]), schedules.busy_of([], period)) == ({}, {})

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
