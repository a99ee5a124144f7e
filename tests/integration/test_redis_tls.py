"""A Redis behind TLS: everybody who speaks to it believes the certificate, or nobody does."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client, RequestFactory
from pytest_django import Settings
from redis import Redis

import servers
from medicare_django import redis_address
from medicare_django.accounts import request_rates
from medicare_django.accounts.circuit_breaker import CircuitBreaker
from medicare_django.environment import Environment
from medicare_django.notifications import broker
from medicare_django.notifications.models import Kind, Notification, State
from medicare_django.notifications.outbox import enqueue
from medicare_django.operations import health
from stack_folder import see_to_certificate
from tests.integration.database import address_of
from tests.integration.factories import client_of, make_doctor, make_hours, make_patient
from tests.integration.redis_with_tls import PASSWORD, redis_with_tls
from tests.integration.site_process import environment, running
from tests.integration.smtp_server import SmtpServer
from tests.integration.waiting import comes_true

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2031, 6, 2, 7, tzinfo=UTC)
LONGEST_SECONDS = 1.5  # that a booking may be held up
Use = Callable[[str], None]


@pytest.fixture(scope="module")
def tls() -> Iterator[tuple[servers.Server, Path]]:
    with redis_with_tls() as found:
        yield found


@pytest.fixture
def redis(tls: tuple[servers.Server, Path]) -> Iterator[Redis]:
    """Somebody who believes anything."""
    with Redis.from_url(f"{tls[0].url}?ssl_cert_reqs=none") as redis:
        redis.flushall()
        yield redis


@pytest.fixture
def speak_to(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Use]:
    """Give what lets everybody use another REDIS_URL."""

    def speak(url: str) -> None:
        settings.REDIS_URL = redis_address.redis_url(
            Environment({"REDIS_URL": url}), folder=Path("/")
        )
        settings.CELERY_BROKER_URL = redis_address.broker(settings.REDIS_URL)
        settings.CACHES = {"default": redis_address.cache(settings.REDIS_URL)}

    monkeypatch.setattr(broker, "_line", broker._Line())
    monkeypatch.setattr(broker, "_breaker", CircuitBreaker(broker.REST_SECONDS))
    monkeypatch.setattr(request_rates, "_breaker", CircuitBreaker(request_rates.REST_SECONDS))
    monkeypatch.setattr(health, "_readiness", health.Readiness())
    yield speak
    broker._line.close()


def book() -> tuple[int, float]:
    """Return the status of the answer, and the seconds that it took."""
    patient, doctor = client_of(make_patient()), make_doctor()
    make_hours(doctor, "09:00", "12:00")
    asked = {"doctor": doctor.pk, "date": "2031-06-03", "time": "09:30"}
    begun = time.monotonic()
    answer = patient.post("/api/book-appointment/", asked, format="json")
    return answer.status_code, time.monotonic() - begun


def count_a_request() -> None:
    request_rates.seconds_to_wait("login", RequestFactory().get("/"))


def said_of_the_broker() -> str:
    return str(Client().get("/readyz").json()["broker"])


@pytest.mark.parametrize("options", ["ssl_ca_certs={}", "ssl_cert_reqs=none"])
@pytest.mark.usefixtures("clock")
def test_a_certificate_that_is_vouched_for_or_not_asked_for_is_believed(
    tls: tuple[servers.Server, Path], redis: Redis, speak_to: Use, options: str
) -> None:
    server, authority = tls
    speak_to(f"{server.url}?{options.format(authority)}")
    assert book()[0] == 201
    count_a_request()
    cache.set("kept", 1)
    assert said_of_the_broker() == "ok"
    assert redis.llen("celery") == 1
    assert len(redis.keys("medicare:1:throttle:login:*")) == 1
    assert redis.exists("medicare:1:kept")


@pytest.mark.usefixtures("clock")
def test_one_that_asks_for_a_certificate_is_shown_ours(
    tls: tuple[servers.Server, Path], redis: Redis, speak_to: Use
) -> None:
    server, certificate = tls
    key = certificate.with_name("key.pem")
    ours = f"&ssl_certfile={certificate}&ssl_keyfile={key}"
    redis.config_set("tls-auth-clients", "yes")
    try:
        speak_to(f"{server.url}?ssl_ca_certs={certificate}{ours}")
        assert book()[0] == 201
        assert said_of_the_broker() == "ok"
        assert redis.llen("celery") == 1
    finally:
        redis.config_set("tls-auth-clients", "no")


@pytest.mark.parametrize("options", ["", "?ssl_ca_certs={other}", "?ssl_ca_certs={own}"])
@pytest.mark.usefixtures("clock")
def test_a_certificate_of_nobody_or_of_another_name_is_refused_and_bookings_go_on(
    tls: tuple[servers.Server, Path],
    redis: Redis,
    speak_to: Use,
    options: str,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    server, authority = tls
    other = tmp_path / "other.pem"
    see_to_certificate(other, tmp_path / "key.pem", [])
    url = server.url.replace("127.0.0.1", "localhost") if "{own}" in options else server.url
    speak_to(url + options.format(own=authority, other=other))
    status, seconds = book()
    assert status == 201
    assert seconds < LONGEST_SECONDS
    count_a_request()
    assert said_of_the_broker() == "unreachable"
    assert redis.keys() == []
    for complaint in ("No workers are told", "No requests are counted", "No answer from"):
        assert complaint in caplog.text


@pytest.mark.usefixtures("clock", "redis")
def test_one_that_is_silent_in_the_middle_of_tls_holds_up_nobody_for_long(
    tls: tuple[servers.Server, Path], speak_to: Use
) -> None:
    server, authority = tls
    speak_to(f"{server.url}?ssl_ca_certs={authority}")
    server.freeze()
    try:
        status, seconds = book()
        assert (status, said_of_the_broker()) == (201, "unreachable")
        assert seconds < LONGEST_SECONDS
    finally:
        server.thaw()


def test_worker_and_beat_send_by_it_and_their_log_has_no_password(
    tls: tuple[servers.Server, Path], redis: Redis, speak_to: Use, tmp_path: Path
) -> None:
    server, authority = tls
    url = f"{server.url}?ssl_ca_certs={authority}"
    speak_to(url)
    worker, beat = tmp_path / "worker", tmp_path / "beat"
    with ExitStack() as stack:
        smtp = stack.enter_context(SmtpServer())
        given = environment(
            DATABASE_URL=address_of(connection.settings_dict),
            REDIS_URL=url,
            EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend",
            EMAIL_HOST="127.0.0.1",
            EMAIL_PORT=str(smtp.port),
        )
        celery = ("-m", "celery", "-A", "medicare_django")
        stack.enter_context(running(worker, given, *celery, "worker", "--concurrency", "1"))
        enqueue(Kind.PASSWORD_RESET, make_patient().pk)
        stack.enter_context(running(beat, given, *celery, "beat"))
        assert comes_true(lambda: are_sent(1))
        Notification.objects.create(kind=Kind.PASSWORD_RESET, recipient=make_patient())
        assert comes_true(lambda: are_sent(2))
        assert len(smtp.received) == 2
    said = worker.read_text() + beat.read_text()
    assert "rediss://clinic:**@127.0.0.1" in said
    assert PASSWORD not in said
    assert server.url.split("@")[0] not in said


def are_sent(number: int) -> bool:
    return Notification.objects.filter(state=State.SENT).count() >= number
