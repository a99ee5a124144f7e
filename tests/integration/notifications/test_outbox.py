import json
from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from pytest_django import DjangoAssertNumQueries

from medicare_core.appointments import Appointment
from medicare_core.ids import AppointmentId, DoctorId, PatientId
from medicare_core.period import Period
from medicare_core.ports import Event
from medicare_django.accounts.models import UserProfile
from medicare_django.notifications.models import Kind, Notification, State
from medicare_django.notifications.outbox import OutboxNotifier, enqueue
from tests.integration.factories import make_patient

MORNING = Period.between(
    datetime(2026, 12, 14, 8, 30, tzinfo=UTC), datetime(2026, 12, 14, 9, 0, tzinfo=UTC)
)
NOON = Period.between(
    datetime(2026, 12, 14, 12, 0, tzinfo=UTC), datetime(2026, 12, 14, 12, 30, tzinfo=UTC)
)


def booked(patient: UserProfile) -> Appointment:
    return Appointment(
        id=AppointmentId(UUID(int=7)),
        doctor=DoctorId(3),
        patient=PatientId(patient.pk),
        period=MORNING,
        zone=ZoneInfo("Europe/Berlin"),
    )


@pytest.mark.django_db(transaction=True)
def test_a_mail_is_owed_only_if_its_cause_is_committed() -> None:
    patient = make_patient()
    with pytest.raises(RuntimeError), transaction.atomic():
        enqueue(Kind.PASSWORD_RESET, patient.pk)
        raise RuntimeError
    assert not Notification.objects.exists()
    with transaction.atomic():
        enqueue(Kind.PASSWORD_RESET, patient.pk)
    assert Notification.objects.get().state == State.PENDING


@pytest.mark.django_db(transaction=True)
def test_a_bell_that_is_broken_is_no_error_of_what_is_committed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(_pk: int) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("medicare_django.notifications.bell.ring", fail)
    patient = make_patient()
    with transaction.atomic():
        enqueue(Kind.PASSWORD_RESET, patient.pk)
    enqueue(Kind.PASSWORD_RESET, patient.pk)
    assert Notification.objects.count() == 2


@pytest.mark.django_db
def test_owing_a_mail_costs_one_query(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    patient = make_patient()
    with django_assert_num_queries(1):
        enqueue(Kind.PASSWORD_RESET, patient.pk)


@pytest.mark.django_db
def test_the_row_of_a_move_holds_both_times_and_no_personal_data() -> None:
    patient = make_patient(email="ada@example.org", name="Ada Lovelace")
    moved = booked(patient).move(NOON, ZoneInfo("Europe/Berlin"))
    OutboxNotifier().notify(Event.RESCHEDULED, moved, MORNING)
    row = Notification.objects.exclude(kind=Kind.REMINDER).get()
    assert (row.kind, row.recipient_id) == (Kind.RESCHEDULED, patient.pk)
    assert row.topic == "appointment:00000000-0000-0000-0000-000000000007"
    assert row.params == {
        "appointment": "00000000-0000-0000-0000-000000000007",
        "revision": 1,
        "doctor": 3,
        "starts_at": "2026-12-14T12:00:00+00:00",
        "ends_at": "2026-12-14T12:30:00+00:00",
        "zone": "Europe/Berlin",
        "previous_starts_at": "2026-12-14T08:30:00+00:00",
        "previous_ends_at": "2026-12-14T09:00:00+00:00",
    }
    assert "Ada" not in json.dumps(row.params)


@pytest.mark.django_db
def test_every_event_has_a_mail_of_its_own() -> None:
    appointment = booked(make_patient())
    for event in Event:
        OutboxNotifier().notify(event, appointment, None)
    news = Notification.objects.exclude(kind=Kind.REMINDER).order_by("pk")
    kinds = news.values_list("kind", flat=True)
    assert list(kinds) == [Kind.BOOKED, Kind.RESCHEDULED, Kind.CANCELLED]
