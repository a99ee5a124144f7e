"""What becomes of a request that has to wait for somebody else's transaction."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Event, Thread
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from medicare_core.booking import ATTEMPTS
from medicare_core.errors import NotFound, WriteConflict
from medicare_core.ids import DoctorId, PatientId
from medicare_django.accounts.models import Doctor, UserProfile
from medicare_django.scheduling.models import Appointment, OccupiedCell
from medicare_django.scheduling.wiring import booking_service
from tests.integration.factories import (
    browser_of,
    client_of,
    make_doctor,
    make_hours,
    make_patient,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("clock")]
NOW = datetime(2031, 6, 2, 7, tzinfo=UTC)
NINE = datetime(2031, 6, 3, 9, tzinfo=UTC)
BODY = {"date": "2031-06-03", "time": "09:00"}

# A second is the least that MySQL and MariaDB can be told.
SHORT_WAITS = {
    "postgresql": "SET lock_timeout = '100ms'",
    "mysql": "SET innodb_lock_wait_timeout = 1",
    "sqlite": "PRAGMA busy_timeout = 100",
}
USUAL_WAITS = {
    "postgresql": "SET lock_timeout = '3s'",
    "mysql": "SET innodb_lock_wait_timeout = 3",
    "sqlite": "PRAGMA busy_timeout = 10000",
}


@pytest.fixture
def _short_waits() -> Iterator[None]:
    execute(SHORT_WAITS[connection.vendor])
    yield
    execute(USUAL_WAITS[connection.vendor])


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.fixture
def doctor() -> Doctor:
    made = make_doctor()
    make_hours(made, "09:00", "12:00")
    return made


@contextmanager
def somebody_else(does: Callable[[], object]) -> Iterator[Event]:
    """Does this on a connection of their own, and commits when they are told or the block is left."""
    done, may_commit = Event(), Event()

    def act() -> None:
        try:
            with transaction.atomic():
                does()
                done.set()
                may_commit.wait(30)
        finally:
            connection.close()

    thread = Thread(target=act)
    thread.start()
    try:
        assert done.wait(30)
        yield may_commit
    finally:
        may_commit.set()
        thread.join()


def lock_doctors() -> None:
    list(Doctor.objects.select_for_update())


def lock_users() -> None:
    list(UserProfile.objects.select_for_update())


def stored() -> tuple[int, int]:
    return Appointment.objects.count(), OccupiedCell.objects.count()


@pytest.mark.usefixtures("_short_waits")
def test_a_booking_that_waited_too_long_is_tried_again_and_succeeds(
    doctor: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient, pauses = client_of(make_patient()), list[int]()
    with somebody_else(lock_doctors) as may_commit:

        def pause(lost: int) -> None:
            pauses.append(lost)
            if lost == ATTEMPTS - 1:
                may_commit.set()
                time.sleep(0.05)  # what was held is free

        monkeypatch.setattr("medicare_django.scheduling.wiring.pause", pause)
        answer = patient.post(
            "/api/book-appointment/", {"doctor": doctor.pk, **BODY}, format="json"
        )
    assert (answer.status_code, pauses) == (201, [1, 2])
    assert stored() == (1, 6)


@pytest.mark.usefixtures("_short_waits")
def test_who_cannot_be_served_in_time_is_asked_to_come_again(doctor: Doctor) -> None:
    patient = make_patient()
    api, browser = client_of(patient), browser_of(patient)
    with somebody_else(lock_doctors):
        answer = api.post("/api/book-appointment/", {"doctor": doctor.pk, **BODY}, format="json")
        page = browser.post(f"/doctors/{doctor.pk}/book/", {"start": "2031-06-03T09:00Z"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert answer.json()["code"] == WriteConflict.code
    assert (page.status_code, page.headers["Retry-After"]) == (503, "5")
    assert "One moment, please" in page.content.decode()
    assert stored() == (0, 0)


@pytest.mark.usefixtures("_short_waits")
def test_an_account_that_is_locked_for_too_long_is_not_an_error_of_ours() -> None:
    api = client_of(make_patient())
    with somebody_else(lock_users):
        answer = api.patch("/api/profile/", {"name": "Ada"}, format="json")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")


def test_two_who_wait_for_each_other_are_told_apart_from_an_error() -> None:
    """One of them is undone by the database; what it says is read as what may be tried again."""
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has one lock, for which nobody waits in a ring")
    first, second = make_doctor(), make_doctor()
    lost = list[WriteConflict]()

    def lock(doctor: Doctor) -> None:
        list(Doctor.objects.select_for_update().filter(pk=doctor.pk))

    def lock_both(one: Doctor, other: Doctor, ready: Event, go: Event) -> None:
        try:
            with booking_service().begin(DoctorId(one.pk)):
                ready.set()
                go.wait(30)
                lock(other)
        except WriteConflict as error:
            lost.append(error)
        finally:
            connection.close()

    gates = Event(), Event()
    threads = [
        Thread(target=lock_both, args=(first, second, gates[0], gates[1])),
        Thread(target=lock_both, args=(second, first, gates[1], gates[0])),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(lost) == 1


def test_what_a_booking_lacks_is_not_taken_for_a_conflict(doctor: Doctor) -> None:
    calls = list[Any]()

    def change() -> None:
        calls.append(1)
        make_hours(Doctor(pk=987_654_321), "09:00", "10:00")

    with pytest.raises(IntegrityError):
        booking_service().change_schedule(DoctorId(doctor.pk), change, now=NOW)
    with pytest.raises(NotFound, match="patient"):
        booking_service().book(DoctorId(doctor.pk), PatientId(987_654_321), NINE, now=NOW)
    assert calls == [1]


@pytest.mark.parametrize("error", [OperationalError("gone away"), OperationalError(2013, "gone")])
def test_a_database_that_is_gone_is_not_asked_again(
    doctor: Doctor, error: OperationalError
) -> None:
    calls = list[Any]()

    def change() -> None:
        calls.append(1)
        raise error

    with pytest.raises(OperationalError):
        booking_service().change_schedule(DoctorId(doctor.pk), change, now=NOW)
    assert calls == [1]


# As after a failover, for who still writes to what is a standby now; and back.
READ_ONLY = {
    "postgresql": (
        "SET default_transaction_read_only = on",
        "RESET default_transaction_read_only",
    ),
    "mysql": ("SET SESSION TRANSACTION READ ONLY", "SET SESSION TRANSACTION READ WRITE"),
    "sqlite": ("PRAGMA query_only = on", "PRAGMA query_only = off"),
}


def test_a_database_that_takes_no_writes_is_not_an_error_of_ours(doctor: Doctor) -> None:
    patient = make_patient()
    api, browser = client_of(patient), browser_of(patient)
    begin, end = READ_ONLY[connection.vendor]
    execute(begin)
    try:
        answers = [
            api.post("/api/book-appointment/", {"doctor": doctor.pk, **BODY}, format="json"),
            api.patch("/api/profile/", {"name": "Ada"}, format="json"),
            browser.post(f"/doctors/{doctor.pk}/book/", {"start": "2031-06-03T09:00Z"}),
        ]
        read = api.get(f"/api/doctor/{doctor.pk}/timeslots/", {"date": "2031-06-03"})
    finally:
        execute(end)
    assert [answer.status_code for answer in answers] == [503, 503, 503]
    assert (read.status_code, stored()) == (200, (0, 0))
