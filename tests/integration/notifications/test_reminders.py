from datetime import UTC, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import attrs
import pytest
from django.core import mail
from django.db import transaction
from pytest_django import DjangoAssertNumQueries, Settings

from medicare_core.appointments import Appointment
from medicare_core.ids import AppointmentId, DoctorId, PatientId
from medicare_core.period import Period
from medicare_core.ports import Event
from medicare_django.accounts.models import UserProfile
from medicare_django.notifications import delivery, letters
from medicare_django.notifications.models import Kind, Notification, State
from medicare_django.notifications.outbox import OutboxNotifier
from tests.integration.factories import make_doctor, make_patient
from tests.integration.smtp_server import SmtpServer

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def hours_ahead(hours: float) -> Period:
    """From now, and a little more: the next full five minutes."""
    minutes = int((datetime.now(UTC) + hours * HOUR).timestamp()) // 300 * 5 + 5
    start = datetime.fromtimestamp(minutes * 60, UTC)
    return Period.between(start, start + timedelta(minutes=30))


def appointment(hours: float, patient: UserProfile | None = None) -> Appointment:
    return Appointment(
        id=AppointmentId(uuid4()),
        doctor=DoctorId(make_doctor(name="Grace Hopper").pk),
        patient=PatientId((patient or make_patient()).pk),
        period=hours_ahead(hours),
        zone=ZoneInfo("Europe/Berlin"),
    )


def book(hours: float, patient: UserProfile | None = None) -> Appointment:
    booked = appointment(hours, patient)
    OutboxNotifier().notify(Event.BOOKED, booked, None)
    return booked


def move(booked: Appointment, hours: float) -> Appointment:
    moved = booked.move(hours_ahead(hours), booked.zone)
    OutboxNotifier().notify(Event.RESCHEDULED, moved, booked.period)
    return moved


def cancel(booked: Appointment) -> None:
    OutboxNotifier().notify(Event.CANCELLED, attrs.evolve(booked), None)


def reminders(state: State = State.PENDING) -> list[Notification]:
    return list(Notification.objects.filter(kind=Kind.REMINDER, state=state).order_by("pk"))


def become_due(row: Notification) -> None:
    """As if the time had come: the database's clock cannot be set."""
    Notification.objects.filter(pk=row.pk).update(
        next_attempt_at=datetime.now(UTC) - timedelta(seconds=1)
    )


def kinds_sent() -> list[str]:
    sent = Notification.objects.filter(state=State.SENT)
    return list(sent.order_by("sent_at", "pk").values_list("kind", flat=True))


def test_a_booking_owes_two_reminders_each_until_the_next_is_due() -> None:
    start = book(48).period.starts_at
    told = [(row.next_attempt_at, row.expires_at) for row in reminders()]
    assert told == [(start - 24 * HOUR, start - 2 * HOUR), (start - 2 * HOUR, start)]


@pytest.mark.parametrize(("hours", "left"), [(25, [24, 2]), (23.9, [2]), (3, [2]), (1.5, [])])
def test_what_would_be_late_already_is_not_owed(hours: float, left: list[int]) -> None:
    start = book(hours).period.starts_at
    assert [row.next_attempt_at for row in reminders()] == [start - each * HOUR for each in left]


