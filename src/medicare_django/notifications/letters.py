"""The letter of an outbox row, made when it is sent from what is true at that moment."""

from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import parseaddr
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.dateformat import format as format_date

from medicare_django.accounts import codes, password_reset
from medicare_django.accounts.characters import one_line
from medicare_django.accounts.models import Doctor, OneTimeCode, UserProfile
from medicare_django.notifications import calendar, reminders
from medicare_django.notifications.models import Kind, Notification

SUBJECTS = {
    Kind.EMAIL_CODE: "Your code for Medicare",
    Kind.ACCOUNT_EXISTS: "You already have an account at Medicare",
    Kind.PASSWORD_RESET: "Set a new password for Medicare",
    Kind.INVITATION: "Your account at Medicare",
    Kind.EMAIL_CHANGE: "A new e-mail address for your account at Medicare",
    Kind.BOOKED: "Appointment booked: {start}",
    Kind.RESCHEDULED: "Appointment moved: {start}",
    Kind.CANCELLED: "Appointment cancelled: {start}",
    Kind.REMINDER: "Your appointment: {start}",
}
"""No names and no codes: subjects are shown on locked screens."""


def compose(row: Notification) -> EmailMultiAlternatives | None:
    """None where the mail no longer applies. News about an appointment always does."""
    kind = Kind(row.kind)
    context = _CONTEXTS[kind](row)
    if context is None:
        return None
    context.setdefault("name", _greeted_name(row.recipient))
    context["forgotten_password"] = settings.SITE_URL + reverse("forgotten-password")
    template = f"notifications/{kind.value}"
    letter = EmailMultiAlternatives(
        SUBJECTS[kind].format_map(context),
        render_to_string(f"{template}.txt", context),
        to=[context.get("to", row.recipient.email)],
        headers={"Message-ID": message_id(row), "Auto-Submitted": "auto-generated"},
    )
    letter.attach_alternative(render_to_string(f"{template}.html", context), "text/html")
    if (entry := context.get("entry")) is not None:
        content_type = f"text/calendar; method={entry.method}"
        letter.attach("appointment.ics", calendar.render(entry), content_type)
    return letter


def message_id(row: Notification) -> str:
    """The same at every try, so that a mail server or reader can tell a second copy."""
    _, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return f"<{row.uuid}@{address.rpartition('@')[2]}>"


def show_period(starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> str:
    """Such as 'Monday, 14 December 2026, 09:30-10:00 (Europe/Berlin, UTC+1)'.

    Where the clock changes in between: '01:30 (UTC+11)-01:30 (UTC+10:30), Australia/Lord_Howe'.
    """
    start, end = starts_at.astimezone(zone), ends_at.astimezone(zone)
    offset, end_offset = _show_offset(start), _show_offset(end)
    if offset != end_offset:
        return f"{_show_start(start)} ({offset})-{end:%H:%M} ({end_offset}), {zone.key}"
    named = zone.key if zone.key == offset else f"{zone.key}, {offset}"
    return f"{_show_start(start)}-{end:%H:%M} ({named})"


def _show_start(start: datetime) -> str:
    return f"{format_date(start, 'l, j F Y')}, {start:%H:%M}"


def _show_offset(local: datetime) -> str:
    offset = local.utcoffset() or timedelta(0)
    if not offset:
        return "UTC"
    hours, minutes = divmod(abs(offset) // timedelta(minutes=1), 60)
    sign = "-" if offset < timedelta(0) else "+"
    return f"UTC{sign}{hours}:{minutes:02}" if minutes else f"UTC{sign}{hours}"


def _greeted_name(user: UserProfile) -> str:
    """Nothing for an unproved address: whoever typed it chose the name, too, and may be a spammer."""
    return one_line(user.name) if user.is_email_verified else ""


def _is_over(row: Notification) -> bool:
    """Expired, or nobody may use the account any more."""
    expired = row.expires_at is not None and row.expires_at <= timezone.now()
    return expired or not row.recipient.is_active


def _account_context(row: Notification) -> dict[str, Any] | None:
    return None if _is_over(row) else {}


def _code_context(row: Notification) -> dict[str, Any] | None:
    code = _code_of(row)
    text = None if code is None else codes.code_text(code)
    if code is None or text is None:
        return None
    context = {"code": text, "to": code.email, "is_change": code.changes_address}
    # The name is not said to an address that is not, or not yet, that of the account.
    return {**context, "name": ""} if code.changes_address else context


def _change_context(row: Notification) -> dict[str, Any] | None:
    """To the address as it was when the change was asked for, which may have happened by now."""
    code = _code_of(row)
    return None if code is None else {"to": code.account_email}


def _code_of(row: Notification) -> OneTimeCode | None:
    if _is_over(row):
        return None
    return OneTimeCode.objects.select_related("user").filter(pk=row.params["code"]).first()


def _reset_context(row: Notification) -> dict[str, Any] | None:
    if _is_over(row):
        return None
    token = password_reset.make_token(row.recipient)
    return {"token": token, "link": _password_link(token)}


def _invitation_context(row: Notification) -> dict[str, Any] | None:
    if _is_over(row) or row.recipient.has_usable_password():
        return None
    return {"link": _password_link(password_reset.make_invitation(row.recipient))}


def _password_link(token: str) -> str:
    return settings.SITE_URL + reverse("set-password", args=[token])


def _appointment_context(row: Notification) -> dict[str, Any]:
    params, zone = row.params, ZoneInfo(row.params["zone"])
    doctor = Doctor.objects.select_related("user").get(pk=params["doctor"])
    starts_at, ends_at = _read_period(params, "")
    context: dict[str, Any] = {
        "doctor": one_line(doctor.user.name),
        "specialization": doctor.specialization,
        "hospital": doctor.hospital,
        "address": doctor.address,
        "when": show_period(starts_at, ends_at, zone),
        "start": _show_start(starts_at.astimezone(zone)),
        "reference": params["appointment"],
        "entry": _calendar_entry(row, doctor),
    }
    if "previous_starts_at" in params:
        context["previous"] = show_period(*_read_period(params, "previous_"), zone)
    return context


def _reminder_context(row: Notification) -> dict[str, Any] | None:
    if _is_over(row) or not reminders.applies(row):
        return None
    return _appointment_context(row) | {"entry": None}  # the calendar has it since it was booked


def _calendar_entry(row: Notification, doctor: Doctor) -> calendar.Entry:
    starts_at, ends_at = _read_period(row.params, "")
    return calendar.Entry(
        appointment=row.params["appointment"],
        revision=row.params["revision"],
        starts_at=starts_at,
        ends_at=ends_at,
        doctor=doctor,
        attendee=row.recipient.email,
        cancelled=row.kind == Kind.CANCELLED,
    )


def _read_period(params: dict[str, Any], prefix: str) -> tuple[datetime, datetime]:
    starts_at = datetime.fromisoformat(params[f"{prefix}starts_at"])
    return starts_at, datetime.fromisoformat(params[f"{prefix}ends_at"])


_CONTEXTS: dict[Kind, Callable[[Notification], dict[str, Any] | None]] = {
    Kind.EMAIL_CODE: _code_context,
    Kind.ACCOUNT_EXISTS: _account_context,
    Kind.PASSWORD_RESET: _reset_context,
    Kind.INVITATION: _invitation_context,
    Kind.EMAIL_CHANGE: _change_context,
    Kind.BOOKED: _appointment_context,
    Kind.RESCHEDULED: _appointment_context,
    Kind.CANCELLED: _appointment_context,
    Kind.REMINDER: _reminder_context,
}
