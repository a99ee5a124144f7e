import tomllib
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from medicare_core.appointments import Appointment
from medicare_core.availability import AvailabilityRule, Busy, Schedule, TimeOff
from medicare_core.errors import InvalidValue, RefusalCode
from medicare_core.ids import AppointmentId, DoctorId, PatientId
from medicare_core.period import Period
from medicare_core.policy import BookingPolicy
from medicare_core.slots import Agenda
from medicare_core.stranding import stranded

Vector = dict[str, Any]

VECTORS: list[Vector] = tomllib.loads(
    Path(__file__).with_name("vectors.toml").read_text(encoding="utf-8")
)["vector"]


def named(key: str) -> pytest.MarkDecorator:
    chosen = [vector for vector in VECTORS if key in vector]
    return pytest.mark.parametrize("vector", chosen, ids=[vector["name"] for vector in chosen])


@named("free")
def test_a_vector_lists_the_free_times_of_each_day(vector: Vector) -> None:
    agenda = agenda_of(vector)

    listed = {day: labels(agenda, date.fromisoformat(day)) for day in vector["free"]}

    assert listed == vector["free"]


@named("refused")
def test_a_vector_tells_why_a_time_is_refused(vector: Vector) -> None:
    agenda = agenda_of(vector)

    told = {start: agenda.explain(datetime.fromisoformat(start)) for start in vector["refused"]}

    assert told == vector["refused"]


@named("booked")
def test_a_vector_tells_which_appointments_are_stranded(vector: Vector) -> None:
    appointments = [appointment_of(booked) for booked in vector["booked"]]
    expected = [booked.get("stranded", False) for booked in vector["booked"]]

    left = stranded(schedule_of(vector), (), appointments)

    assert [each in left for each in appointments] == expected


@named("invalid")
def test_a_vector_names_the_field_that_is_wrong(vector: Vector) -> None:
    with pytest.raises(InvalidValue) as refused:
        schedule_of(vector)

    assert refused.value.field == vector["invalid"]


def test_no_vector_is_left_unread() -> None:
    known = {"name", "zone", "rules", "time_off", "booked", "now", "notice_minutes"}
    known |= {"horizon_days", "free", "refused", "invalid"}

    assert {key for vector in VECTORS for key in vector} <= known
    assert all(vector.keys() & {"free", "invalid"} for vector in VECTORS)


def schedule_of(vector: Vector) -> Schedule:
    return Schedule(
        ZoneInfo(vector["zone"]),
        [AvailabilityRule(**rule) for rule in vector["rules"]],
        [TimeOff(**time_off) for time_off in vector.get("time_off", [])],
    )


def agenda_of(vector: Vector) -> Agenda:
    day_before = date.fromisoformat(min(vector["free"])) - timedelta(days=1)
    policy = BookingPolicy(vector.get("notice_minutes", 0), vector.get("horizon_days", 365))
    periods = [appointment_of(booked).period for booked in vector.get("booked", [])]
    return Agenda(
        schedule_of(vector),
        vector.get("now", datetime.combine(day_before, time(), UTC)),
        policy,
        [Busy(period.start, period.end, RefusalCode.SLOT_TAKEN) for period in periods],
    )


def appointment_of(booked: dict[str, Any]) -> Appointment:
    starts_at = datetime.fromisoformat(booked["start"])
    period = Period.between(starts_at, starts_at + timedelta(minutes=booked["minutes"]))
    ids = AppointmentId(uuid4()), DoctorId(1), PatientId(1)
    return Appointment(*ids, period, ZoneInfo("UTC"))


def labels(agenda: Agenda, on: date) -> list[str]:
    """`HH:MM` and the offset of the free times of a day; every one must bear its date."""
    slots = agenda.free_slots(on)
    assert {slot.starts_at.date() for slot in slots} <= {on}
    return [slot.starts_at.isoformat(timespec="minutes").partition("T")[2] for slot in slots]
