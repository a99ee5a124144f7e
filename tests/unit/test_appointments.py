from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from attrs import evolve

from medicare_core.appointments import STEPS, Appointment, AppointmentStatus
from medicare_core.errors import NotLive
from medicare_core.ids import AppointmentId, DoctorId, PatientId
from medicare_core.period import Period

BERLIN, KATHMANDU = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kathmandu")
BOOKED = Appointment(
    AppointmentId(UUID(int=7)), DoctorId(1), PatientId(2), Period(600, 630), BERLIN
)


def test_a_new_appointment_is_live_and_was_never_changed() -> None:
    assert BOOKED.is_live
    assert BOOKED.status is AppointmentStatus.BOOKED
    assert BOOKED.revision == 0


def test_a_move_changes_time_zone_and_revision_and_nothing_else() -> None:
    moved = BOOKED.move(Period(700, 745), KATHMANDU)

    assert moved == evolve(BOOKED, period=Period(700, 745), zone=KATHMANDU, revision=1)
    assert moved.is_live


def test_a_cancelled_one_keeps_its_time_and_does_not_hold_it() -> None:
    cancelled = BOOKED.cancel()

    assert cancelled == evolve(BOOKED, status=AppointmentStatus.CANCELLED, revision=1)
    assert not cancelled.is_live


def test_nothing_follows_a_cancellation() -> None:
    cancelled = BOOKED.cancel()

    with pytest.raises(NotLive):
        cancelled.cancel()
    with pytest.raises(NotLive):
        cancelled.move(Period(700, 730), BERLIN)


def test_every_change_counts() -> None:
    assert BOOKED.move(Period(0, 5), BERLIN).move(Period(5, 10), BERLIN).cancel().revision == 3


def test_every_status_says_what_may_follow_it() -> None:
    assert STEPS.keys() == set(AppointmentStatus)
