import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.db.models.functions import Now
from django.test import Client
from pytest_django.fixtures import Settings

from medicare_django.notifications.models import Kind, Notification
from medicare_django.operations import health
from tests.integration.factories import make_patient
from tests.integration.real_servers import real_server

WELL = {"status": "ok", "database": "ok", "migrations": "ok", "oldest_unsent_mail_seconds": None}
GONE = {**WELL, "status": "unavailable", "database": "unreachable", "migrations": "unknown"}

# It looks through a connection of its own, which sees what is committed.
with_database = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def nothing_seen_yet(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    settings.REDIS_URL = ""
    look_again(monkeypatch)


def look_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_readiness", health.Readiness())


def readyz() -> tuple[int, dict[str, Any]]:
    answer = Client().get("/readyz")
    return answer.status_code, answer.json()


@contextmanager
def unapplied(app: str, name: str) -> Iterator[None]:
    recorder = MigrationRecorder(connection)
    recorder.record_unapplied(app, name)
    try:
        yield
    finally:
        recorder.record_applied(app, name)


def owe(due_in: timedelta, **fields: Any) -> Notification:
    row = Notification.objects.create(
        kind=Kind.BOOKED, recipient=make_patient(), next_attempt_at=Now() + due_in
    )
    Notification.objects.filter(pk=row.pk).update(**fields)
    return row


def test_a_process_that_lives_says_so_without_a_database() -> None:
    answer = Client().get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
@with_database
def test_a_probe_needs_neither_https_nor_a_name_of_the_site(settings: Settings, path: str) -> None:
    settings.SECURE_SSL_REDIRECT = True
    answer = Client().get(path, headers={"host": "10.42.0.7:8000"})
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    assert answer["Content-Length"] == str(len(answer.content))


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
@with_database
def test_a_probe_asks_by_get_or_head(path: str) -> None:
    head, post = Client().head(path), Client(enforce_csrf_checks=True).post(path)
    assert (head.status_code, head.content) == (200, b"")
    assert (post.status_code, post["Allow"]) == (405, "GET, HEAD")
    assert Client().get(f"{path}/").status_code == 404


@with_database
def test_a_site_that_is_well_is_ready() -> None:
    assert readyz() == (200, WELL)


def test_without_its_database_it_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    # No test mark opens the database here.
    assert readyz() == (503, GONE)
    monkeypatch.setitem(connection.settings_dict, "NAME", "/no/such/folder/or/database")
    look_again(monkeypatch)
    assert readyz() == (503, GONE)


@with_database
def test_without_one_of_its_migrations_it_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    with unapplied("notifications", "0001_initial"):
        assert readyz() == (503, {**WELL, "status": "unavailable", "migrations": "missing"})
    look_again(monkeypatch)
    assert readyz() == (200, WELL)


@pytest.mark.parametrize(
    ("others", "word"), [([], "ok"), ([("notifications", "0000")], "missing")]
)
@with_database
def test_a_migration_that_stands_for_others_is_there_when_all_of_them_are(
    monkeypatch: pytest.MonkeyPatch, others: list[tuple[str, str]], word: str
) -> None:
    replaced = frozenset([("notifications", "0001_initial"), *others])
    known = {("notifications", "0001_squashed"): replaced}
    monkeypatch.setattr(health, "known_migrations", lambda: known)
    assert readyz()[1]["migrations"] == word


@with_database
def test_a_database_without_tables_is_not_ready(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("a new database is made by naming a file")
    monkeypatch.setitem(connection.settings_dict, "NAME", str(tmp_path / "new.sqlite3"))
    assert readyz() == (503, {**WELL, "status": "unavailable", "migrations": "missing"})


@pytest.mark.parametrize(
    ("due", "fields", "seconds", "status"),
    [
        (timedelta(seconds=-40), {}, 40, "ok"),
        (timedelta(seconds=-900), {}, 900, "degraded"),
        (timedelta(hours=2), {}, None, "ok"),  # a reminder
        (timedelta(seconds=-900), {"state": "sent"}, None, "ok"),
        (timedelta(seconds=-900), {"state": "failed"}, None, "ok"),
        # The server refused it at first, then twice more: it has been owed for 1 + 5 minutes.
        (timedelta(minutes=15), {"tries": 3}, 360, "degraded"),
        (timedelta(minutes=1), {"tries": 1}, 0, "ok"),
        (timedelta(minutes=2), {"tries": 1}, 0, "ok"),  # in somebody's hands
    ],
)
@with_database
def test_the_age_of_a_mail_counts_from_when_it_was_due(
    due: timedelta, fields: dict[str, Any], seconds: int | None, status: str
) -> None:
    owe(due, **fields)
    code, body = readyz()
    age = body["oldest_unsent_mail_seconds"]
    assert (code, body["status"]) == (200, status)
    assert age is None if seconds is None else seconds <= age <= seconds + 20


@with_database
def test_the_oldest_mail_counts() -> None:
    for minutes in (-1, -30, -2):
        owe(timedelta(minutes=minutes))
    owe(timedelta(minutes=15), tries=3)
    assert 1800 <= readyz()[1]["oldest_unsent_mail_seconds"] <= 1820


@with_database
def test_a_broker_that_is_down_or_frozen_takes_no_site_away(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    broken = {**WELL, "status": "degraded", "broker": "unreachable"}
    with real_server("redis") as redis:
        settings.REDIS_URL = redis.url
        assert readyz() == (200, {**WELL, "broker": "ok"})
        for harm, cure in ((redis.freeze, redis.thaw), (redis.stop, redis.start)):
            harm()
            look_again(monkeypatch)
            asked_at = time.monotonic()
            assert readyz() == (200, broken)
            assert time.monotonic() - asked_at < health.PATIENCE + 1
            cure()
        look_again(monkeypatch)
        assert readyz() == (200, {**WELL, "broker": "ok"})
    assert "No answer from the broker: ConnectionError" in caplog.text
    assert "127.0.0.1" not in caplog.text


@with_database
def test_a_database_that_is_locked_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("the file of an SQLite database is what can be locked as a whole")
    file = tmp_path / "locked.sqlite3"
    monkeypatch.setitem(connection.settings_dict, "NAME", str(file))
    monkeypatch.setattr(health, "PATIENCE", 0.3)
    monkeypatch.setattr(health, "FRESH_SECONDS", 0)
    with closing(sqlite3.connect(file)) as rival:
        rival.execute("CREATE TABLE thing (id)")
        rival.execute("BEGIN EXCLUSIVE")
        asked_at = time.monotonic()
        assert [readyz(), readyz()] == [(503, GONE)] * 2
        names = [thread.name for thread in threading.enumerate()]
        assert names.count("look-at-database") == 1  # which still waits
        assert time.monotonic() - asked_at < 5
        rival.rollback()
    end = time.monotonic() + 20
    while readyz()[1]["database"] != "ok":
        assert time.monotonic() < end


@with_database
def test_an_answer_is_good_for_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "FRESH_SECONDS", 60)
    assert readyz() == (200, WELL)
    with unapplied("notifications", "0001_initial"):
        assert readyz() == (200, WELL)
        monkeypatch.setattr(health, "FRESH_SECONDS", 0)
        assert readyz()[0] == 503


@with_database
def test_while_one_looks_others_are_told_what_was_seen_last(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert readyz() == (200, WELL)
    monkeypatch.setattr(health, "FRESH_SECONDS", 0)
    with health._readiness._looking, unapplied("notifications", "0001_initial"):
        assert readyz() == (200, WELL)
