"""A client that never saw the answer asks again, and has booked once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.utils import timezone
from rest_framework.test import APIClient
from time_machine import Traveller

from medicare_django.accounts.models import Doctor, UserProfile
from medicare_django.notifications.models import Notification
from medicare_django.operations.purge import purge
from medicare_django.scheduling.models import Appointment, BookingKey
from tests.integration.factories import client_of, make_doctor, make_hours, make_patient

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
NOW = datetime(2031, 6, 2, 7, tzinfo=UTC)
KEY = "5f0c2f8e-1c63-4a7e-9d2c-2f1f7f5f0a11"
TUESDAY = "2031-06-03"


@pytest.fixture
def doctor() -> Doctor:
    doctor = make_doctor(timezone="Europe/Berlin")
    make_hours(doctor, "09:00", "12:00")
    return doctor


def book(
    patient: UserProfile | APIClient,
    doctor: Doctor,
    time: str = "09:30",
    key: str | None = KEY,
    **start: str,
) -> Any:
    client = patient if isinstance(patient, APIClient) else client_of(patient)
    start = start or {"date": TUESDAY, "time": time}
    headers = {} if key is None else {"Idempotency-Key": key}
    return client.post(
        "/api/book-appointment/", {"doctor": doctor.pk, **start}, format="json", headers=headers
    )


def mails_of(patient: UserProfile) -> int:
    return Notification.objects.filter(recipient=patient, kind="booked").count()


def test_the_same_request_under_one_key_is_answered_alike_and_books_once(doctor: Doctor) -> None:
    patient = make_patient()
    first, second = book(patient, doctor), book(patient, doctor)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert "Idempotent-Replayed" not in first
    assert second["Idempotent-Replayed"] == "true"
    assert Appointment.objects.count() == mails_of(patient) == 1


@pytest.mark.parametrize("key", [None, "another"])
def test_without_that_key_it_is_another_request(doctor: Doctor, key: str | None) -> None:
    patient = make_patient()
    assert book(patient, doctor).status_code == 201
    again = book(patient, doctor, key=key)
    assert (again.status_code, again.json()["code"]) == (409, "slot_taken")


def test_another_request_under_a_used_key_is_refused_and_books_nothing(doctor: Doctor) -> None:
    patient, other = make_patient(), make_doctor()
    make_hours(other, "09:00", "12:00")
    assert book(patient, doctor).status_code == 201
    for answer in (
        book(patient, doctor, "10:30"),
        book(patient, other, "10:30"),
        book(patient, doctor, "09:15"),
    ):
        assert answer.status_code == 422
        assert list(answer.json()["errors"]) == ["Idempotency-Key"]
    assert Appointment.objects.count() == 1


def test_one_start_is_one_start_whatever_its_offset(doctor: Doctor) -> None:
    patient = make_patient()
    first = book(patient, doctor, starts_at=f"{TUESDAY}T09:30:00+02:00")
    second = book(patient, doctor, starts_at=f"{TUESDAY}T07:30:00+00:00")
    assert first.json() == second.json()


def test_the_key_of_somebody_else_is_nothing_to_me(doctor: Doctor) -> None:
    assert book(make_patient(), doctor).status_code == 201
    assert book(make_patient(), doctor).status_code == 409
    assert book(make_patient(), doctor, "10:30").status_code == 201


def test_what_was_refused_may_be_asked_for_again_under_its_key(doctor: Doctor) -> None:
    patient, other = make_patient(), client_of(make_patient())
    taken = book(other, doctor).json()["data"]["id"]
    assert book(patient, doctor).status_code == 409
    assert not BookingKey.objects.filter(patient=patient).exists()
    other.delete(f"/api/appointments/{taken}/cancel/")
    assert book(patient, doctor).status_code == 201


def test_what_was_moved_or_cancelled_since_is_told_as_it_is_and_not_booked_again(
    doctor: Doctor,
) -> None:
    patient = make_patient()
    client = client_of(patient)
    own = f"/api/appointments/{book(client, doctor).json()['data']['id']}"
    client.post(f"{own}/reschedule/", {"date": TUESDAY, "time": "11:00"}, format="json")
    assert book(client, doctor).json()["data"]["time"] == "11:00"
    client.delete(f"{own}/cancel/")
    late = book(client, doctor)
    assert (late.status_code, late.json()["data"]["status"]) == (201, "cancelled")
    assert "cancelled since" in late.json()["message"]
    assert not Appointment.objects.filter(status="booked").exists()


@pytest.mark.parametrize("key", ["", " ", "a b", "k" * 256, "ключ", "a\x7f", "caf\xe9"])
def test_a_key_that_cannot_be_read_is_refused_by_name(doctor: Doctor, key: str) -> None:
    answer = book(make_patient(), doctor, key=key)
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["Idempotency-Key"]
    assert book(make_patient(), doctor, key="!" * 255).status_code == 201


def test_letters_of_a_key_are_told_apart(doctor: Doctor) -> None:
    patient = make_patient()
    assert book(patient, doctor, key="Key").status_code == 201
    assert book(patient, doctor, "10:30", key="key").status_code == 201


def test_what_a_client_sent_as_its_key_is_not_kept(doctor: Doctor) -> None:
    patient = make_patient()
    book(patient, doctor, key=patient.email)
    [row] = BookingKey.objects.values()
    assert patient.email not in str(row)


def test_a_booking_that_is_undone_leaves_no_key(doctor: Doctor) -> None:
    patient = make_patient()

    def go_before_the_commit(execute: Any, sql: str, *rest: Any) -> Any:
        result = execute(sql, *rest)
        if sql.startswith("INSERT") and BookingKey._meta.db_table in sql:
            raise OperationalError
        return result

    with connection.execute_wrapper(go_before_the_commit):
        assert book(patient, doctor).status_code == 503
    assert not Appointment.objects.exists()
    assert not BookingKey.objects.exists()
    assert mails_of(patient) == 0
    assert book(patient, doctor).status_code == 201


def test_keys_are_kept_for_a_day(doctor: Doctor, clock: Traveller) -> None:
    patient = make_patient()
    book(patient, doctor)
    clock.shift(timedelta(hours=23, minutes=59))
    assert purge(timezone.now())["booking keys"] == 0
    assert book(patient, doctor)["Idempotent-Replayed"] == "true"
    clock.shift(timedelta(minutes=2))
    assert purge(timezone.now())["booking keys"] == 1
    assert Appointment.objects.count() == 1


def test_a_key_that_is_forgotten_while_it_is_in_the_way_costs_a_second_try(doctor: Doctor) -> None:
    client = client_of(make_patient())
    booked = book(client, doctor).json()["data"]["id"]
    client.delete(f"/api/appointments/{booked}/cancel/")

    def forget_before_the_look(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith("SELECT") and BookingKey._meta.db_table in sql:
            BookingKey.objects.all()._raw_delete("default")
        return execute(sql, *rest)

    with connection.execute_wrapper(forget_before_the_look):
        assert book(client, doctor).status_code == 503
    assert book(client, doctor).status_code == 201
