"""A database server that takes what it is sent and does not answer: it is frozen, or at work for long."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection, HTTPResponse
from typing import Any

import psycopg
import pytest
from attrs import frozen

import servers
from medicare_django.postgresql import driver
from tests.integration.real_servers import real_server
from tests.integration.served_site import free_port, served
from tests.integration.site_process import ROOT, environment
from tests.integration.waiting import comes_true

DUMMY = "django.core.mail.backends.dummy.EmailBackend"
PATIENCE_SECONDS = 2
WAYS = {
    "postgres": (
        f"?answer_timeout={PATIENCE_SECONDS}",
        f"SELECT pg_sleep({PATIENCE_SECONDS + 0.5})",
        "3s",
    ),
    "mariadb": (
        f"?read_timeout={PATIENCE_SECONDS}",
        f"SELECT SLEEP({PATIENCE_SECONDS + 0.5})",
        3,
    ),
}
PREPARE = """
import json
import django
django.setup()
from datetime import timedelta
from django.core.management import call_command
from django.utils import timezone
from medicare_django.accounts import tokens
from tests.integration.factories import make_doctor, make_hours, make_patient
call_command("migrate", verbosity=0)
day = timezone.localdate() + timedelta(days=2)
doctor = make_doctor()
make_hours(doctor, "09:00", "12:00", start_date=day)
access = tokens.start_login(make_patient(), timezone.now()).access
print(json.dumps({"doctor": doctor.pk, "date": day.isoformat(), "access": access}))
"""
MIGRATE = """
import json, sys
import django
django.setup()
from django.apps import apps
from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.models.signals import pre_migrate
slow, limit = sys.argv[1:]
said = {}

def work(**_):
    with connection.cursor() as cursor:
        cursor.execute(slow)
        cursor.execute(limit)
        said["lock"] = cursor.fetchone()[0]

pre_migrate.connect(work, sender=apps.get_app_config("accounts"))
call_command("migrate", "contenttypes", verbosity=0)
try:
    work()
except OperationalError:
    said["afterwards"] = "cut off"
print(json.dumps(said))
"""


def output_of(arguments: list[str], **given: str) -> str:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment(REDIS_URL="", EMAIL_BACKEND=DUMMY, **given),
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        timeout=60,
    ).stdout


@frozen
class Site:
    port: int
    doctor: int
    date: str
    access: str

    def ask(self, method: str, path: str, body: Any = None) -> HTTPResponse:
        headers = {"Authorization": f"Bearer {self.access}", "Content-Type": "application/json"}
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=20)) as connection:
            connection.request(method, path, body and json.dumps(body), headers)
            answer = connection.getresponse()
            answer.read()
            return answer

    def book(self, at: str) -> HTTPResponse:
        asked = {"doctor": self.doctor, "date": self.date, "time": at}
        return self.ask("POST", "/api/book-appointment/", asked)


@pytest.fixture(scope="module")
def postgres() -> Iterator[servers.Server]:
    with real_server("postgres") as server:
        yield server


def test_a_server_that_stands_still_costs_a_503_and_nothing_is_booked_twice(
    postgres: servers.Server,
) -> None:
    url = f"{postgres.url}?answer_timeout={PATIENCE_SECONDS}&connect_timeout=2"
    env = environment(DATABASE_URL=url, REDIS_URL="", EMAIL_BACKEND=DUMMY)
    prepared = json.loads(output_of(["-c", PREPARE], DATABASE_URL=url))
    with served(port := free_port(), env), ThreadPoolExecutor() as pool:
        site = Site(port, **prepared)
        assert site.book("09:00").status == 201
        with psycopg.connect(postgres.url) as rival, psycopg.connect(postgres.url) as watch:
            watch.autocommit = True
            rival.execute("SELECT FROM accounts_doctor FOR UPDATE")
            booking = pool.submit(site.book, "10:00")
            waiting = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            assert comes_true(lambda: watch.execute(waiting).rowcount == 1, seconds=20)
            postgres.freeze()
            try:
                asked_at = time.monotonic()
                probe = site.ask("GET", "/readyz")
                assert (probe.status, time.monotonic() - asked_at < 3) == (503, True)
                answer, page = booking.result(), site.ask("GET", f"/doctors/{site.doctor}/")
            finally:
                postgres.thaw()
        assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
        assert (page.status, page.headers["Retry-After"]) == (503, "5")
        assert [site.book("10:00").status for _ in range(2)] == [201, 409]
        assert comes_true(lambda: site.ask("GET", "/readyz").status == 200, seconds=20)
    found = output_of(["-m", "django", "check_bookings"], DATABASE_URL=url)
    assert found == "2 live appointments, 12 cells: no fault\n"


def test_who_has_waited_in_vain_closes_the_connection(postgres: servers.Server) -> None:
    connection = driver.connect(conninfo=postgres.url, answer_timeout=1)
    with pytest.raises(driver.OperationalError, match="not answered within 1 seconds"):
        connection.execute("SELECT pg_sleep(5)")
    assert connection.closed


def test_an_error_is_an_answer(postgres: servers.Server) -> None:
    with driver.connect(conninfo=postgres.url, answer_timeout=20, autocommit=True) as connection:
        connection.execute("SET statement_timeout = '50ms'")
        with pytest.raises(driver.OperationalError, match="statement timeout"):
            connection.execute("SELECT pg_sleep(5)")
        with pytest.raises(driver.OperationalError, match="statement timeout"):
            list(connection.cursor().stream("SELECT pg_sleep(0.03) FROM generate_series(1, 9)"))
        assert connection.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.parametrize("name", ["postgres", "mariadb"])
def test_a_migration_waits_for_a_statement_as_long_as_it_takes_and_for_a_lock_it_does_not(
    name: str,
) -> None:
    options, slow, lock = WAYS[name]
    limit = "SHOW lock_timeout" if name == "postgres" else "SELECT @@lock_wait_timeout"
    with real_server(name) as server:
        said = output_of(["-c", MIGRATE, slow, limit], DATABASE_URL=server.url + options)
    assert json.loads(said) == {"lock": lock, "afterwards": "cut off"}
