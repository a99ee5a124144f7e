import time
from collections.abc import Callable, Iterator

import pytest
from django.core import mail
from django.db import connection, transaction
from django.db.models import F
from pytest_django import Settings

from medicare_django.notifications import bell, delivery
from medicare_django.notifications.models import Kind, Notification, State
from medicare_django.notifications.outbox import enqueue
from tests.integration.factories import make_patient
from tests.integration.waiting import comes_true

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _own_bell(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    settings.REDIS_URL = ""
    monkeypatch.setattr(bell, "_bell", bell._Bell(wanted=False, daily=bell._do_nothing))
    yield
    bell.stop()


def is_sent(row: Notification) -> bool:
    return Notification.objects.filter(pk=row.pk, state=State.SENT).exists()


def end_thread() -> None:
    thread = bell._bell.thread
    assert thread is not None
    bell._bell.stopped.set()
    bell._bell.rung.set()
    thread.join()


def test_a_mail_is_sent_within_a_second_of_its_commit_and_not_before() -> None:
    patient = make_patient()
    bell.start()
    time.sleep(0.2)  # the first sweep is over
    with transaction.atomic():
        row = enqueue(Kind.PASSWORD_RESET, patient.pk)
        time.sleep(0.2)
        assert not mail.outbox
    assert comes_true(lambda: is_sent(row), seconds=1)
    assert len(mail.outbox) == 1


def test_a_mail_whose_ring_was_lost_is_found_within_six_seconds() -> None:
    bell.start()
    time.sleep(0.2)
    row = Notification.objects.create(kind=Kind.PASSWORD_RESET, recipient=make_patient())
    assert comes_true(lambda: is_sent(row), seconds=6)


def test_a_ring_is_heard_once() -> None:
    bell.start()
    bell.ring(1)
    assert comes_true(lambda: not bell._bell.rung.is_set(), seconds=5)


def test_a_ring_that_comes_while_a_sweep_ends_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    patient, usual = make_patient(), delivery.sweep
    rows: list[Notification] = []

    def sweep(stopped: Callable[[], bool]) -> int:
        sent = usual(stopped)
        if not rows:
            rows.append(enqueue(Kind.PASSWORD_RESET, patient.pk))
        return sent

    monkeypatch.setattr(delivery, "sweep", sweep)
    bell.start()
    assert comes_true(lambda: bool(rows) and is_sent(rows[0]), seconds=2)


def test_a_ring_brings_a_dead_bell_back() -> None:
    bell.start()
    end_thread()
    row = enqueue(Kind.PASSWORD_RESET, make_patient().pk)
    assert comes_true(lambda: is_sent(row), seconds=5)


def test_the_bell_survives_a_database_that_cannot_be_had(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE notifications_notification RENAME TO moved")
    try:
        bell.start()
        assert comes_true(lambda: "could not be worked: " in caplog.text, seconds=5)
    finally:
        bell.stop()
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE moved RENAME TO notifications_notification")


def test_the_bell_survives_a_mail_server_that_cannot_be_had(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.EMAIL_BACKEND = "no.such.Backend"
    bell.start()
    row = enqueue(Kind.PASSWORD_RESET, make_patient(email="ada@example.org").pk)
    assert comes_true(lambda: "ModuleNotFoundError" in caplog.text, seconds=5)
    assert "ada@" not in caplog.text
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    Notification.objects.update(next_attempt_at=F("next_attempt_at") - delivery.LEASE)
    bell.ring(1)
    assert comes_true(lambda: is_sent(row), seconds=5)


def test_nothing_rings_where_no_bell_was_started() -> None:
    bell.ring(1)
    assert bell._bell.thread is None or not bell._bell.thread.is_alive()


def test_there_is_no_bell_where_a_broker_does_its_work(settings: Settings) -> None:
    settings.REDIS_URL = "redis://localhost"
    bell.start()
    bell.ring(1)
    assert bell._bell.thread is None or not bell._bell.thread.is_alive()


def test_a_second_start_makes_no_second_thread() -> None:
    bell.start()
    thread = bell._bell.thread
    bell.start()
    bell.ring(1)
    assert bell._bell.thread is thread


def test_what_is_to_be_done_daily_is_done_beside_it_and_not_at_every_sweep(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done: list[bool] = []
    monkeypatch.setattr(bell._bell, "daily_at", 0.0)
    bell.start(daily=lambda: done.append(True))
    assert comes_true(lambda: bool(done), seconds=5)
    row = enqueue(Kind.PASSWORD_RESET, make_patient().pk)
    assert comes_true(lambda: is_sent(row), seconds=5)
    assert done == [True]


def test_a_server_that_has_just_started_does_nothing_else() -> None:
    done: list[bool] = []
    bell.start(daily=lambda: done.append(True))
    row = enqueue(Kind.PASSWORD_RESET, make_patient().pk)
    assert comes_true(lambda: is_sent(row), seconds=5)
    assert not done
