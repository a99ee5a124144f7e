import sqlite3
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.locmem import EmailBackend
from django.db import OperationalError, connection
from django.db.models.functions import Now
from django.utils import timezone
from pytest_django import Settings

from medicare_django.accounts import codes
from medicare_django.accounts.models import OneTimeCode, UserProfile
from medicare_django.notifications import delivery, tasks
from medicare_django.notifications.models import Kind, Notification, State
from medicare_django.notifications.outbox import enqueue
from tests.integration.factories import make_doctor, make_patient

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def owe_reset(patient: UserProfile | None = None) -> Notification:
    return enqueue(Kind.PASSWORD_RESET, (patient or make_patient()).pk)


def owe_appointment(kind: Kind, patient: UserProfile, topic: str, doctor: int) -> Notification:
    params = {
        "appointment": str(uuid4()),
        "revision": 0,
        "doctor": doctor,
        "starts_at": "2026-12-14T12:00:00+00:00",
        "ends_at": "2026-12-14T12:30:00+00:00",
        "zone": "UTC",
    }
    return enqueue(kind, patient.pk, params=params, topic=topic)


def owe_code(patient: UserProfile, **params: Any) -> tuple[Notification, OneTimeCode]:
    code = codes.issue(patient, timezone.now())
    assert code is not None
    params = {"code": code.pk} | params
    return enqueue(Kind.EMAIL_CODE, patient.pk, params=params, expires_at=code.expires_at), code


def let_pass(row: Notification, time: timedelta) -> None:
    """As far as the row can tell: the database's clock cannot be set."""
    row.refresh_from_db()
    Notification.objects.filter(pk=row.pk).update(next_attempt_at=row.next_attempt_at - time)


def claim(row: Notification) -> Notification:
    claimed = delivery.claim(row.pk)
    assert claimed is not None
    return claimed


def state_of(row: Notification) -> str:
    row.refresh_from_db()
    return row.state


def test_a_mail_goes_out_once() -> None:
    row = owe_reset()
    assert delivery.work_queue() == 1
    assert delivery.work_queue() == 0
    assert len(mail.outbox) == 1
    assert state_of(row) == State.SENT
    assert row.sent_at is not None


def test_no_more_are_worked_than_asked_for() -> None:
    for _ in range(3):
        owe_reset()
    assert delivery.work_queue(limit=2) == 2
    assert len(mail.outbox) == 2


def test_work_stops_between_two_mails_when_told_to() -> None:
    for _ in range(3):
        owe_reset()
    delivery.work_queue(stopped=lambda: len(mail.outbox) == 1)
    assert len(mail.outbox) == 1


@pytest.mark.django_db(transaction=True)
def test_a_sweep_of_the_workers_begins_no_mail_when_its_time_is_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    row = owe_reset()
    with monkeypatch.context() as patch:
        patch.setattr(tasks, "SWEEP_SECONDS", -1)
        tasks.sweep()
    assert state_of(row) == State.PENDING
    tasks.sweep()
    assert state_of(row) == State.SENT


def test_a_claimed_mail_is_not_claimed_again_until_its_lease_is_over() -> None:
    row = owe_reset()
    claim(row)
    assert delivery.claim(row.pk) is None
    let_pass(row, delivery.LEASE - timedelta(seconds=10))
    assert delivery.claim(row.pk) is None
    let_pass(row, timedelta(seconds=10))
    assert claim(row).tries == 2


def test_a_worker_that_lost_its_lease_cannot_mark_the_mail() -> None:
    row = owe_reset()
    slow = claim(row)
    let_pass(row, delivery.LEASE)
    quick = claim(row)
    assert not delivery.mark(slow, State.FAILED, "TooLate")
    assert state_of(row) == State.PENDING
    assert delivery.mark(quick, State.SENT)
    assert not delivery.mark(slow, State.FAILED, "TooLate")
    assert (state_of(row), row.last_error_code) == (State.SENT, "")


