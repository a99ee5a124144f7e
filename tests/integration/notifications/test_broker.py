"""The bell that rings through Redis, and a worker and beat of Celery that hear it."""

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core import mail
from django.db import connection, transaction
from pytest_django import Settings
from redis import Redis

import servers
from medicare_django import celery_app
from medicare_django.accounts.circuit_breaker import CircuitBreaker
from medicare_django.notifications import bell, broker, delivery, mail_server, tasks
from medicare_django.notifications.models import Kind, Notification, State
from medicare_django.notifications.outbox import enqueue
from medicare_django.operations.tasks import purge
from tests.integration.database import address_of
from tests.integration.factories import make_patient
from tests.integration.site_process import environment, running
from tests.integration.smtp_server import SmtpServer

pytestmark = pytest.mark.django_db(transaction=True)
FORK = """
import os, django
django.setup()
from medicare_django.notifications import bell, broker
bell.ring(1)
line = broker._line.connection
if os.fork() == 0:
    bell.ring(2)
    os._exit(broker._line.connection is line)
_, status = os.wait()
bell.ring(3)
os._exit(os.waitstatus_to_exitcode(status) or broker._line.connection is not line)
"""
LONGEST_SECONDS = 1.5  # that a booking may be held up


@pytest.fixture(scope="module")
def post(
    redis_server: servers.Server,
    django_db_setup: None,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[SmtpServer]:
    """A mail server, and behind the broker who works the outbox: one worker and beat."""
    folder = tmp_path_factory.mktemp("celery")
    with ExitStack() as stack:
        smtp = stack.enter_context(SmtpServer())
        given = environment(
            DATABASE_URL=address_of(connection.settings_dict),
            REDIS_URL=redis_server.url,
            EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend",
            EMAIL_HOST="127.0.0.1",
            EMAIL_PORT=str(smtp.port),
        )
        celery = ("-m", "celery", "-A", "medicare_django")
        worker = (*celery, "worker", "--concurrency", "1")
        stack.enter_context(running(folder / "worker", given, *worker))
        stack.enter_context(running(folder / "beat", given, *celery, "beat"))
        yield smtp


@pytest.fixture(autouse=True)
def _own_line(
    redis_server: servers.Server, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    settings.REDIS_URL = settings.CELERY_BROKER_URL = redis_server.url
    close_breaker(monkeypatch)
    monkeypatch.setattr(broker, "_line", broker._Line())
    yield
    broker._line.close()
    redis_server.thaw()
    if redis_server.process is None:
        redis_server.start()


@pytest.fixture
def unheard(redis_server: servers.Server, settings: Settings) -> Iterator[Redis]:
    """Another of the databases in Redis, with no worker."""
    settings.CELERY_BROKER_URL = redis_server.url.removesuffix("/0") + "/1"
    with Redis.from_url(settings.CELERY_BROKER_URL) as redis:
        redis.flushdb()
        yield redis


def close_breaker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker, "_breaker", CircuitBreaker(broker.REST_SECONDS))


@contextmanager
def deaf_port() -> Iterator[int]:
    """One that is listened to, and whose queue is full: the kernel drops who wants to come in."""
    with socket.socket() as listening, ExitStack() as stack:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listening.getsockname())
        yield listening.getsockname()[1]


def seconds_to_ring(times: int = 1) -> float:
    begun = time.monotonic()
    for pk in range(times):
        bell.ring(pk)
    return time.monotonic() - begun


def owe() -> Notification:
    return enqueue(Kind.PASSWORD_RESET, make_patient().pk)


def copies(row: Notification, post: SmtpServer) -> int:
    return sum(f"<{row.uuid}@" in message["Message-ID"] for message in post.received)


def assert_sent_once(row: Notification, post: SmtpServer) -> None:
    end = time.monotonic() + 60
    while not Notification.objects.filter(pk=row.pk, state=State.SENT).exists():
        assert time.monotonic() < end
        time.sleep(0.05)
    assert copies(row, post) == 1


def test_a_ring_is_published_after_the_commit(unheard: Redis) -> None:
    with transaction.atomic():
        row = owe()
        assert unheard.llen("celery") == 0
    [published] = [json.loads(each) for each in unheard.lrange("celery", 0, -1)]
    headers = published["headers"]
    assert headers["task"] == tasks.deliver.name
    assert headers["argsrepr"] == f"({row.pk},)"
    assert headers["ignore_result"]
    assert datetime.now(UTC) < datetime.fromisoformat(headers["expires"])
    assert not mail.outbox


