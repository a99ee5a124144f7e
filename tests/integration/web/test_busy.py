"""What pages say while the database lets nobody write, or somebody logs out meanwhile."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client

from medicare_django.scheduling.models import Appointment
from tests.integration.factories import (
    PASSWORD,
    browser_of,
    make_doctor,
    make_hours,
    make_patient,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
NOW = datetime(2031, 6, 2, 7, tzinfo=UTC)


@contextmanager
def down() -> Iterator[None]:
    """Nothing can be asked."""

    def refuse(*_: Any) -> Any:
        raise OperationalError("connection refused")

    with connection.execute_wrapper(refuse):
        yield


@contextmanager
def locked(table: str) -> Iterator[None]:
    """Writing to this table takes too long."""

    def run(execute: Any, sql: str, *rest: Any) -> Any:
        if connection.ops.quote_name(table) in sql and not sql.startswith("SELECT"):
            raise OperationalError("database is locked")
        return execute(sql, *rest)

    with connection.execute_wrapper(run):
        yield


@pytest.mark.parametrize(
    ("path", "table", "form"),
    [
        ("/login/", "axes_accessattempt", {"email": "ada@example.org", "password": PASSWORD}),
        ("/login/", "accounts_login", {"email": "ada@example.org", "password": PASSWORD}),
        ("/forgotten-password/", "notifications_notification", {"email": "ada@example.org"}),
        ("/profile/", "accounts_userprofile", {"name": "Ada"}),
    ],
)
def test_who_cannot_be_served_is_asked_to_come_again(
    path: str, table: str, form: dict[str, str]
) -> None:
    browser = browser_of(make_patient(email="ada@example.org"))
    with locked(table):
        answer = browser.post(path, form)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "One moment, please" in answer.content.decode()


def test_a_page_that_is_not_there_is_not_there_without_a_database_either() -> None:
    browser = browser_of(make_patient())
    with down():
        missing, page = browser.get("/nowhere/"), browser.get("/appointments/")
    assert (missing.status_code, page.status_code) == (404, 503)
    assert "Log in" in missing.content.decode()


def test_what_is_booked_is_told_though_the_session_is_not_prolonged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    doctor, browser = make_doctor(), browser_of(make_patient())
    make_hours(doctor, "09:00", "12:00")
    with locked("django_session"):
        booked = browser.post(f"/doctors/{doctor.pk}/book/", {"start": "2031-06-03T09:00Z"})
        listed = browser.get("/appointments/")
    [row] = Appointment.objects.all()
    assert (booked.status_code, booked["Location"]) == (302, f"/appointments/{row.pk}/booked/")
    assert (listed.status_code, listed["Cache-Control"]) == (200, "private, no-store")
    assert {record.levelno for record in caplog.records} - {logging.INFO} == {logging.WARNING}


def test_who_logs_out_while_a_page_is_made_still_gets_it() -> None:
    browser = browser_of(make_patient())

    def run(execute: Any, sql: str, *rest: Any) -> Any:
        if connection.ops.quote_name("scheduling_appointment") in sql:
            execute("DELETE FROM django_session", (), *rest[1:])
        return execute(sql, *rest)

    with connection.execute_wrapper(run):
        assert browser.get("/appointments/").status_code == 200
    assert browser.get("/appointments/").status_code == 302


def test_a_login_that_cannot_be_kept_is_not_told_as_one() -> None:
    make_patient(email="ada@example.org")
    with locked("django_session"):
        form = {"email": "ada@example.org", "password": PASSWORD}
        answer = Client().post("/login/", form)
    assert answer.status_code == 503


@pytest.mark.parametrize("path", ["/", "/doctors/1/", "/login/"])
def test_a_database_that_answers_nothing_is_not_asked_who_is_reading(path: str) -> None:
    browsers = [Client(), browser_of(make_patient())]

    def run(*_: Any) -> Any:
        raise OperationalError("gone")

    for browser in browsers:
        with connection.execute_wrapper(run):
            answer = browser.get(path)
        if answer.status_code != 200:  # the form for logging in needs nothing, for a stranger
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
            assert "One moment, please" in answer.content.decode()
