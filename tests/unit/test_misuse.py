"""What a program that embeds the core may get wrong is told to it, with the field named."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from medicare_core.appointments import Appointment
from medicare_core.availability import Busy, Schedule
from medicare_core.errors import InvalidValue, TimeRefused, TooLate
from medicare_core.ids import AppointmentId
from medicare_core.in_memory import InMemoryClinic
from medicare_core.period import Period
from medicare_core.policy import Actor
from medicare_core.stranding import stranded
from medicare_core.utilisation import utilisation
from tests.unit.ada import BERLIN, HALF_AN_HOUR, MONDAY, MORNINGS, NINE, NOW, Clinic

HOUR_BEFORE = NINE - timedelta(hours=1)
Call = Callable[[Clinic, Any], object]

WITH_NOW: dict[str, Call] = {
    "free_slots": lambda c, now: c.service.free_slots(c.ada, MONDAY, now=now),
    "free_counts": lambda c, now: c.service.free_counts(c.ada, MONDAY, 2, now=now),
    "first_free": lambda c, now: c.service.first_free(c.ada, now=now),
    "next_free": lambda c, now: c.service.next_free([c.ada], now=now),
    "explain": lambda c, now: c.service.explain(c.ada, NINE, now=now),
    "book": lambda c, now: c.service.book(c.ada, c.ben, NINE, now=now),
    "cancel": lambda c, now: c.service.cancel(booked(c).id, now=now),
    "reschedule": lambda c, now: c.service.reschedule(booked(c).id, NINE, now=now),
    "change_schedule": lambda c, now: c.service.change_schedule(c.ada, list, now=now),
}
WITH_START: dict[str, Call] = {
    "explain": lambda c, start: c.service.explain(c.ada, start, now=NOW),
    "book": lambda c, start: c.service.book(c.ada, c.ben, start, now=NOW),
    "reschedule": lambda c, start: c.service.reschedule(booked(c).id, start, now=NOW),
}
NO_INSTANTS = [
    "2026-06-01T09:00",
    None,
    5,
    date(2026, 6, 1),
    datetime.min.replace(tzinfo=UTC),
    datetime.max.replace(tzinfo=UTC),
]


def booked(clinic: Clinic) -> Appointment:
    return clinic.service.book(clinic.ada, clinic.cem, NINE + 2 * HALF_AN_HOUR, now=NOW)


@pytest.mark.parametrize("now", [*NO_INSTANTS, NOW.replace(tzinfo=None)], ids=repr)
@pytest.mark.parametrize("call", WITH_NOW.values(), ids=WITH_NOW)
def test_now_is_an_instant(call: Call, now: Any) -> None:
    with pytest.raises(InvalidValue) as refused:
        call(Clinic(), now)
    assert refused.value.field == "now"


@pytest.mark.parametrize("start", [*NO_INSTANTS, NINE.replace(second=1)], ids=repr)
@pytest.mark.parametrize("call", WITH_START.values(), ids=WITH_START)
def test_a_start_is_an_instant_or_a_reading_in_whole_minutes(call: Call, start: Any) -> None:
    clinic = Clinic()
    with pytest.raises(InvalidValue) as refused:
        call(clinic, start)
    assert refused.value.field == "start"
    assert clinic.service.free_slots(clinic.ada, MONDAY, now=NOW).slots[0].starts_at == NINE


@pytest.mark.parametrize(
    ("first_on", "days", "field"),
    [
        ("2026-06-01", 1, "first_on"),
        (NINE, 1, "first_on"),
        (date(1999, 12, 31), 1, "first_on"),
        (date(9999, 1, 1), 1, "first_on"),
        (MONDAY, 0, "days"),
        (MONDAY, 1.5, "days"),
        (MONDAY, 3701, "days"),
        (date(9998, 12, 31), 2, "days"),
    ],
)
def test_days_are_counted_from_a_date_inside_the_calendar(
    first_on: Any, days: Any, field: str
) -> None:
    clinic = Clinic()
    for listing in (clinic.service.free_slots, clinic.service.free_counts):
        with pytest.raises(InvalidValue) as refused:
            listing(clinic.ada, first_on, days, now=NOW)
        assert refused.value.field == field
    with pytest.raises(InvalidValue) as refused:
        clinic.service.utilisation([clinic.ada], first_on, days)
    assert refused.value.field == field
    assert clinic.service.free_counts(clinic.ada, date(9998, 12, 31), 1, now=NOW)
    assert clinic.service.utilisation([clinic.ada], date(9998, 12, 31), 1)


@pytest.mark.parametrize(
    ("build", "field"),
    [
        (lambda: Schedule("Europe/Berlin"), "zone"),  # type: ignore[arg-type]
        (lambda: Schedule(BERLIN, ["daily"]), "rules"),  # type: ignore[list-item]
        (lambda: Schedule(BERLIN, [], [MONDAY]), "exceptions"),  # type: ignore[list-item]
    ],
)
def test_a_schedule_is_made_of_its_own_parts(build: Callable[[], object], field: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        build()
    assert refused.value.field == field


def test_an_actor_may_be_named_by_its_text() -> None:
    clinic = Clinic()
    visit = clinic.service.book(clinic.ada, clinic.ben, NINE, now=NOW)
    patient: Any = "patient"
    with pytest.raises(TooLate):
        clinic.service.cancel(visit.id, now=HOUR_BEFORE, by=patient)
    assert clinic.service.cancel(visit.id, now=HOUR_BEFORE, by=Actor.CLINIC) == visit.cancel()


@pytest.mark.parametrize("by", [None, "nobody", True, 1])
def test_an_unknown_actor_may_do_nothing(by: Any) -> None:
    clinic = Clinic()
    visit = clinic.service.book(clinic.ada, clinic.ben, NINE, now=NOW)
    with pytest.raises(InvalidValue) as refused:
        clinic.service.cancel(visit.id, now=NOW, by=by)
    assert refused.value.field == "by"


def test_words_that_a_row_holds_mean_what_the_enumerations_mean() -> None:
    period = Period.between(NINE, NINE + HALF_AN_HOUR)
    booked_text: Any = "booked"
    away_text: Any = "time_off"
    clinic = Clinic()
    visit = Appointment(
        AppointmentId(uuid4()), clinic.ada, clinic.ben, period, BERLIN, booked_text
    )
    assert visit.is_live
    schedule = Schedule(BERLIN, [MORNINGS])
    away = Busy(period.start, period.end, away_text)
    assert stranded(schedule, [away], [visit]) == [visit]
    assert utilisation(schedule, [away], MONDAY, 1).offered == 150


def test_the_own_time_is_no_alternative_to_a_refused_move() -> None:
    clinic = Clinic()
    mine = clinic.service.book(clinic.ada, clinic.ben, NINE, now=NOW)
    clinic.service.book(clinic.ada, clinic.cem, NINE + HALF_AN_HOUR, now=NOW)
    with pytest.raises(TimeRefused) as refused:
        clinic.service.reschedule(mine.id, NINE + HALF_AN_HOUR, now=NOW)
    starts = [start.strftime("%H:%M") for start in refused.value.alternatives]
    assert starts == ["10:00", "10:30", "11:00"]


def test_a_transaction_inside_another_one_is_refused_and_not_waited_for() -> None:
    clinic = InMemoryClinic(ZoneInfo("UTC"))

    def begin_twice() -> None:
        with clinic.begin(None), clinic.begin(None):
            pass

    with pytest.raises(RuntimeError, match="inside another"):
        begin_twice()
    with clinic.begin(None):
        pass
