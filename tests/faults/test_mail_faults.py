"""No mail is lost and none is doubled, whatever breaks: broker, workers, web, mail server, names.

A fault of each kind has its number, from F1 to F12. Parts of some are tested more closely in
tests/integration/notifications: of F1 and F2 in test_broker.py, F5 in test_processes.py, F8 in
test_mail_smtp.py, F9 and F11 in test_delivery.py, F12 in test_mail_letters.py. F10, what no longer
applies when it is sent, is there as a whole: in test_delivery.py and test_reminders.py.
"""

import json
import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from http.client import HTTPConnection

import pytest
from django.db.models.functions import Now
from django.utils import timezone
from pytest_django.fixtures import Settings
from redis import Redis
from time_machine import travel

from medicare_core.ids import DoctorId, PatientId
from medicare_django.accounts import tokens
from medicare_django.accounts.models import Doctor, UserProfile
from medicare_django.notifications import delivery
from medicare_django.notifications.models import Kind, Notification, State
from medicare_django.notifications.outbox import enqueue
from medicare_django.scheduling.booking_keys import Wish, book_once
from medicare_django.scheduling.models import Appointment, OccupiedCell
from tests.faults.dying_clients import KEY
from tests.faults.mail_site import MailSite, end_leases, is_sent
from tests.faults.programs import ROOT, run_django
from tests.faults.sizes import size_name
from tests.integration.factories import make_doctor, make_hours, make_patient
from tests.integration.served_site import free_port, served
from tests.integration.smtp_server import SmtpServer
from tests.integration.waiting import comes_true

pytestmark = pytest.mark.django_db(transaction=True)
long = pytest.mark.skipif(size_name() == "short", reason="takes long: make test-faults")

MOST_SECONDS = 1.5
"""That a broker may delay a booking by."""


@pytest.fixture
def doctor() -> Doctor:
    doctor = make_doctor()
    make_hours(doctor, "09:00", "12:00", start_date=timezone.localdate() + timedelta(days=2))
    return doctor


def owe(patient: UserProfile | None = None) -> Notification:
    return enqueue(Kind.ACCOUNT_EXISTS, (patient or make_patient()).pk)


def book_by_http(port: int, doctor: Doctor, time_of_day: str) -> tuple[int, float]:
    """The status, and the seconds that it took."""
    access = tokens.start_login(make_patient(), timezone.now()).access
    day = timezone.localdate() + timedelta(days=2)
    asked = {"doctor": doctor.pk, "date": day.isoformat(), "time": time_of_day}
    headers = {
        "Authorization": f"Bearer {access}",
        "Content-Type": "application/json",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-For": "192.0.2.1",
    }
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    began = time.monotonic()
    connection.request("POST", "/api/book-appointment/", json.dumps(asked), headers)
    status = connection.getresponse().status
    seconds = time.monotonic() - began
    connection.close()
    return status, seconds


def book_without_broker(site: MailSite, doctor: Doctor) -> None:
    """Two bookings: the first finds out, the second does not ask."""
    port = free_port()
    with served(port, site.environment):
        for time_of_day in ("09:00", "09:30"):
            status, seconds = book_by_http(port, doctor, time_of_day)
            assert status == 201
            assert seconds < MOST_SECONDS
    assert delivery.owed().filter(tries=0).count() == 2


def all_are_sent() -> bool:
    return not delivery.owed().exists()


def test_f1_a_broker_that_is_down_delays_no_booking_and_loses_no_mail(
    site: MailSite, doctor: Doctor
) -> None:
    site.broker.stop()
    book_without_broker(site, doctor)
    site.broker.start()
    site.start_worker()
    site.start_beat()
    assert comes_true(all_are_sent)
    assert [*site.copies.values()] == [1, 1]


@long
def test_f2_a_broker_that_is_frozen_delays_no_booking_and_loses_no_mail(
    site: MailSite, doctor: Doctor
) -> None:
    site.broker.freeze()
    try:
        book_without_broker(site, doctor)
    finally:
        site.broker.thaw()
    site.start_worker()
    site.start_beat()
    assert comes_true(all_are_sent)
    assert [*site.copies.values()] == [1, 1]


