"""Many at once, through a real server and real connections."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http.client import HTTPConnection
from threading import Barrier
from typing import Any

import pytest
from django.core.servers.basehttp import WSGIServer
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from medicare_django.accounts import tokens
from medicare_django.notifications.models import Notification
from medicare_django.scheduling.consistency import find_faults
from medicare_django.scheduling.models import Appointment, BookingKey, OccupiedCell
from tests.integration.factories import make_doctor, make_hours, make_patient

THREADS = 32
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="session", autouse=True)
def long_queue() -> None:
    """The server of the tests lets ten connections wait and resets more; here 32 come at once."""
    WSGIServer.request_queue_size = 4 * THREADS


def post_all_at_once(
    server: LiveServer, path: str, requests: list[tuple[str, dict[str, Any]]], **more: str
) -> list[tuple[int, dict[str, Any]]]:
    """Send each body with its access token, and `more` headers; nobody starts before all are ready."""
    barrier = Barrier(len(requests))

    def post(token: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        connection = HTTPConnection(server.thread.host, server.thread.port, timeout=60)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", **more}
        try:
            connection.connect()
            barrier.wait(timeout=60)
            connection.request("POST", path, json.dumps(body), headers)
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()

    with ThreadPoolExecutor(len(requests)) as pool:
        return list(pool.map(lambda each: post(*each), requests))


def test_of_32_patients_who_want_one_time_one_gets_it(live_server: LiveServer) -> None:
    doctor = make_doctor()
    make_hours(doctor, "09:00", "12:00", start_date=timezone.localdate())
    tomorrow = (timezone.localdate() + timedelta(days=2)).isoformat()
    asked = {"doctor": doctor.pk, "date": tomorrow, "time": "09:30"}
    accesses = [tokens.start_login(make_patient(), timezone.now()).access for _ in range(THREADS)]
    answers = post_all_at_once(
        live_server, "/api/book-appointment/", [(access, asked) for access in accesses]
    )
    assert Counter(status for status, _ in answers) == {201: 1, 409: THREADS - 1}
    assert Counter(body.get("code") for _, body in answers) == {None: 1, "slot_taken": 31}
    assert all(len(body["alternatives"]) == 3 for status, body in answers if status == 409)
    assert Appointment.objects.count() == 1
    assert OccupiedCell.objects.count() == 6
    assert Notification.objects.filter(kind="booked").count() == 1


def test_a_patient_who_books_with_many_doctors_at_once_gets_one(live_server: LiveServer) -> None:
    day = timezone.localdate() + timedelta(days=2)
    access = tokens.start_login(make_patient(), timezone.now()).access
    requests = []
    for number in range(8):
        doctor = make_doctor()
        make_hours(doctor, "09:00", "12:00", start_date=day, slot_minutes=20 + 5 * number)
        asked = {"doctor": doctor.pk, "date": day.isoformat(), "time": "09:00"}
        requests.append((access, asked))
    answers = post_all_at_once(live_server, "/api/book-appointment/", requests)
    assert Counter(status for status, _ in answers) == {201: 1, 409: 7}
    assert Counter(body.get("code") for _, body in answers) == {None: 1, "patient_busy": 7}
    assert Appointment.objects.count() == 1


def test_who_asks_many_times_at_once_under_one_key_is_told_of_one_booking(
    live_server: LiveServer,
) -> None:
    doctor, day = make_doctor(), timezone.localdate() + timedelta(days=2)
    make_hours(doctor, "09:00", "12:00", start_date=day)
    asked = {"doctor": doctor.pk, "date": day.isoformat(), "time": "09:30"}
    access = tokens.start_login(make_patient(), timezone.now()).access
    answers = post_all_at_once(
        live_server, "/api/book-appointment/", [(access, asked)] * 16, **{"Idempotency-Key": "one"}
    )
    assert Counter(status for status, _ in answers) == {201: 16}
    assert len({body["data"]["id"] for _, body in answers}) == 1
    assert Appointment.objects.count() == BookingKey.objects.count() == 1
    assert Notification.objects.filter(kind="booked").count() == 1


def test_of_several_bookings_at_once_under_one_key_one_is_made(live_server: LiveServer) -> None:
    day = timezone.localdate() + timedelta(days=2)
    access = tokens.start_login(make_patient(), timezone.now()).access
    requests = []
    for hour in range(9, 17):  # of doctors of their own, so that only the key is in the way
        doctor = make_doctor()
        make_hours(doctor, "09:00", "18:00", start_date=day)
        asked = {"doctor": doctor.pk, "date": day.isoformat(), "time": f"{hour:02}:00"}
        requests.append((access, asked))
    answers = post_all_at_once(
        live_server, "/api/book-appointment/", requests, **{"Idempotency-Key": "one"}
    )
    assert Counter(status for status, _ in answers) == {201: 1, 422: 7}
    assert Appointment.objects.count() == BookingKey.objects.count() == 1
    assert not find_faults().faults