def test_many_threads_ring_at_once(unheard: Redis) -> None:
    bell.ring(1)
    lines = {broker._line.connection}

    def ring() -> None:
        seconds_to_ring(5)
        lines.add(broker._line.connection)

    ringing = [threading.Thread(target=ring) for _ in range(8)]
    for thread in ringing:
        thread.start()
    for thread in ringing:
        thread.join()
    assert unheard.llen("celery") == 1 + 8 * 5
    assert len(lines) == 1 + 8


def test_a_forked_process_does_not_ring_by_the_line_of_its_parent(
    unheard: Redis, settings: Settings
) -> None:
    given = environment(REDIS_URL=settings.CELERY_BROKER_URL)
    subprocess.run([sys.executable, "-c", FORK], env=given, timeout=60, check=True)
    assert unheard.llen("celery") == 3


@pytest.mark.parametrize("fault", ["stop", "freeze"])
@pytest.mark.parametrize("is_open", [True, False], ids=["open line", "no line"])
def test_a_broker_that_does_not_answer_holds_up_nobody_for_long(
    redis_server: servers.Server,
    unheard: Redis,
    fault: str,
    is_open: bool,
    caplog: pytest.LogCaptureFixture,
) -> None:
    if is_open:
        bell.ring(1)
    getattr(redis_server, fault)()
    assert seconds_to_ring(50) < LONGEST_SECONDS
    assert caplog.text.count("No workers are told of mail for 30 s") == 1
    assert "127.0.0.1" not in caplog.text


def test_a_broker_whose_packets_are_dropped_holds_up_nobody_for_long(settings: Settings) -> None:
    with deaf_port() as port:
        settings.CELERY_BROKER_URL = f"redis://localhost:{port}/0"
        assert seconds_to_ring(50) < LONGEST_SECONDS


def test_a_broker_that_was_started_again_is_rung_at_once(
    redis_server: servers.Server, unheard: Redis
) -> None:
    bell.ring(1)
    redis_server.stop()
    redis_server.start()
    bell.ring(2)
    assert unheard.llen("celery") == 1


def test_a_broker_that_is_back_is_rung_every_time_again(
    redis_server: servers.Server, unheard: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broker, "_breaker", CircuitBreaker(seconds=1))
    redis_server.stop()
    bell.ring(1)
    redis_server.start()
    time.sleep(1)
    for pk in (2, 3):
        bell.ring(pk)
    assert unheard.llen("celery") == 2


def test_without_redis_nothing_looks_for_a_broker(settings: Settings) -> None:
    settings.REDIS_URL = ""
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    bell.ring(1)
    assert broker._breaker.lets_through()


def test_the_tasks_of_every_thread_are_those_of_the_site() -> None:
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(tasks.deliver.app))
    thread.start()
    thread.join()
    assert found == [celery_app]


def test_every_limit_leaves_time_for_what_happens_within_it(settings: Settings) -> None:
    # The deadline cuts a conversation, but nobody who still waits for one to begin.
    sending = settings.EMAIL_TIMEOUT + mail_server.DEADLINE_SECONDS
    longest = sending + delivery.MARK_SECONDS
    assert longest < tasks.DELIVER_SECONDS < delivery.LEASE.total_seconds()
    given_out_again = settings.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"]
    for task in (tasks.deliver, tasks.sweep, purge):
        assert task.time_limit is not None
        assert task.time_limit < given_out_again


def test_a_mail_is_sent_by_the_worker_that_was_rung_for(post: SmtpServer) -> None:
    assert_sent_once(owe(), post)
    begun = time.monotonic()
    for _ in range(3):
        assert_sent_once(owe(), post)
    # Two of the three would have had to wait for a whole turn of the sweep.
    assert time.monotonic() - begun < 2 * delivery.SWEEP_SECONDS
    assert not mail.outbox


def test_a_mail_that_nobody_rang_for_is_found_by_the_sweep(post: SmtpServer) -> None:
    row = Notification.objects.create(kind=Kind.PASSWORD_RESET, recipient=make_patient())
    assert_sent_once(row, post)


@pytest.mark.parametrize("fault", ["stop", "freeze"])
def test_a_mail_that_was_owed_without_a_broker_is_sent_once_when_it_is_back(
    redis_server: servers.Server,
    post: SmtpServer,
    monkeypatch: pytest.MonkeyPatch,
    fault: str,
) -> None:
    assert_sent_once(owe(), post)
    getattr(redis_server, fault)()
    row = owe()
    close_breaker(monkeypatch)
    time.sleep(1)
    redis_server.start() if fault == "stop" else redis_server.thaw()
    assert_sent_once(row, post)
    assert_sent_once(owe(), post)