def test_owing_both_costs_one_query_more(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    booked = appointment(48)
    with django_assert_num_queries(2):
        OutboxNotifier().notify(Event.BOOKED, booked, None)


def test_reminders_are_undone_with_their_booking() -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        book(48)
        raise RuntimeError
    assert not Notification.objects.exists()


def test_a_reminder_is_not_sent_and_not_counted_before_it_is_due() -> None:
    book(48)
    assert delivery.owed().count() == 1
    assert delivery.work_queue() == 1
    assert kinds_sent() == [Kind.BOOKED]
    assert not delivery.owed().exists()
    become_due(reminders()[0])
    assert delivery.owed().count() == 1


def test_each_reminder_is_sent_once_when_it_is_due() -> None:
    book(48, make_patient(name="Ada Lovelace"))
    delivery.work_queue()
    for row in reminders():
        become_due(row)
        assert delivery.work_queue() == 1
        assert delivery.work_queue() == 0
    assert kinds_sent() == [Kind.BOOKED, Kind.REMINDER, Kind.REMINDER]
    letter = mail.outbox[-1]
    assert letter.subject.startswith("Your appointment: ")
    assert "Hopper" not in letter.subject
    assert "This is a reminder of your appointment." in letter.body
    assert "Grace Hopper" in letter.body
    assert not letter.attachments


def test_a_move_drops_the_reminders_and_owes_new_ones() -> None:
    moved = move(book(48), 72)
    start = moved.period.starts_at
    assert len(reminders(State.DROPPED)) == 2
    pending = reminders()
    assert [row.next_attempt_at for row in pending] == [start - 24 * HOUR, start - 2 * HOUR]
    assert {row.params["starts_at"] for row in pending} == {start.isoformat()}
    delivery.work_queue()
    become_due(pending[0])
    delivery.work_queue()
    assert kinds_sent() == [Kind.BOOKED, Kind.RESCHEDULED, Kind.REMINDER]


def test_a_cancelled_appointment_is_not_reminded_of() -> None:
    cancel(book(48))
    assert reminders() == []
    assert len(reminders(State.DROPPED)) == 2


def test_what_was_sent_stays_sent() -> None:
    booked = book(48)
    delivery.work_queue()
    become_due(reminders()[0])
    delivery.work_queue()
    cancel(booked)
    assert [len(reminders(state)) for state in (State.SENT, State.DROPPED)] == [1, 1]


def test_others_appointments_keep_their_reminders() -> None:
    book(48)
    cancel(book(48))
    assert len(reminders()) == 2


@pytest.mark.parametrize("word", [Kind.CANCELLED, Kind.RESCHEDULED])
def test_a_reminder_that_is_still_owed_after_a_later_word_is_dropped(word: Kind) -> None:
    """As where the word came in between the claim and the letter."""
    booked = book(48)
    first, _ = reminders()
    become_due(first)
    claimed = delivery.claim(first.pk)
    assert claimed is not None
    cancel(booked) if word is Kind.CANCELLED else move(booked, 72)
    assert letters.compose(claimed) is None


def test_a_worker_does_not_bring_back_the_reminder_that_was_dropped_in_its_hands() -> None:
    booked = book(48)
    first, _ = reminders()
    become_due(first)
    claimed = delivery.claim(first.pk)
    assert claimed is not None
    cancel(booked)
    assert not delivery.mark(claimed, State.PENDING, "smtp_451", timedelta(minutes=1))
    first.refresh_from_db()
    assert first.state == State.DROPPED


@pytest.mark.parametrize("number", [0, 1])
def test_a_reminder_that_comes_too_late_is_dropped(number: int) -> None:
    book(48)
    delivery.work_queue()
    row = reminders()[number]
    become_due(row)
    Notification.objects.filter(pk=row.pk).update(expires_at=datetime.now(UTC))
    assert delivery.work_queue() == 0
    assert [each.pk for each in reminders(State.DROPPED)] == [row.pk]


def test_nobody_is_reminded_who_may_not_use_the_account_any_more() -> None:
    patient = make_patient()
    book(48, patient)
    delivery.work_queue()
    patient.is_active = False
    patient.save()
    become_due(reminders()[0])
    assert delivery.work_queue() == 0
    assert len(reminders(State.DROPPED)) == 1


def test_one_that_the_server_does_not_take_holds_up_nothing(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    book(48)
    first, second = reminders()
    with SmtpServer() as smtp:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", smtp.port
        delivery.work_queue()
        become_due(first)
        smtp.replies["MAIL"] = "451 later"
        assert delivery.work_queue() == 0
        del smtp.replies["MAIL"]
        become_due(second)
        assert delivery.work_queue() == 1
    assert kinds_sent() == [Kind.BOOKED, Kind.REMINDER]
    assert delivery.owed().count() == 1  # put off, and owed all the same
