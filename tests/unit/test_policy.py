from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from attrs import evolve

from medicare_core.appointments import Appointment
from medicare_core.errors import InvalidValue, NotLive, TooLate
from medicare_core.ids import AppointmentId, DoctorId, PatientId
from medicare_core.period import Period, to_minutes
from medicare_core.policy import Actor, BookingPolicy
from medicare_core.wall_clock import to_date

NINE = datetime(2026, 6, 1, 9, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
SECOND = timedelta(seconds=1)
APPOINTMENT = Appointment(
    AppointmentId(UUID(int=1)),
    DoctorId(1),
    PatientId(2),
    Period.between(NINE, NINE + timedelta(minutes=30)),
    BERLIN,
)


@pytest.mark.parametrize(
    ("field", "least", "most"),
    [
        ("notice_minutes", 0, 43_200),
        ("horizon_days", 1, 3650),
        ("cancel_cutoff_minutes", 0, 43_200),
    ],
)
def test_a_policy_has_limits_and_names_the_field_beyond_them(
    field: str, least: int, most: int
) -> None:
    for value in (least, most):
        assert getattr(evolve(BookingPolicy(), **{field: value}), field) == value
    wrong: Any
    for wrong in (least - 1, most + 1, 1.5, None, True):
        with pytest.raises(InvalidValue) as refused:
            evolve(BookingPolicy(), **{field: wrong})
        assert refused.value.field == field


def test_notice_is_counted_in_whole_minutes_from_the_next_one_on() -> None:
    policy = BookingPolicy(notice_minutes=60)

    assert policy.earliest_start(NINE) == to_minutes(NINE) + 60
    assert policy.earliest_start(NINE + SECOND) == to_minutes(NINE) + 61


@pytest.mark.parametrize(
    ("now", "last_on"),
    [
        ("2026-06-01T21:59:59+00:00", "2026-06-02"),
        ("2026-06-01T22:00:00+00:00", "2026-06-03"),
        ("2026-10-25T22:59:59+00:00", "2026-10-26"),
        ("2026-10-25T23:00:00+00:00", "2026-10-27"),
    ],
)
def test_the_horizon_counts_from_today_in_the_doctors_zone(now: str, last_on: str) -> None:
    last_day = BookingPolicy(horizon_days=1).last_day(datetime.fromisoformat(now), BERLIN)

    assert to_date(last_day).isoformat() == last_on


def test_a_patient_may_change_until_the_cutoff() -> None:
    policy = BookingPolicy(cancel_cutoff_minutes=120)
    limit = NINE - timedelta(minutes=120)

    policy.check_change(APPOINTMENT, limit, Actor.PATIENT)
    with pytest.raises(TooLate):
        policy.check_change(APPOINTMENT, limit + SECOND, Actor.PATIENT)


def test_without_a_cutoff_a_patient_may_change_until_the_start() -> None:
    policy = BookingPolicy(cancel_cutoff_minutes=0)

    policy.check_change(APPOINTMENT, NINE, Actor.PATIENT)
    with pytest.raises(TooLate):
        policy.check_change(APPOINTMENT, NINE + SECOND, Actor.PATIENT)


def test_the_clinic_may_change_until_the_end() -> None:
    policy, end = BookingPolicy(), APPOINTMENT.period.ends_at

    policy.check_change(APPOINTMENT, end - SECOND, Actor.CLINIC)
    with pytest.raises(TooLate):
        policy.check_change(APPOINTMENT, end, Actor.CLINIC)


@pytest.mark.parametrize("by", Actor)
def test_what_was_cancelled_is_not_live_however_late_it_is(by: Actor) -> None:
    with pytest.raises(NotLive):
        BookingPolicy().check_change(APPOINTMENT.cancel(), NINE + timedelta(days=9), by)
