"""What one process of the site serves a second, on this machine, with PostgreSQL and Redis.

    PYTHONPATH=src:tools:. python benchmarks/served.py [threads]

The servers are its own, with data that would survive a power cut; clients, site and servers share
the processors. A clinic of 50 doctors and 200 patients; every booking is one that succeeds.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, time, timedelta
from http.client import HTTPConnection
from itertools import count, product
from pathlib import Path
from threading import Thread
from time import monotonic, sleep

import servers

SECONDS, CLIENTS, DOCTORS, PATIENTS = 8, 8, 50, 200
DAY = datetime.now(tz=UTC).date() + timedelta(days=7)
ADDRESSES = count()
OPENS_AT, VISITS = time(6, 0, tzinfo=UTC), 28  # of half an hour, a day
Ask = Callable[[HTTPConnection], int]
"""Ask something, and give the status of the answer."""


def main() -> None:
    threads = sys.argv[1] if len(sys.argv) > 1 else "3"
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.chmod(0o755)
        database = stack.enter_context(servers.postgres(folder / "postgres", fast=False))
        queue = stack.enter_context(servers.redis(folder / "redis", fast=False))
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "medicare_django.settings",
            "DEMO": "0",
            "SECRET_KEY": "for-a-measurement-" + "s" * 50,
            "JWT_SIGNING_KEY": "for-a-measurement-" + "j" * 50,
            "ALLOWED_HOSTS": "127.0.0.1",
            "TRUSTED_PROXIES": "1",
            "DATABASE_URL": database.url,
            "REDIS_URL": queue.url,
        }
        measure(stack, threads)


def measure(stack: ExitStack, threads: str) -> None:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    doctors, accesses, session = clinic()
    port = servers.free_port()
    serve(stack, port, threads)
    print(f"One process, {threads} threads, {CLIENTS} clients at once, {SECONDS} s each")
    bookings = iter(booking(doctors, accesses))
    kinds: dict[str, Callable[[], Ask]] = {
        "GET /healthz": lambda: get("/healthz"),
        "a doctor's free times, API": lambda: get(
            f"/api/doctor/{doctors[0]}/timeslots/?date={DAY}"
        ),
        "a page of a patient": lambda: get("/appointments/", Cookie=f"__Host-sessionid={session}"),
        "bookings, API": lambda: next(bookings),
    }
    for name, ask in kinds.items():
        print(f"{rate(port, ask):7.0f} a second  {name}")


def clinic() -> tuple[list[int], list[str], str]:
    from django.utils import timezone

    from medicare_django.accounts import tokens
    from tests.integration import factories

    doctors = [factories.make_doctor() for _ in range(DOCTORS)]
    for doctor in doctors:
        factories.make_hours(doctor, "06:00", "20:00", start_date=DAY)
    patients = [factories.make_patient(password=None) for _ in range(PATIENTS)]
    accesses = [tokens.start_login(each, timezone.now()).access for each in patients]
    session = factories.browser_of(patients[0]).cookies["__Host-sessionid"].value
    return [doctor.pk for doctor in doctors], accesses, session


def serve(stack: ExitStack, port: int, threads: str) -> None:
    command = [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--http", "1", "--no-ws"),
        *("--workers", "1", "--blocking-threads", threads, "--log-level", "warning"),
        *("--host", "127.0.0.1", "--port", str(port), "medicare_django.wsgi:application"),
    ]
    site = stack.enter_context(subprocess.Popen(command, stderr=subprocess.DEVNULL))
    stack.callback(site.terminate)
    while not servers.is_answered(port):
        assert site.poll() is None, "the site ended"
        sleep(0.1)


def rate(port: int, ask: Callable[[], Ask]) -> float:
    """Answers a second, all of them good ones."""
    statuses: list[int] = []
    ends_at = monotonic() + SECONDS

    def client() -> None:
        connection = HTTPConnection("127.0.0.1", port, timeout=30)
        while monotonic() < ends_at:
            statuses.append(ask()(connection))

    clients = [Thread(target=client) for _ in range(CLIENTS)]
    for each in clients:
        each.start()
    for each in clients:
        each.join()
    assert set(statuses) <= {200, 201}, set(statuses)
    return len(statuses) / SECONDS


def get(path: str, **headers: str) -> Ask:
    return lambda connection: answered(connection, "GET", path, None, headers)


def booking(doctors: list[int], accesses: list[str]) -> Iterator[Ask]:
    """Each time of each doctor once; at one time no patient twice."""
    for day, visit, (number, doctor) in product(range(30), range(VISITS), enumerate(doctors)):
        opens_at = datetime.combine(DAY + timedelta(days=day), OPENS_AT)
        starts_at = opens_at + timedelta(minutes=30 * visit)
        access = accesses[(number + visit * len(doctors)) % len(accesses)]
        yield post({"doctor": doctor, "starts_at": starts_at.isoformat()}, access)


def post(asked: dict[str, object], access: str) -> Ask:
    headers = {"Authorization": f"Bearer {access}", "Content-Type": "application/json"}
    path, body = "/api/book-appointment/", json.dumps(asked)
    return lambda connection: answered(connection, "POST", path, body, headers)


def answered(
    connection: HTTPConnection, method: str, path: str, body: str | None, headers: dict[str, str]
) -> int:
    """As a proxy sends it on, each time for another client: no throttle is in the way."""
    number = next(ADDRESSES)
    forwarded = {
        "X-Forwarded-Proto": "https",
        "X-Forwarded-For": f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}",
    }
    connection.request(method, path, body, {**headers, **forwarded})
    answer = connection.getresponse()
    answer.read()
    return answer.status


if __name__ == "__main__":
    main()
