"""Transactions that lose against another one, changes that fail, and what they leave behind."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest

from medicare_core.appointments import Appointment
from medicare_core.availability import Schedule, TimeOff
from medicare_core.booking import ATTEMPTS, BookingService
from medicare_core.errors import NotFound, TimeRefused, WriteConflict
from medicare_core.ids import DoctorId, PatientId
from medicare_core.in_memory import InMemoryClinic
from medicare_core.ports import Event, UnitOfWork
from tests.unit.ada import BERLIN, HALF_AN_HOUR, MONDAY, MORNINGS, NINE, NOW, Clinic


@pytest.fixture
def clinic() -> Clinic:
    return Clinic()


def losing(clinic: Clinic, times: int, **more: Any) -> BookingService:
    """The service over a back end whose first transactions lose against another one."""
    left = iter(range(times))

    @contextmanager
    def begin(doctor: DoctorId | None) -> Iterator[UnitOfWork]:
        with clinic.back_end.begin(doctor) as work:
            yield work
            if next(left, None) is not None:
                raise WriteConflict("Somebody else committed first.")

    return BookingService(begin, clinic.back_end.unlocked, **more)


def test_before_each_new_try_there_is_a_pause_outside_the_transaction(clinic: Clinic) -> None:
    pauses: list[tuple[int, int]] = []

    def pause(lost: int) -> None:
        clinic.service.cancel(
            clinic.service.book(clinic.ada, clinic.cem, NINE, now=NOW).id, now=NOW
        )
        pauses.append((lost, len(clinic.free())))

    losing(clinic, ATTEMPTS - 1, pause=pause).book(clinic.ada, clinic.ben, NINE, now=NOW)
    assert pauses == [(1, 6), (2, 6)]


def test_a_transaction_that_lost_is_tried_again(clinic: Clinic) -> None:
    booked = losing(clinic, ATTEMPTS - 1).book(clinic.ada, clinic.ben, NINE, now=NOW)

    assert clinic.back_end.unlocked.appointments.get(booked.id) == booked
    assert clinic.events() == [Event.BOOKED]


def test_a_transaction_that_always_loses_is_given_up(clinic: Clinic) -> None:
    with pytest.raises(WriteConflict):
        losing(clinic, ATTEMPTS).book(clinic.ada, clinic.ben, NINE, now=NOW)

    assert len(clinic.free()) == 6
    assert clinic.events() == []


def test_a_conflict_that_somebody_else_settled_is_told_as_a_taken_time(clinic: Clinic) -> None:
    attempts = iter(range(ATTEMPTS))

    @contextmanager
    def overtaken() -> Iterator[UnitOfWork]:
        with clinic.back_end.begin(clinic.ada) as work:
            yield work
            raise WriteConflict("Somebody else committed first.")

    def begin(doctor: DoctorId | None) -> AbstractContextManager[UnitOfWork]:
        if next(attempts) == 0:
            return overtaken()
        if not clinic.events():
            clinic.service.book(clinic.ada, clinic.cem, NINE, now=NOW)
        return clinic.back_end.begin(doctor)

    with pytest.raises(TimeRefused) as refused:
        BookingService(begin, clinic.back_end.unlocked).book(clinic.ada, clinic.ben, NINE, now=NOW)
    assert refused.value.code == "slot_taken"


def test_a_change_that_fails_changes_nothing(clinic: Clinic) -> None:
    def edit() -> None:
        clinic.back_end.set_rules(clinic.ada, [])
        raise RuntimeError("the form was bad")

    with pytest.raises(RuntimeError):
        clinic.service.change_schedule(clinic.ada, edit, now=NOW)

    assert len(clinic.free()) == 6


def test_what_was_stranded_before_is_not_told_again(clinic: Clinic) -> None:
    clinic.service.book(clinic.ada, clinic.ben, NINE, now=NOW)
    clinic.back_end.set_rules(clinic.ada, [])

    def go_away() -> None:
        clinic.back_end.add_time_off(clinic.ada, TimeOff(MONDAY))

    assert clinic.service.change_schedule(clinic.ada, go_away, now=NOW) == ()


def test_a_doctor_who_is_back_covers_their_appointments_again() -> None:
    clinic = InMemoryClinic(BERLIN)
    service, ada = BookingService(clinic.begin, clinic.unlocked), DoctorId(1)
    clinic.schedules[ada] = Schedule(BERLIN, (MORNINGS,))
    booked = service.book(ada, PatientId(1), NINE, now=NOW)
    schedule = clinic.schedules.pop(ada)

    def come_back() -> None:
        clinic.schedules[ada] = schedule

    assert service.stranded(ada, now=NOW) == (booked,)
    assert service.change_schedule(ada, come_back, now=NOW) == ()
    assert service.stranded(ada, now=NOW) == ()


def test_who_sees_patients_neither_before_nor_after_is_not_found_and_nothing_is_changed() -> None:
    clinic = InMemoryClinic(BERLIN)
    service = BookingService(clinic.begin, clinic.unlocked)

    def edit() -> None:
        clinic.closures.append(TimeOff(MONDAY))

    with pytest.raises(NotFound):
        service.change_schedule(DoctorId(1), edit, now=NOW)
    assert clinic.closures == []


def test_what_is_over_is_not_stranded(clinic: Clinic) -> None:
    booked = clinic.service.book(clinic.ada, clinic.ben, NINE, now=NOW)

    def stop() -> None:
        clinic.back_end.set_rules(clinic.ada, [])

    def hit(now: datetime) -> tuple[object, ...]:
        return clinic.service.change_schedule(clinic.ada, stop, now=now, dry_run=True)

    assert hit(NINE + timedelta(minutes=29)) == (booked,)
    assert hit(NINE + timedelta(minutes=30)) == ()


@pytest.fixture
def restless_threads() -> Iterator[None]:
    """Threads take turns so often that a race is lost wherever one can be."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("restless_threads")
@pytest.mark.parametrize("_", range(20))
def test_of_many_who_race_for_a_few_times_every_winner_is_kept(clinic: Clinic, _: int) -> None:
    patients = [clinic.back_end.add_patient() for _ in range(8)]
    gate = Barrier(len(patients), timeout=30)

    def book_what_can_be_had(patient: PatientId) -> list[Appointment]:
        got: list[Appointment] = []
        gate.wait()
        for times in range(6):
            with suppress(TimeRefused):
                start = NINE + times * HALF_AN_HOUR
                got.append(clinic.service.book(clinic.ada, patient, start, now=NOW))
        return got

    with ThreadPoolExecutor(len(patients)) as pool:
        won = [each for got in pool.map(book_what_can_be_had, patients) for each in got]

    kept = clinic.back_end.unlocked.appointments.upcoming(clinic.ada, NOW)
    told = [appointment for _, appointment, _ in clinic.back_end.notices()]
    assert sorted(won, key=lambda each: each.period) == kept
    assert len(won) == 6
    assert sorted(told) == sorted(each.id for each in won)
