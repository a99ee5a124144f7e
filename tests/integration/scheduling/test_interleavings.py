"""Two who act on one schedule, the second at an exact point of the transaction of the first."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Event, Thread
from typing import Any

import pytest
from attrs import define, field
from django.db import connection

from medicare_core.appointments import Appointment
from medicare_core.booking import BookingService
from medicare_core.errors import BookingError
from medicare_core.ids import AppointmentId, DoctorId, PatientId
from medicare_django.accounts.models import Doctor, UserProfile
from medicare_django.scheduling import models
from medicare_django.scheduling.consistency import find_faults
from medicare_django.scheduling.patients import deactivate_patient
from medicare_django.scheduling.wiring import booking_service
from tests.integration.factories import make_doctor, make_hours, make_patient

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2031, 6, 2, 7, tzinfo=UTC)
NINE = datetime(2031, 6, 3, 9, tzinfo=UTC)
TEN = NINE + timedelta(hours=1)

POINTS = ["after the lock", "after the check", "after the appointment", "before the commit"]


def is_next(point: str, sql: str) -> bool:
    """Whether the point is just before this statement."""
    reads = ("SELECT", "(SELECT", "BEGIN")
    return point == "after the check" and not sql.startswith(reads)


def is_passed(point: str, sql: str) -> bool:
    """Whether the point is just after this statement."""
    match point:
        case "after the lock":
            return "accounts_doctor" in sql
        case "after the appointment":
            return _writes(sql, "scheduling_appointment")
        case "before the commit":
            return _writes(sql, "notifications_notification")
    return False


def _writes(sql: str, table: str) -> bool:
    return sql.startswith((f"INSERT INTO {table} ", f"UPDATE {table} "))


def told(act: Callable[[], object]) -> str:
    """What came of it: a status, how many it hit, or why it was refused."""
    try:
        result = act()
    except BookingError as error:
        return error.code
    return f"{len(result)} hit" if isinstance(result, tuple) else getattr(result, "status", "")


@define
class Rival:
    """Acts on a connection of their own when the first one gets to that point, for the first time.

    The first goes on when the rival is done, or has been waiting for a moment.
    """

    point: str
    act: Callable[[], object]
    outcome: str = ""
    _acted: Event = field(factory=Event)
    _thread: Thread | None = None

    def __call__(self, execute: Any, sql: str, *rest: Any) -> Any:
        plain = sql.replace('"', "").replace("`", "")
        if is_next(self.point, plain):
            self._start()
        result = execute(sql, *rest)
        if is_passed(self.point, plain):
            self._start()
        return result

    def finish(self) -> str:
        assert self._thread is not None, f"{self.point}: never got there"
        self._thread.join(30)
        return self.outcome

    def _start(self) -> None:
        if self._thread is None:
            self._thread = Thread(target=self._run)
            self._thread.start()
            self._acted.wait(0.05)

    def _run(self) -> None:
        try:
            self.outcome = told(self.act)
        finally:
            self._acted.set()
            connection.close()


def both(first: Callable[[], object], point: str, rival: Callable[[], object]) -> tuple[str, str]:
    """What came of the first, and of the rival who acted at that point of it."""
    interruption = Rival(point, rival)
    with connection.execute_wrapper(interruption):
        outcome = told(first)
    return outcome, interruption.finish()


class Practice:
    """Ben has Ada's nine o'clock; Cem and Dan have nothing; Eve is another doctor."""

    def __init__(self) -> None:
        self.ada, self.eve = make_doctor(), make_doctor()
        for doctor in (self.ada, self.eve):
            make_hours(doctor, "09:00", "12:00")
        self.ben, self.cem, self.dan = make_patient(), make_patient(), make_patient()
        self.visit: AppointmentId = self.book(self.ben, NINE).id

    def book(
        self, patient: UserProfile, start: datetime = TEN, doctor: Doctor | None = None
    ) -> Appointment:
        own = DoctorId((doctor or self.ada).pk)
        return booking_service().book(own, PatientId(patient.pk), start, now=NOW)

    def cancel(self) -> Appointment:
        return booking_service().cancel(self.visit, now=NOW)

    def move(self) -> Appointment:
        return booking_service().reschedule(self.visit, TEN, now=NOW)

    def go_away(self) -> tuple[Appointment, ...]:
        """Ada takes the day off, and cancels what is booked."""

        def change() -> None:
            models.TimeOff.objects.create(doctor=self.ada, start_date=NINE.date())

        return booking_service().change_schedule(
            DoctorId(self.ada.pk), change, now=NOW, cancel_stranded=True
        )


ACTS: dict[str, Callable[[Practice], object]] = {
    "Cem books ten": lambda practice: practice.book(practice.cem),
    "Dan books ten": lambda practice: practice.book(practice.dan),
    "Dan books nine": lambda practice: practice.book(practice.dan, NINE),
    "Ben cancels": Practice.cancel,
    "Ben moves to ten": Practice.move,
    "Ada goes away": Practice.go_away,
}


@pytest.mark.parametrize(
    ("first", "outcome", "rival", "then"),
    [
        ("Cem books ten", "booked", "Dan books ten", "slot_taken"),
        ("Cem books ten", "booked", "Ben moves to ten", "slot_taken"),
        ("Cem books ten", "booked", "Ada goes away", "2 hit"),
        ("Ben cancels", "cancelled", "Ben cancels", "not_live"),
        ("Ben cancels", "cancelled", "Ben moves to ten", "not_live"),
        ("Ben cancels", "cancelled", "Dan books nine", "booked"),
        ("Ben cancels", "cancelled", "Ada goes away", "0 hit"),
        ("Ben moves to ten", "booked", "Dan books ten", "slot_taken"),
        ("Ben moves to ten", "booked", "Dan books nine", "booked"),
        ("Ben moves to ten", "booked", "Ben cancels", "cancelled"),
        ("Ben moves to ten", "booked", "Ada goes away", "1 hit"),
        ("Ada goes away", "1 hit", "Dan books ten", "time_off"),
        ("Ada goes away", "1 hit", "Ben moves to ten", "not_live"),
        ("Ada goes away", "1 hit", "Ben cancels", "not_live"),
    ],
)
def test_who_comes_second_to_a_doctor_sees_all_that_the_first_did(
    first: str, outcome: str, rival: str, then: str
) -> None:
    for point in POINTS:
        practice = Practice()
        outcomes = both(partial(ACTS[first], practice), point, partial(ACTS[rival], practice))
        assert (point, *outcomes) == (point, outcome, then)
    assert not find_faults().faults


@pytest.mark.parametrize("point", POINTS)
def test_one_who_books_with_two_doctors_gets_one_of_them(point: str) -> None:
    practice = Practice()
    outcomes = both(
        lambda: practice.book(practice.cem),
        point,
        lambda: practice.book(practice.cem, TEN, practice.eve),
    )
    assert sorted(outcomes) == ["booked", "patient_busy"]
    assert not find_faults().faults


@pytest.mark.parametrize("point", POINTS)
def test_no_booking_in_the_making_outlives_the_account_of_its_patient(point: str) -> None:
    practice = Practice()
    outcomes = both(
        lambda: practice.book(practice.cem),
        point,
        lambda: deactivate_patient(practice.cem, now=NOW, cancel_stranded=True),
    )
    assert outcomes == ("booked", "1 hit")
    assert models.Appointment.objects.get(patient=practice.cem).status == "cancelled"


def test_who_is_being_deactivated_books_nothing_more() -> None:
    practice = Practice()
    outcomes = both(
        lambda: deactivate_patient(practice.cem, now=NOW),
        "after the lock",
        lambda: practice.book(practice.cem),
    )
    assert outcomes == ("0 hit", "not_found")


def read_repeatably() -> None:
    """Only a connection's own settings say so: the site would be refused with them."""
    connection.ensure_connection()
    if connection.vendor == "postgresql":
        psycopg = pytest.importorskip("psycopg")
        connection.connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    else:
        with connection.cursor() as cursor:
            cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")


@pytest.mark.parametrize("old_snapshot", [False, True])
def test_whoever_reads_before_the_lock_is_stopped_by_the_cells(old_snapshot: bool) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("a transaction of SQLite begins with its lock: nothing can come before it")
    practice, lost = Practice(), list[int]()
    usual = booking_service()
    service = BookingService(usual.begin, usual.unlocked, pause=lost.append)

    def overtake() -> None:
        thread = Thread(target=lambda: (practice.book(practice.dan), connection.close()))
        thread.start()
        thread.join(30)

    def run(execute: Any, sql: str, *rest: Any) -> Any:
        if "accounts_doctor" in sql and not overtaken:
            overtaken.append(True)
            models.Appointment.objects.count()
            overtake()
        return execute(sql, *rest)

    overtaken = list[bool]()
    if old_snapshot:
        read_repeatably()
    try:
        with connection.execute_wrapper(run):
            outcome = told(
                lambda: service.book(
                    DoctorId(practice.ada.pk), PatientId(practice.cem.pk), TEN, now=NOW
                )
            )
    finally:
        connection.close()
    assert (outcome, lost) == ("slot_taken", [1] if old_snapshot else [])
    assert not find_faults().faults
