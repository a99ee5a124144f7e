"""Each reason for which a time cannot be had, provoked, and which of two comes first."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from medicare_core.availability import AvailabilityRule, Busy, Repeat, Schedule, TimeOff
from medicare_core.booking import BookingService
from medicare_core.errors import (
    BookingError,
    InvalidValue,
    NotFound,
    NotLive,
    RefusalCode,
    TimeRefused,
    TooLate,
    WriteConflict,
)
from medicare_core.policy import BookingPolicy
from medicare_core.slots import Agenda
from tests.unit.in_memory_back_end import InMemoryBackEnd

BERLIN = ZoneInfo("Europe/Berlin")
SUNDAY = date(2026, 3, 29)  # the clocks go from 02:00 to 03:00
NOW = datetime(2026, 3, 28, 8, tzinfo=UTC)  # 09:00
POLICY = BookingPolicy(notice_minutes=60, horizon_days=7)
DAYTIME = AvailabilityRule(
    date(2026, 1, 1), time(0), time(18), repeat_pattern=Repeat.DAILY, slot_minutes=30
)
LUNCH = TimeOff(SUNDAY, start_time=time(12), end_time=time(13))
NIGHT = TimeOff(SUNDAY, start_time=time(20), end_time=time(21))
FAR_OFF = TimeOff(date(2026, 5, 1))

CASES = [
    ("2026-03-29T02:30", RefusalCode.NONEXISTENT_TIME),
    ("2026-03-28T08:59", RefusalCode.IN_THE_PAST),
    ("2026-03-28T09:00", RefusalCode.TOO_SOON),
    ("2026-03-28T09:59", RefusalCode.TOO_SOON),
    ("2026-04-05T00:00", RefusalCode.TOO_FAR),
    ("2026-03-29T12:00", RefusalCode.TIME_OFF),
    ("2026-03-29T18:00", RefusalCode.NOT_OFFERED),
    ("2026-03-29T17:45", RefusalCode.OFF_GRID),
    ("2026-03-29T09:15", RefusalCode.OFF_GRID),
    ("2026-03-29T09:01", RefusalCode.OFF_GRID),
    ("2026-03-29T14:00", RefusalCode.SLOT_TAKEN),
    ("2026-03-29T15:00", RefusalCode.PATIENT_BUSY),
]
FREE = ["2026-03-28T10:00", "2026-04-04T17:30", "2026-03-29T13:00", "2026-03-29T14:30"]

# Two reasons at once: the one that is checked first is told.
ORDER = [
    ("2026-03-27T12:00", RefusalCode.IN_THE_PAST),  # taken as well
    ("2026-03-28T09:15", RefusalCode.TOO_SOON),  # off the grid as well
    ("2026-05-01T23:00", RefusalCode.TOO_FAR),  # time off, and not offered
    ("2026-03-29T20:00", RefusalCode.TIME_OFF),  # not offered
    ("2026-03-29T12:15", RefusalCode.TIME_OFF),  # off the grid
    ("2026-03-29T12:30", RefusalCode.TIME_OFF),  # taken
    ("2026-03-29T19:00", RefusalCode.NOT_OFFERED),  # taken
    ("2026-03-29T14:15", RefusalCode.OFF_GRID),  # taken
    ("2026-03-29T16:00", RefusalCode.SLOT_TAKEN),  # patient busy
]


def minute(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=BERLIN).timestamp()) // 60


def held(text: str, reason: RefusalCode) -> Busy:
    return Busy(minute(text), minute(text) + 30, reason)


AGENDA = Agenda(
    Schedule(BERLIN, (DAYTIME,), (LUNCH, NIGHT, FAR_OFF)),
    NOW,
    POLICY,
    [
        held("2026-03-27T12:00", RefusalCode.SLOT_TAKEN),
        held("2026-03-29T12:30", RefusalCode.SLOT_TAKEN),
        held("2026-03-29T14:00", RefusalCode.SLOT_TAKEN),
        held("2026-03-29T19:00", RefusalCode.SLOT_TAKEN),
        held("2026-03-29T15:00", RefusalCode.PATIENT_BUSY),
        held("2026-03-29T16:00", RefusalCode.PATIENT_BUSY),
        held("2026-03-29T16:00", RefusalCode.SLOT_TAKEN),
    ],
)


@pytest.mark.parametrize(("text", "code"), CASES + ORDER)
def test_a_time_that_cannot_be_had_has_its_reason(text: str, code: RefusalCode) -> None:
    assert AGENDA.explain(datetime.fromisoformat(text)) is code


@pytest.mark.parametrize("text", FREE)
def test_a_time_that_can_be_had_has_none(text: str) -> None:
    assert AGENDA.explain(datetime.fromisoformat(text)) is None


def test_every_reason_is_provoked_and_has_a_sentence_of_its_own() -> None:
    assert {code for _, code in CASES} == set(RefusalCode)
    assert len({code.sentence for code in RefusalCode}) == len(RefusalCode)
    assert all(code.sentence.endswith(".") for code in RefusalCode)


@pytest.mark.parametrize(("text", "code"), CASES)
def test_booking_and_moving_are_refused_for_the_same_reason(text: str, code: RefusalCode) -> None:
    back_end = InMemoryBackEnd()
    service = BookingService(back_end.begin, back_end.unlocked, POLICY)
    schedule = Schedule(BERLIN, (DAYTIME,))
    doctor, colleague = back_end.add_doctor(schedule), back_end.add_doctor(schedule)
    patient, somebody = back_end.add_patient(), back_end.add_patient()
    service.book(doctor, somebody, datetime.fromisoformat("2026-03-29T14:00"), now=NOW)
    service.book(colleague, patient, datetime.fromisoformat("2026-03-29T15:00"), now=NOW)
    mine = service.book(doctor, patient, datetime.fromisoformat("2026-03-29T10:00"), now=NOW)
    back_end.add_time_off(doctor, LUNCH)
    start = datetime.fromisoformat(text)

    with pytest.raises(TimeRefused) as booking:
        service.book(doctor, patient, start, now=NOW)
    with pytest.raises(TimeRefused) as moving:
        service.reschedule(mine.id, start, now=NOW)

    assert booking.value.code == moving.value.code == code.value
    assert booking.value.message == code.sentence
    assert service.explain(doctor, start, now=NOW, patient=patient) is code
    assert len(booking.value.alternatives) == len(moving.value.alternatives) == 3
    assert len(back_end.notices()) == 3


def test_errors_have_stable_codes() -> None:
    errors: list[Any] = [NotFound, TooLate, NotLive, WriteConflict, InvalidValue]

    assert [error.code for error in errors] == [
        "not_found",
        "too_late",
        "not_live",
        "write_conflict",
        "invalid",
    ]
    assert all(issubclass(error, BookingError) for error in [*errors, TimeRefused])
    assert issubclass(InvalidValue, ValueError)


@pytest.mark.parametrize(
    ("start", "field"),
    [
        (datetime(2026, 3, 29, 12, 0, 1, tzinfo=UTC), "start"),
        (datetime(2026, 3, 29, 12, 0, 0, 1, tzinfo=UTC), "start"),
        (datetime.fromisoformat("2026-03-29T12:00:30"), "start"),
        (datetime.fromisoformat("9999-12-31T12:00"), "start"),
        (datetime.fromisoformat("0001-01-01T00:00"), "start"),
        (datetime(1, 1, 1, tzinfo=UTC), "start"),
        (datetime(9999, 12, 31, 23, 55, tzinfo=UTC), "start"),
        (datetime(9999, 12, 31, 23, 55, tzinfo=UTC) - timedelta(days=300), "start"),
    ],
)
def test_a_start_that_means_nothing_is_refused_by_name(start: datetime, field: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        AGENDA.explain(start)

    assert refused.value.field == field


@pytest.mark.parametrize("days", [0, -1, 3701, 1.0, "7", True])
def test_a_number_of_days_that_means_nothing_is_refused_by_name(days: Any) -> None:
    for ask in (AGENDA.free_starts, AGENDA.free_slots, AGENDA.free_counts):
        with pytest.raises(InvalidValue) as refused:
            ask(SUNDAY, days)
        assert refused.value.field == "days"


@pytest.mark.parametrize("first_on", [date(1999, 1, 1), date(9999, 1, 1), NOW, "2026-03-29"])
def test_a_first_date_that_means_nothing_is_refused_by_name(first_on: Any) -> None:
    for ask in (AGENDA.free_starts, AGENDA.free_slots, AGENDA.free_counts):
        with pytest.raises(InvalidValue) as refused:
            ask(first_on, 1)
        assert refused.value.field == "first_on"
