from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.utils import timezone
from icalendar import Calendar, Event
from pytest_django import Settings
from time_machine import travel

from medicare_django.accounts import password_reset
from medicare_django.accounts.models import Doctor, UserProfile
from medicare_django.notifications import delivery, letters
from medicare_django.notifications.models import Kind, State
from medicare_django.notifications.outbox import enqueue
from tests.integration.factories import make_doctor, make_patient, make_user
from tests.integration.smtp_server import SmtpServer

pytestmark = pytest.mark.django_db
REFERENCE = "0b9cb1a4-8f3c-4c0a-9d7e-1f6f6d1a2b3c"


def grace() -> Doctor:
    return make_doctor(
        name="Grace Hopper", hospital="North Hospital", address="1 Main Road, Berlin"
    )


def post(kind: Kind, patient: UserProfile, doctor: Doctor, **params: Any) -> mail.EmailMessage:
    params = {
        "appointment": REFERENCE,
        "revision": 0,
        "doctor": doctor.pk,
        "starts_at": "2026-12-14T08:30:00+00:00",
        "ends_at": "2026-12-14T09:00:00+00:00",
        "zone": "Europe/Berlin",
    } | params
    enqueue(kind, patient.pk, params=params, topic=f"appointment:{REFERENCE}")
    assert delivery.work_queue() == 1
    return mail.outbox[-1]


def html_of(message: mail.EmailMessage) -> str:
    assert isinstance(message, mail.EmailMultiAlternatives)
    (alternative,) = message.alternatives
    return str(alternative[0])


def event_of(message: mail.EmailMessage) -> tuple[str, Event]:
    (name, content, _) = message.attachments[0]
    assert name == "appointment.ics"
    calendar = Calendar.from_ical(content)
    return str(calendar["METHOD"]), calendar.events[0]


def test_a_booking_is_told_in_text_and_in_html() -> None:
    message = post(Kind.BOOKED, make_patient(name="Ada Lovelace"), grace())
    assert message.subject == "Appointment booked: Monday, 14 December 2026, 09:30"
    told = ["Hello Ada Lovelace,", "Grace Hopper", "Cardiology", "North Hospital"]
    told += ["1 Main Road, Berlin", REFERENCE]
    told += ["Monday, 14 December 2026, 09:30-10:00 (Europe/Berlin, UTC+1)"]
    for words in told:
        assert words in message.body
        assert words in html_of(message)


def test_a_move_tells_the_old_and_the_new_time() -> None:
    message = post(
        Kind.RESCHEDULED,
        make_patient(),
        grace(),
        previous_starts_at="2026-07-14T08:30:00+00:00",
        previous_ends_at="2026-07-14T09:00:00+00:00",
    )
    for text in (message.body, html_of(message)):
        new = text.index("Monday, 14 December 2026, 09:30-10:00 (Europe/Berlin, UTC+1)")
        assert new < text.index("Tuesday, 14 July 2026, 10:30-11:00 (Europe/Berlin, UTC+2)")


def test_a_cancel_says_so() -> None:
    message = post(Kind.CANCELLED, make_patient(), grace())
    assert message.subject.startswith("Appointment cancelled:")
    assert "has been cancelled" in message.body