@pytest.mark.parametrize("work", [delivery.claim, delivery.deliver])
def test_who_saw_a_mail_that_another_was_quicker_to_claim_does_not_get_it(
    work: Callable[[int], object],
) -> None:
    row = owe_reset()
    others: list[object] = []

    def let_another_go_first(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if sql.startswith("UPDATE") and not others:
            others.append(None)
            others.append(work(row.pk))
        return execute(sql, *rest)

    with connection.execute_wrapper(let_another_go_first):
        assert delivery.claim(row.pk) is None
    assert others[1] is not None
    row.refresh_from_db()
    assert row.tries == 1


def test_mails_of_a_topic_go_out_in_order() -> None:
    patient, doctor = make_patient(), make_doctor().pk
    kinds = [Kind.BOOKED, Kind.RESCHEDULED, Kind.RESCHEDULED, Kind.CANCELLED]
    rows = [owe_appointment(kind, patient, "appointment:1", doctor) for kind in kinds]
    for row, minutes in zip(rows, [0, 3, 2, 1], strict=True):
        let_pass(row, minutes * MINUTE)  # due in another order
    assert delivery.deliver(rows[1].pk) is None
    assert delivery.work_queue() == 4
    subjects = [message.subject.partition(":")[0] for message in mail.outbox]
    moved = "Appointment moved"
    assert subjects == ["Appointment booked", moved, moved, "Appointment cancelled"]


def test_a_mail_waits_for_an_earlier_one_of_its_topic_but_for_no_other() -> None:
    patient, doctor = make_patient(), make_doctor().pk
    first = owe_appointment(Kind.BOOKED, patient, "appointment:1", doctor=0)
    second = owe_appointment(Kind.CANCELLED, patient, "appointment:1", doctor)
    other = owe_appointment(Kind.BOOKED, patient, "appointment:2", doctor)
    assert delivery.work_queue() == 1
    assert [state_of(row) for row in (first, second, other)] == ["pending", "pending", "sent"]
    let_pass(first, MINUTE)
    delivery.mark(claim(first), State.FAILED)
    assert delivery.work_queue() == 1
    assert state_of(second) == State.SENT


def test_a_mail_that_cannot_be_made_stops_no_other() -> None:
    poison = enqueue(Kind.EMAIL_CODE, make_patient().pk)
    row = owe_reset()
    assert delivery.work_queue() == 1
    assert state_of(row) == State.SENT
    assert (state_of(poison), poison.last_error_code) == (State.PENDING, "KeyError")


@pytest.mark.parametrize(("tries", "minutes"), [*enumerate([1, 5, 15, 60, 240, 720])])
def test_the_pause_grows_with_every_failure(tries: int, minutes: int) -> None:
    row = enqueue(Kind.EMAIL_CODE, make_patient().pk)
    Notification.objects.filter(pk=row.pk).update(tries=tries)
    delivery.work_queue()
    let_pass(row, minutes * MINUTE - timedelta(seconds=10))
    assert delivery.deliver(row.pk) is None
    let_pass(row, timedelta(seconds=10))
    assert delivery.deliver(row.pk) is not None


def test_a_mail_has_failed_when_all_pauses_are_used_up() -> None:
    row = enqueue(Kind.EMAIL_CODE, make_patient().pk)
    for pause in delivery.PAUSES:
        assert delivery.deliver(row.pk) == State.PENDING
        let_pass(row, pause)
    assert delivery.deliver(row.pk) == State.FAILED
    assert (state_of(row), row.sent_at) == (State.FAILED, None)
    let_pass(row, timedelta(days=9))
    assert delivery.deliver(row.pk) is None


@pytest.mark.parametrize(("tries", "minutes"), [*enumerate([2, 5, 15, 60, 240, 720, 2])])
def test_the_lease_of_a_mail_grows_with_every_worker_that_died(tries: int, minutes: int) -> None:
    row = owe_reset()
    Notification.objects.filter(pk=row.pk).update(tries=tries)
    claim(row)
    let_pass(row, minutes * MINUTE - timedelta(seconds=10))
    assert delivery.claim(row.pk) is None
    let_pass(row, timedelta(seconds=10))
    assert claim(row).tries == tries + 2


@pytest.mark.parametrize("backend", ["no.such.Backend", f"{__name__}.BrokenBackend"])
def test_no_mail_is_lost_while_there_is_no_mail_server_to_be_had(
    settings: Settings, backend: str
) -> None:
    whole = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = backend
    rows = [owe_reset(), owe_reset()]
    for pause in delivery.PAUSES[:4]:  # more than an hour, in all
        assert delivery.work_queue() == 0
        for row in rows:
            assert state_of(row) == State.PENDING
            assert row.last_error_code in {"ModuleNotFoundError", "ValueError"}
            let_pass(row, pause)
    settings.EMAIL_BACKEND = whole
    assert delivery.work_queue() == 2


class BrokenBackend(BaseEmailBackend):
    def __init__(self, **options: Any) -> None:
        raise ValueError


def test_a_mail_that_ends_every_worker_is_given_up() -> None:
    row = owe_reset()
    Notification.objects.filter(pk=row.pk).update(tries=len(delivery.PAUSES) + 1)
    assert delivery.deliver(row.pk) == State.FAILED
    assert not mail.outbox
    row.refresh_from_db()
    assert row.last_error_code == "GivenUp"


def test_whoever_answers_a_ring_survives_a_database_that_cannot_be_had(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_pk: int) -> None:
        raise OperationalError("ada@example.org is locked")

    monkeypatch.setattr(delivery, "claim", fail)
    delivery.answer(7)
    assert "Mail 7 could not be worked: OperationalError" in caplog.text
    assert "ada@" not in caplog.text


def test_a_code_in_force_is_mailed() -> None:
    row, code = owe_code(make_patient())
    assert delivery.work_queue() == 1
    text = codes.code_text(code)
    assert text is not None
    assert text in mail.outbox[0].body
    assert text not in mail.outbox[0].subject
    assert text not in str(row.params)


def test_a_code_that_is_of_no_use_is_not_mailed() -> None:
    expired, code = owe_code(make_patient())
    OneTimeCode.objects.filter(pk=code.pk).update(expires_at=timezone.now())
    used, code = owe_code(make_patient())
    OneTimeCode.objects.filter(pk=code.pk).update(used_at=timezone.now())
    replaced, code = owe_code(patient := make_patient())
    OneTimeCode.objects.filter(pk=code.pk).update(issued_at=timezone.now() - MINUTE)
    current, _ = owe_code(patient)
    gone, _ = owe_code(make_patient(), code=0)
    assert delivery.work_queue() == 1
    dropped = [state_of(row) for row in (expired, used, replaced, gone)]
    assert dropped == [State.DROPPED] * 4
    assert state_of(current) == State.SENT


@pytest.mark.parametrize("kind", [Kind.ACCOUNT_EXISTS, Kind.PASSWORD_RESET])
def test_a_mail_about_an_account_is_dropped_once_it_expired(kind: Kind) -> None:
    patient = make_patient()
    old = enqueue(kind, patient.pk, expires_at=timezone.now())
    new = enqueue(kind, patient.pk, expires_at=timezone.now() + MINUTE)
    assert delivery.work_queue() == 1
    assert (state_of(old), state_of(new)) == (State.DROPPED, State.SENT)


def test_who_was_shut_out_hears_of_appointments_but_not_of_the_account() -> None:
    patient = make_patient(is_active=False)
    reset, (code, _) = owe_reset(patient), owe_code(patient)
    cancelled = owe_appointment(Kind.CANCELLED, patient, "appointment:1", make_doctor().pk)
    assert delivery.work_queue() == 1
    assert [state_of(row) for row in (reset, code, cancelled)] == ["dropped", "dropped", "sent"]


def test_the_lease_is_set_on_the_clock_of_the_database() -> None:
    row = owe_reset()
    claim(row)
    ahead = Notification.objects.filter(
        next_attempt_at__gt=Now() + delivery.LEASE - timedelta(seconds=10),
        next_attempt_at__lte=Now() + delivery.LEASE,
    )
    assert ahead.get() == row


def in_threads(count: int, work: Any) -> None:
    start = threading.Barrier(count)

    def run() -> None:
        start.wait()
        try:
            work()
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.django_db(transaction=True)
def test_eight_workers_send_each_of_forty_mails_once() -> None:
    patient = make_patient()
    for _ in range(40):
        owe_reset(patient)
    in_threads(8, delivery.work_queue)
    ids = [message.message()["Message-ID"] for message in mail.outbox]
    assert len(ids) == len(set(ids)) == 40
    assert Notification.objects.filter(state=State.SENT, tries=1).count() == 40


@pytest.mark.django_db(transaction=True)
def test_sixteen_workers_on_one_mail_send_it_once() -> None:
    row = owe_reset()
    in_threads(16, lambda: delivery.deliver(row.pk))
    assert len(mail.outbox) == 1


@pytest.mark.django_db(transaction=True)
def test_a_mail_is_marked_when_the_database_is_unlocked_and_sent_once(settings: Settings) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("only SQLite locks the whole database")
    settings.EMAIL_BACKEND = f"{__name__}.LockingBackend"
    rows = [owe_reset(), owe_reset()]
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 1")
    assert delivery.work_queue() == 2
    connection.close()  # the next test waits as usual
    assert len(mail.outbox) == 2
    assert [state_of(row) for row in rows] == [State.SENT, State.SENT]


class LockingBackend(EmailBackend):
    """Somebody else writes for a moment, just when the mail has been taken."""

    def send_messages(self, messages: Any) -> int:
        writer = sqlite3.connect(
            connection.settings_dict["NAME"], isolation_level=None, check_same_thread=False
        )
        writer.execute("BEGIN IMMEDIATE")
        threading.Timer(0.5, writer.close).start()
        return super().send_messages(messages)