def die(site: MailSite, point: str, doctor: Doctor) -> None:
    who = map(str, (doctor.pk, make_patient().pk))
    command = [sys.executable, "-m", "tests.faults", f"dying_clients.{point}", *who]
    done = subprocess.run(command, env=site.environment, cwd=ROOT, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL


def test_f3_who_is_killed_before_the_commit_has_booked_nothing(
    site: MailSite, doctor: Doctor
) -> None:
    die(site, "before_commit", doctor)
    for model in (Appointment, OccupiedCell, Notification):
        assert not model._default_manager.exists()


def test_f4_who_is_killed_before_the_ring_has_booked_and_a_sweep_sends_the_mail(
    site: MailSite, doctor: Doctor
) -> None:
    die(site, "before_ring", doctor)
    booked = Appointment.objects.get(status="booked")
    wish = Wish(DoctorId(doctor.pk), PatientId(booked.patient_id), booked.starts_at)
    again = book_once(wish, KEY, now=timezone.now())  # who got no answer
    assert (again.appointment, again.is_new) == (booked.pk, False)
    assert run_django(site.environment, "send_mail_queue") == "1 sent, 0 left\n"
    assert [*site.copies.values()] == [1]


@long
def test_f5_a_worker_that_is_killed_after_its_claim_has_sent_nothing_and_another_does(
    site: MailSite,
) -> None:
    site.smtp.silent_at.add("DATA")
    row, worker = owe(), site.start_worker()
    site.ring(row)
    assert comes_true(Notification.objects.filter(tries=1).exists)
    worker.kill()
    site.smtp.silent_at.clear()
    end_leases(tries=1)
    site.start_worker()
    site.ring(row)
    assert comes_true(lambda: is_sent(row))
    assert [*site.copies.values()] == [1]


def test_f6_a_worker_that_is_killed_before_its_mark_makes_one_more_copy_of_the_same_id(
    site: MailSite,
) -> None:
    """The one window that there is."""
    row, worker = owe(), site.start_worker()

    def kill_the_first(_: object) -> str:
        if not site.smtp.received:
            worker.kill()
        return "250 taken"

    site.smtp.judge = kill_the_first
    site.ring(row)
    assert comes_true(lambda: worker.process.poll() is not None and bool(site.smtp.received))
    assert not is_sent(row)
    end_leases(tries=1)
    site.start_worker()
    site.ring(row)
    assert comes_true(lambda: is_sent(row))
    assert site.copies == {f"<{row.uuid}@clinic.example>": 2}


@long
def test_f7_neither_a_killed_child_of_a_worker_nor_an_emptied_broker_loses_a_mail(
    site: MailSite,
) -> None:
    site.smtp.silent_at.add("DATA")
    rows, worker = [owe() for _ in range(3)], site.start_worker()
    site.ring(rows[0])
    assert comes_true(Notification.objects.filter(tries=1).exists)
    [child] = worker.children
    os.kill(child, signal.SIGKILL)
    site.smtp.silent_at.clear()
    site.ring(rows[1])
    with Redis.from_url(site.broker.url) as redis:
        redis.flushall()
    end_leases(tries=1)
    site.start_beat()
    assert comes_true(all_are_sent)
    assert [*site.copies.values()] == [1, 1, 1]


def test_f8_a_mail_server_without_the_tls_that_is_asked_for_gets_no_mail_until_it_has(
    settings: Settings,
) -> None:
    with SmtpServer() as smtp:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", smtp.port
        settings.EMAIL_USE_TLS = True
        row = owe()
        assert delivery.work_queue() == 0
        row.refresh_from_db()
        assert (row.state, row.last_error_code) == (State.PENDING, "SMTPNotSupportedError")
        settings.EMAIL_USE_TLS = False
        assert delivery.work_queue() == 0  # not before its pause is over
        owe()
        assert delivery.work_queue() == 1
        Notification.objects.filter(pk=row.pk).update(next_attempt_at=Now())
        assert delivery.work_queue() == 1
        assert len(smtp.received) == 2


@long
def test_f9_ten_rings_and_two_sweeps_for_two_workers_send_one_mail(site: MailSite) -> None:
    row = owe()
    for _ in range(10):
        site.ring(row)
    for _ in range(2):
        site.call_sweep()
    for _ in range(2):
        site.start_worker()
    with Redis.from_url(site.broker.url) as redis:
        assert comes_true(lambda: not redis.llen("celery") and not redis.hlen("unacked"))
    assert is_sent(row)
    assert [*site.copies.values()] == [1]


@pytest.mark.parametrize("minutes", [-10, 10])
def test_f11_a_worker_whose_clock_is_wrong_claims_nothing_twice(minutes: int) -> None:
    row = owe()
    with travel(timezone.now() + timedelta(minutes=minutes)):
        assert delivery.claim(row.pk) is not None
        assert delivery.claim(row.pk) is None
    assert delivery.claim(row.pk) is None


@pytest.mark.parametrize(
    "name",
    [
        "Ada\r\nBcc: eve@example.org",
        "\u202eadA\u202c \u05d0\u05d3\u05d4",
        "Ada \U0001f9d1\u200d\u2695\ufe0f",
    ],
    ids=["line break", "right to left", "emoji"],
)
def test_f12_a_name_adds_no_header_and_stops_no_mail(name: str, site: MailSite) -> None:
    owe(make_patient(name=name, email="ada@example.org"))
    owe()
    assert run_django(site.environment, "send_mail_queue") == "2 sent, 0 left\n"
    [mail] = [mail for mail in site.smtp.received if mail["To"] == "ada@example.org"]
    assert mail["Bcc"] is None
    assert mail["Subject"] == "You already have an account at Medicare"