def test_one_calendar_entry_follows_the_appointment_through_its_life(
    settings: Settings,
) -> None:
    settings.DEFAULT_FROM_EMAIL = "Clinic <office@clinic.example>"
    patient, doctor = make_patient(email="ada@example.org"), grace()
    mails = [
        post(Kind.BOOKED, patient, doctor),
        post(Kind.RESCHEDULED, patient, doctor, revision=1, starts_at="2026-12-14T08:45:00+00:00"),
        post(Kind.CANCELLED, patient, doctor, revision=2, starts_at="2026-12-14T08:45:00+00:00"),
    ]
    methods, events = zip(*map(event_of, mails), strict=True)
    assert methods == ("REQUEST", "REQUEST", "CANCEL")
    assert [str(event["UID"]) for event in events] == [f"{REFERENCE}@medicare"] * 3
    assert [event["SEQUENCE"] for event in events] == [0, 1, 2]
    statuses = [str(event["STATUS"]) for event in events]
    assert statuses == ["CONFIRMED", "CONFIRMED", "CANCELLED"]
    assert events[0].start == datetime(2026, 12, 14, 8, 30, tzinfo=UTC)
    assert events[1].start == datetime(2026, 12, 14, 8, 45, tzinfo=UTC)
    assert events[1].end == datetime(2026, 12, 14, 9, 0, tzinfo=UTC)
    assert str(events[0]["SUMMARY"]) == "Appointment with Grace Hopper"
    assert str(events[0]["LOCATION"]) == "North Hospital, 1 Main Road, Berlin"
    assert str(events[0]["ORGANIZER"]) == "mailto:office@clinic.example"
    assert str(events[0]["ATTENDEE"]) == "mailto:ada@example.org"


def test_the_calendar_file_arrives_as_calendars_expect_it(settings: Settings) -> None:
    with SmtpServer() as smtp:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", smtp.port
        delivery_of = make_patient(name="Ada Lovelace 李 \N{SLIGHTLY SMILING FACE}")
        enqueue_booked(delivery_of)
        assert delivery.work_queue() == 1
    (message,) = smtp.received
    text, html = (message.get_body([kind]) for kind in ("plain", "html"))
    for part in (text, html):
        assert isinstance(part, EmailMessage)
        assert "Ada Lovelace 李 \N{SLIGHTLY SMILING FACE}" in part.get_content()
    (file,) = message.iter_attachments()
    assert file.get_content_type() == "text/calendar"
    parameters = file["Content-Type"].params
    assert (parameters["method"], parameters["charset"]) == ("REQUEST", "utf-8")
    assert file.get_filename() == "appointment.ics"
    assert Calendar.from_ical(file.get_content()).events[0]["SEQUENCE"] == 0


def enqueue_booked(patient: UserProfile) -> None:
    times = {"starts_at": "2026-12-14T08:30:00+00:00", "ends_at": "2026-12-14T09:00:00+00:00"}
    doctor = make_doctor().pk
    params = {"appointment": REFERENCE, "revision": 0, "doctor": doctor, "zone": "UTC"} | times
    enqueue(Kind.BOOKED, patient.pk, params=params)


def test_markup_in_a_name_stays_text() -> None:
    message = post(Kind.BOOKED, make_patient(name="<b>O'Brien</b>"), grace())
    assert "Hello <b>O'Brien</b>," in message.body
    assert "Hello &lt;b&gt;O&#x27;Brien&lt;/b&gt;," in html_of(message)


def test_a_line_break_in_a_name_adds_no_header_and_no_line() -> None:
    evil = "Ada\r\nBcc: eve@example.org\r\n\r\nPay here"
    message = post(Kind.BOOKED, make_patient(name=evil), make_doctor(name=evil))
    assert message.message()["Bcc"] is None
    assert "Hello Ada Bcc: eve@example.org Pay here," in message.body
    assert "Doctor:    Ada Bcc: eve@example.org Pay here," in message.body
    _, event = event_of(message)
    assert str(event["SUMMARY"]) == "Appointment with Ada Bcc: eve@example.org Pay here"


def test_who_has_not_proved_an_address_cannot_choose_how_its_owner_is_greeted() -> None:
    patient = make_patient(name="Win at evil.example", is_email_verified=False)
    enqueue(Kind.ACCOUNT_EXISTS, patient.pk)
    delivery.work_queue()
    assert mail.outbox[0].body.startswith("Hello,\n")
    assert "evil" not in mail.outbox[0].body + html_of(mail.outbox[0])


