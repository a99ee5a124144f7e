import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db.models.functions import Now
from pytest_django import Settings

from medicare_django.notifications import delivery, letters, mail_server
from medicare_django.notifications.models import Kind, Notification, State
from medicare_django.notifications.outbox import enqueue
from tests.integration.factories import make_patient
from tests.integration.smtp_server import SmtpServer

pytestmark = pytest.mark.django_db


@pytest.fixture
def smtp(settings: Settings) -> Iterator[SmtpServer]:
    with SmtpServer() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        settings.EMAIL_TIMEOUT = 0.3
        settings.DEFAULT_FROM_EMAIL = "Clinic <office@clinic.example>"
        yield server


def owe(email: str = "ada@example.org") -> Notification:
    return enqueue(Kind.ACCOUNT_EXISTS, make_patient(email=email).pk)


def outcome(row: Notification) -> tuple[str, str]:
    row.refresh_from_db()
    return row.state, row.last_error_code


def test_a_mail_arrives_with_the_message_id_of_its_row(smtp: SmtpServer) -> None:
    row = owe()
    assert delivery.work_queue() == 1
    (message,) = smtp.received
    assert message["Message-ID"] == letters.message_id(row) == f"<{row.uuid}@clinic.example>"
    assert message["To"] == "ada@example.org"
    assert message["From"] == "Clinic <office@clinic.example>"


@pytest.mark.parametrize(
    ("verb", "reply", "code"),
    [
        ("RCPT", "451 <ada@example.org> try later", "smtp_451"),
        ("END", "452 full", "smtp_452"),
        ("CONNECT", "554 not from there", "smtp_554"),
        ("MAIL", "530 <office@clinic.example> is not known", "smtp_530"),
        ("DATA", "421 going down", "smtp_421"),
    ],
)
def test_what_may_pass_is_tried_again_in_a_minute(
    smtp: SmtpServer, verb: str, reply: str, code: str
) -> None:
    smtp.replies[verb] = reply
    row = owe()
    delivery.work_queue()
    assert outcome(row) == (State.PENDING, code)
    minute = timedelta(minutes=1)
    soon = Notification.objects.filter(next_attempt_at__gt=Now() + 0.9 * minute)
    assert soon.filter(next_attempt_at__lte=Now() + minute).exists()


@pytest.mark.parametrize("verb", ["RCPT", "DATA", "END"])
def test_a_mail_refused_for_good_has_failed_at_once(smtp: SmtpServer, verb: str) -> None:
    smtp.replies[verb] = "550 <ada@example.org> is unknown"
    row = owe()
    delivery.work_queue()
    assert outcome(row) == (State.FAILED, "smtp_550")


@pytest.mark.parametrize("verb", ["CONNECT", "RCPT", "END"])
def test_a_server_that_falls_silent_is_left_and_tried_again(smtp: SmtpServer, verb: str) -> None:
    smtp.silent_at.add(verb)
    row = owe()
    delivery.work_queue()
    state, code = outcome(row)
    assert state == State.PENDING
    assert code in {"TimeoutError", "SMTPServerDisconnected"}
    smtp.silent_at.clear()
    Notification.objects.update(next_attempt_at=Now())
    assert delivery.work_queue() == 1
    assert len(smtp.received) == 1


@pytest.mark.parametrize("verb", ["CONNECT", "EHLO", "RCPT", "END"])
def test_a_server_that_answers_byte_by_byte_is_left_when_the_time_is_up(
    smtp: SmtpServer, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    monkeypatch.setattr(mail_server, "DEADLINE_SECONDS", 0.5)
    smtp.dripping_at.add(verb)
    row = owe()
    began = time.monotonic()
    delivery.work_queue()
    assert time.monotonic() - began < 3
    assert outcome(row) == (State.PENDING, "DeadlinePassed")
    smtp.dripping_at.clear()
    smtp.received.clear()
    other = owe("grace@example.org")
    assert delivery.work_queue() == 1
    assert outcome(other) == (State.SENT, "")
    assert [message["To"] for message in smtp.received] == ["grace@example.org"]


@pytest.mark.parametrize("is_silent", [True, False])
def test_a_connection_that_comes_too_late_carries_no_mail_and_waits_for_nobody(
    smtp: SmtpServer, monkeypatch: pytest.MonkeyPatch, settings: Settings, is_silent: bool
) -> None:
    settings.EMAIL_TIMEOUT = 5
    smtp.silent_at |= {"CONNECT"} if is_silent else set()
    monkeypatch.setattr(mail_server, "DEADLINE_SECONDS", 0.05)
    connection = mail_server.connection()
    time.sleep(0.5)
    began = time.monotonic()
    with pytest.raises(mail_server.DeadlinePassed):
        connection.open()
    assert time.monotonic() - began < 3
    connection.close()


def test_a_conversation_that_is_over_leaves_no_timer_behind(smtp: SmtpServer) -> None:
    owe()
    assert delivery.work_queue() == 1
    for thread in threading.enumerate():
        if isinstance(thread, threading.Timer):
            thread.join(3)  # it has to notice
            assert not thread.is_alive()


def test_a_server_that_is_down_is_tried_again(settings: Settings) -> None:
    with SmtpServer() as server:
        settings.EMAIL_PORT = server.port
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    row = owe()
    delivery.work_queue()
    assert outcome(row) == (State.PENDING, "ConnectionRefusedError")


def test_a_bad_address_does_not_stop_the_next_mail(smtp: SmtpServer) -> None:
    smtp.replies["nobody@example.org"] = "550 unknown"
    smtp.replies["full@example.org"] = "452 full"
    rows = [owe("nobody@example.org"), owe("full@example.org"), owe("ada@example.org")]
    assert delivery.work_queue() == 1
    assert [outcome(row)[0] for row in rows] == ["failed", "pending", "sent"]


@pytest.mark.parametrize("farewell", ["endless", "silent", "dripping"])
def test_a_farewell_that_goes_wrong_sends_no_second_copy(
    smtp: SmtpServer, monkeypatch: pytest.MonkeyPatch, farewell: str
) -> None:
    monkeypatch.setattr(mail_server, "DEADLINE_SECONDS", 0.5)
    smtp.replies["QUIT"] = "221 " + "bye" * 9999
    smtp.silent_at |= {"QUIT"} if farewell == "silent" else set()
    smtp.dripping_at |= {"QUIT"} if farewell == "dripping" else set()
    row = owe()
    assert delivery.work_queue() == 1
    assert outcome(row) == (State.SENT, "")
    assert len(smtp.received) == 1


def test_the_log_and_the_row_keep_silent_about_who_was_written_to(
    smtp: SmtpServer, caplog: pytest.LogCaptureFixture
) -> None:
    smtp.replies["RCPT"] = "550 <ada@example.org> is unknown"
    owe()
    delivery.work_queue()
    assert "smtp_550" in caplog.text
    assert "ada" not in caplog.text
