"""What the service makes of a back end; see `contracts`."""

from datetime import time, timedelta

from medicare_core.appointments import Appointment
from medicare_core.availability import AvailabilityRule, TimeOff
from medicare_core.back_ends import (
    AFTERNOONS,
    BERLIN,
    DAY_ON,
    NINE,
    NOW,
    UNKNOWN_DOCTOR,
    BackEndCase,
    at,
    raises,
)
from medicare_core.errors import NotFound, NotLive, RefusalCode, TimeRefused
from medicare_core.ports import Event
from medicare_core.utilisation import Utilisation


class ServiceContract(BackEndCase):
    """What the service makes of them, down to two that race."""

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

    def test_doctors_are_free_on_the_dates_on_which_they_have_free_times(self) -> None:
        idle, (taken, booked) = self.add_doctor(), self.book_at_nine()
        left = self.add_doctor()
        self.back_end.retire_doctor(left)
        self.back_end.set_rules(taken, [AvailabilityRule(DAY_ON, time(9), time(9, 30))])
        all_three = [idle, taken, left, UNKNOWN_DOCTOR]
        assert set(self.service.first_free_on(all_three, DAY_ON, now=NOW)) == {idle}
        self.service.cancel(booked.id, now=NOW)
        assert set(self.service.first_free_on(all_three, DAY_ON, now=NOW)) == {idle, taken}
        day_after = DAY_ON + timedelta(days=1)
        assert set(self.service.first_free_on(all_three, day_after, now=NOW)) == {idle}

    def test_the_next_free_time_of_each_is_what_each_has_first(self) -> None:
        idle, (taken, _), never = self.add_doctor(), self.book_at_nine(), self.add_doctor()
        left = self.add_doctor()
        self.back_end.set_rules(never, [])
        self.back_end.set_rules(taken, [AvailabilityRule(DAY_ON, time(9), time(12))])
        self.back_end.add_time_off(taken, TimeOff(DAY_ON, None, time(9, 30), time(11)))
        self.back_end.close_clinic(TimeOff(DAY_ON - timedelta(days=1)))
        self.back_end.retire_doctor(left)
        found = self.service.next_free([idle, taken, never, left, UNKNOWN_DOCTOR], now=NOW)
        assert found == {
            each: self.service.first_free(each, now=NOW) for each in (idle, taken, never)
        }
        starts = {each: slot and slot.starts_at for each, slot in found.items()}
        assert starts == {idle: NINE, taken: NINE + timedelta(hours=2), never: None}

    def test_utilisation_tells_of_each_what_is_offered_and_what_is_booked(self) -> None:
        (doctor, booked), (idle, gone) = self.book_at_nine(), self.book_at_nine()
        left = self.add_doctor()
        self.service.cancel(gone.id, now=NOW)
        self.back_end.retire_doctor(left)
        self.back_end.add_time_off(doctor, TimeOff(DAY_ON, None, time(9, 15), time(10)))
        self.back_end.close_clinic(TimeOff(DAY_ON + timedelta(days=1)))
        all_three = [doctor, idle, left, UNKNOWN_DOCTOR]
        assert self.service.utilisation(all_three, DAY_ON, 2) == {
            doctor: Utilisation(offered=135, booked=booked.period.minutes, outside=15),
            idle: Utilisation(offered=180, booked=0),
        }
        assert self.service.utilisation([], DAY_ON, 2) == {}

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
        assert self.service.stranded(doctor, now=NOW) == hit
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

    def test_a_change_is_made_where_it_strands_nobody_but_those_agreed_on(self) -> None:
        doctor, booked = self.book_at_nine()
        [slot, *_] = self.service.free_slots(doctor, DAY_ON, now=NOW)
        patient = self.back_end.add_patient()
        later = self.service.book(doctor, patient, slot.starts_at, now=NOW)

        def change(*agreed: Appointment) -> tuple[Appointment, ...]:
            return self.service.change_schedule(
                doctor,
                lambda: self.back_end.set_rules(doctor, [AFTERNOONS]),
                now=NOW,
                cancel_stranded=True,
                agreed={each.id for each in agreed},
            )

        assert change() == change(booked) == (booked, later)
        assert self.upcoming(doctor) == [booked, later]
        self.service.cancel(booked.id, now=NOW)
        assert change(booked, later) == (later.cancel(),)
        assert self.upcoming(doctor) == []

    def test_a_closure_strands_appointments_of_every_doctor(self) -> None:
        booked = [self.book_at_nine()[1], self.book_at_nine()[1]]
        closure = TimeOff(DAY_ON - timedelta(days=1), DAY_ON + timedelta(days=1))
        hit = self.service.change_schedule(
            None, lambda: self.back_end.close_clinic(closure), now=NOW, cancel_stranded=True
        )
        assert {each.id for each in hit} == {each.id for each in booked}
        assert self.upcoming(None) == []

    def test_a_doctor_who_left_is_not_found_and_stands_in_nobodys_way(self) -> None:
        (left, kept), (_, hit) = self.book_at_nine(), self.book_at_nine()
        self.back_end.retire_doctor(left)
        with raises(NotFound):
            self.service.free_slots(left, DAY_ON, now=NOW)
        with raises(NotFound):
            self.service.book(left, self.back_end.add_patient(), NINE, now=NOW)
        stranded = self.service.change_schedule(
            None, lambda: self.back_end.close_clinic(TimeOff(DAY_ON)), now=NOW
        )
        assert stranded == (hit,)
        assert self.service.cancel(kept.id, now=NOW) == kept.cancel()

    def test_a_doctor_who_stops_seeing_patients_strands_all_of_them(self) -> None:
        (doctor, booked), (other, kept) = self.book_at_nine(), self.book_at_nine()
        hit = self.service.change_schedule(
            doctor, lambda: self.back_end.retire_doctor(doctor), now=NOW, dry_run=True
        )
        assert hit == (booked,)
        assert self.service.stranded(doctor, now=NOW) == ()
        stopped = self.service.change_schedule(
            doctor, lambda: self.back_end.retire_doctor(doctor), now=NOW
        )
        assert stopped == hit
        assert self.service.stranded(doctor, now=NOW) == (booked,)
        assert self.service.stranded(other, now=NOW) == ()
        assert self.service.stranded(None, now=NOW) == (booked,)
        assert self.upcoming(None) == [booked, kept]

    def test_a_doctor_who_stops_leaves_those_too_who_were_stranded_before(self) -> None:
        doctor, booked = self.book_at_nine()
        self.back_end.set_rules(doctor, [AFTERNOONS])
        assert self.service.stranded(doctor, now=NOW) == (booked,)

        def stop(*, dry_run: bool) -> tuple[Appointment, ...]:
            return self.service.change_schedule(
                doctor,
                lambda: self.back_end.retire_doctor(doctor),
                now=NOW,
                dry_run=dry_run,
                cancel_stranded=True,
            )

        assert stop(dry_run=True) == (booked,)
        assert stop(dry_run=False) == (booked.cancel(),)
        assert self.upcoming(doctor) == []

    def test_a_doctor_who_stops_may_have_all_of_them_cancelled(self) -> None:
        doctor, booked = self.book_at_nine()
        hit = self.service.change_schedule(
            doctor,
            lambda: self.back_end.retire_doctor(doctor),
            now=NOW,
            cancel_stranded=True,
        )
        assert hit == (booked.cancel(),)
        assert self.upcoming(doctor) == []
        assert self.back_end.notices()[1:] == [(Event.CANCELLED, booked.id, 1)]

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