def test_a_reset_brings_a_token_that_works_and_a_link_with_the_same_one() -> None:
    patient = make_patient()
    enqueue(Kind.PASSWORD_RESET, patient.pk)
    delivery.work_queue()
    lines = mail.outbox[0].body.splitlines()
    link, token = [line for line in lines if line.isascii() and "." in line and " " not in line]
    assert password_reset.user_of(token) == patient
    assert link == f"https://testserver/set-password/{token}/"
    assert f'href="{link}"' in html_of(mail.outbox[0])


def test_an_invitation_brings_a_link_that_works_for_seven_days() -> None:
    user = make_user(password=None, is_email_verified=True, name="Grace Hopper")
    enqueue(Kind.INVITATION, user.pk)
    delivery.work_queue()
    (message,) = mail.outbox
    link, forgotten = [line for line in message.body.splitlines() if "https://" in line]
    assert forgotten == "https://testserver/forgotten-password/"
    token = link.removeprefix("https://testserver/set-password/").removesuffix("/")
    assert f'href="{link}"' in html_of(message)
    assert "Hello Grace Hopper," in message.body
    with travel(timezone.now() + timedelta(days=7, minutes=-1)):
        assert password_reset.user_of(token) == user
    late = travel(timezone.now() + timedelta(days=7, minutes=1))
    with late, pytest.raises(password_reset.ResetRefused):
        password_reset.user_of(token)


def test_an_invitation_that_no_longer_applies_is_not_sent() -> None:
    meanwhile, gone = (make_user(password=None, is_email_verified=True) for _ in range(2))
    late = make_user(password=None, is_email_verified=True)
    rows = [enqueue(Kind.INVITATION, user.pk) for user in (meanwhile, gone)]
    rows.append(enqueue(Kind.INVITATION, late.pk, expires_at=timezone.now()))
    meanwhile.set_password("set in the meantime")
    meanwhile.save()
    UserProfile.objects.filter(pk=gone.pk).update(is_active=False)
    assert delivery.work_queue() == 0
    for row in rows:
        row.refresh_from_db()
    assert {row.state for row in rows} == {State.DROPPED}


def test_a_mail_bears_the_same_id_at_every_try_and_says_that_a_machine_wrote_it() -> None:
    row = enqueue(Kind.ACCOUNT_EXISTS, make_patient().pk)
    first, second = letters.compose(row), letters.compose(row)
    assert first is not None
    assert second is not None
    assert first.message()["Message-ID"] == second.message()["Message-ID"]
    assert first.message()["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize(
    ("start", "zone", "shown"),
    [
        ("2026-06-01T22:30+00:00", "Asia/Kolkata", "04:00-04:30 (Asia/Kolkata, UTC+5:30)"),
        ("2026-06-01T12:00+00:00", "UTC", "12:00-12:30 (UTC)"),
        ("2026-01-01T12:00+00:00", "Europe/London", "12:00-12:30 (Europe/London, UTC)"),
        ("2026-06-01T12:00+00:00", "America/St_Johns", "09:30-10:00 (America/St_Johns, UTC-2:30)"),
        ("2026-06-01T23:45+00:00", "UTC", "23:45-00:15 (UTC)"),
        (
            "2027-04-03T14:30+00:00",  # the clock goes back by the length of the visit
            "Australia/Lord_Howe",
            "4 April 2027, 01:30 (UTC+11)-01:30 (UTC+10:30), Australia/Lord_Howe",
        ),
        (
            "2027-03-28T00:45+00:00",  # the clock leaps over an hour
            "Europe/Berlin",
            "28 March 2027, 01:45 (UTC+1)-03:15 (UTC+2), Europe/Berlin",
        ),
    ],
)
def test_a_time_is_shown_with_its_zone(start: str, zone: str, shown: str) -> None:
    starts_at = datetime.fromisoformat(start)
    text = letters.show_period(starts_at, starts_at + timedelta(minutes=30), ZoneInfo(zone))
    assert text.endswith(shown)
