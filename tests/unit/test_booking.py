"""Stories; the promises of every back end are told in the contracts."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID, uuid4

import pytest
from attrs import evolve

from medicare_core.availability import AvailabilityRule, Schedule, TimeOff
from medicare_core.errors import InvalidValue, NotFound, TimeRefused, TooLate
from medicare_core.ids import AppointmentId, DoctorId
from medicare_core.policy import Actor, BookingPolicy
from medicare_core.ports import Event
from tests.unit.ada import BERLIN, HALF_AN_HOUR, MONDAY, MORNINGS, NINE, NOW, Clinic


@pytest.fixture
def clinic() -> Clinic:
    return Clinic()


def test_ben_books_moves_and_cancels(clinic: Clinic) -> None:
    booked = clinic.service.book(clinic.ada, clinic.ben, NINE, now=NOW)
    assert clinic.free() == ["09:30", "10:00", "10:30", "11:00", "11:30"]

    moved = clinic.service.reschedule(booked.id, NINE + 3 * HALF_AN_HOUR, now=NOW)
    assert clinic.free() == ["09:00", "09:30", "10:00", "11:00", "11:30"]
    assert (moved.id, moved.revision) == (booked.id, 1)

    cancelled = clinic.service.cancel(booked.id, now=NOW)
    assert len(clinic.free()) == 6
    assert (cancelled.period, cancelled.revision) == (moved.period, 2)
    assert clinic.events() == [Event.BOOKED, Event.RESCHEDULED, Event.CANCELLED]


def test_a_start_without_an_offset_is_read_on_the_doctors_clock(clinic: Clinic) -> None:
    booked = clinic.service.book(
        clinic.ada, clinic.ben, datetime.fromisoformat("2026-06-01T09:00"), now=NOW
    )

    assert booked.period.starts_at == NINE
    assert booked.zone == BERLIN


def test_in_a_fold_a_reading_means_the_first_time_that_is_free() -> None:
    night = AvailabilityRule(date(2026, 10, 25), time(1), time(4), slot_minutes=60)
    clinic, two = Clinic(night), datetime.fromisoformat("2026-10-25T02:00")
    now = datetime(2026, 10, 24, tzinfo=UTC)

    first = clinic.service.book(clinic.ada, clinic.ben, two, now=now)
    second = clinic.service.book(clinic.ada, clinic.cem, two, now=now)

    assert second.period.starts_at - first.period.starts_at == timedelta(hours=1)
    with pytest.raises(TimeRefused) as refused:
        clinic.service.book(clinic.ada, clinic.back_end.add_patient(), two, now=now)
    assert refused.value.code == "slot_taken"


def test_a_booked_visit_keeps_its_length_when_the_rule_changes(clinic: Clinic) -> None:
    booked = clinic.service.book(clinic.ada, clinic.ben, NINE, now=NOW)

    clinic.back_end.set_rules(clinic.ada, [evolve(MORNINGS, slot_minutes=60)])

    assert clinic.back_end.unlocked.appointments.get(booked.id).period.minutes == 30
    assert clinic.free() == ["10:00", "11:00"]


def test_a_move_takes_the_length_of_the_rule_that_holds_now(clinic: Clinic) -> None:
    booked = clinic.service.book(clinic.ada, clinic.ben, NINE, now=NOW)
    clinic.back_end.set_rules(clinic.ada, [evolve(MORNINGS, slot_minutes=60)])

    moved = clinic.service.reschedule(booked.id, NINE, now=NOW)

    assert moved.period.minutes == 60
    assert moved.revision == 1


def test_a_move_to_the_time_it_has_does_nothing(clinic: Clinic) -> None:
    booked = clinic.service.book(clinic.ada, clinic.ben, NINE, now=NOW)

    assert clinic.service.reschedule(booked.id, NINE, now=NOW) == booked
    assert clinic.events() == [Event.BOOKED]


def test_the_same_patient_cannot_be_booked_twice_at_one_time(clinic: Clinic) -> None:
    clinic.service.book(clinic.ada, clinic.ben, NINE, now=NOW)

    with pytest.raises(TimeRefused) as refused:
        clinic.service.book(clinic.ada, clinic.ben, NINE, now=NOW)
    assert refused.value.code == "slot_taken"


def test_the_alternatives_suit_the_patient_as_well_as_the_doctor(clinic: Clinic) -> None:
    eve = clinic.back_end.add_doctor(Schedule(BERLIN, (MORNINGS,)))
    clinic.service.book(eve, clinic.ben, NINE + HALF_AN_HOUR, now=NOW)
    clinic.service.book(clinic.ada, clinic.cem, NINE, now=NOW)

    with pytest.raises(TimeRefused) as refused:
        clinic.service.book(clinic.ada, clinic.ben, NINE, now=NOW)

    nearest = [NINE + times * HALF_AN_HOUR for times in (2, 3, 4)]
    assert list(refused.value.alternatives) == nearest
    assert all(start.tzinfo is BERLIN for start in refused.value.alternatives)


def test_the_cutoff_binds_patients_and_not_the_clinic(clinic: Clinic) -> None:
    booked = clinic.service.book(clinic.ada, clinic.ben, NINE, now=NOW)
    late = NINE - timedelta(minutes=119)

    with pytest.raises(TooLate):
        clinic.service.cancel(booked.id, now=late)
    with pytest.raises(TooLate):
        clinic.service.reschedule(booked.id, NINE + 4 * HALF_AN_HOUR, now=late)
    moved = clinic.service.reschedule(
        booked.id, NINE + 4 * HALF_AN_HOUR, now=late, by=Actor.CLINIC
    )
    assert not clinic.service.cancel(moved.id, now=NINE, by=Actor.CLINIC).is_live


def test_a_first_free_time_and_counts_agree_with_the_list(clinic: Clinic) -> None:
    clinic.service.book(clinic.ada, clinic.ben, NINE, now=NOW)
    clinic.back_end.add_time_off(clinic.ada, TimeOff(MONDAY - timedelta(days=1)))
    first = clinic.service.first_free(clinic.ada, now=NOW)

    counts = clinic.service.free_counts(clinic.ada, MONDAY, 2, now=NOW)

    assert first is not None
    assert first.starts_at == NINE + HALF_AN_HOUR
    assert counts == {MONDAY: 5, MONDAY + timedelta(days=1): 6}


def test_a_doctor_who_never_works_has_no_first_free_time(clinic: Clinic) -> None:
    clinic.back_end.set_rules(clinic.ada, [])

    assert clinic.service.first_free(clinic.ada, now=NOW) is None


def test_the_horizon_of_the_service_is_that_of_its_policy(clinic: Clinic) -> None:
    service = evolve(clinic.service, policy=BookingPolicy(horizon_days=1))

    assert len(service.free_slots(clinic.ada, MONDAY, now=NOW)) == 6
    assert len(service.free_slots(clinic.ada, MONDAY + timedelta(days=1), now=NOW)) == 0


def test_ids_are_those_that_are_handed_in(clinic: Clinic) -> None:
    number = AppointmentId(UUID(int=42))
    service = evolve(clinic.service, new_id=lambda: number)

    assert service.book(clinic.ada, clinic.ben, NINE, now=NOW).id == number


def test_unknown_doctors_and_appointments_are_not_found(clinic: Clinic) -> None:
    nobody, nothing, service = DoctorId(999), AppointmentId(uuid4()), clinic.service
    attempts: list[Callable[[], object]] = [
        lambda: service.free_slots(nobody, MONDAY, now=NOW),
        lambda: service.free_counts(nobody, MONDAY, 7, now=NOW),
        lambda: service.first_free(nobody, now=NOW),
        lambda: service.explain(nobody, NINE, now=NOW),
        lambda: service.book(nobody, clinic.ben, NINE, now=NOW),
        lambda: service.change_schedule(nobody, lambda: None, now=NOW),
        lambda: service.reschedule(nothing, NINE, now=NOW),
        lambda: service.cancel(nothing, now=NOW),
    ]
    for attempt in attempts:
        with pytest.raises(NotFound):
            attempt()


def test_a_now_without_an_offset_is_refused(clinic: Clinic) -> None:
    naive = datetime.fromisoformat("2026-05-31T09:00")
    for attempt in (
        lambda: clinic.service.book(clinic.ada, clinic.ben, NINE, now=naive),
        lambda: clinic.service.free_slots(clinic.ada, MONDAY, now=naive),
        lambda: clinic.service.first_free(clinic.ada, now=naive),
        lambda: clinic.service.change_schedule(clinic.ada, lambda: None, now=naive),
    ):
        with pytest.raises(InvalidValue) as refused:
            attempt()
        assert refused.value.field == "now"
