"""Words and figures for administrators: `{% load staff %}`."""

from datetime import date
from typing import Any

from django import template

from medicare_core.utilisation import Utilisation
from medicare_django.notifications.models import Kind, Notification
from medicare_django.web import times

register = template.Library()

_MAILS = {
    Kind.EMAIL_CODE: "A code to prove the e-mail",
    Kind.ACCOUNT_EXISTS: "A hint that there is an account",
    Kind.PASSWORD_RESET: "A link to a new password",
    Kind.INVITATION: "An invitation",
    Kind.EMAIL_CHANGE: "A warning of a new e-mail",
    Kind.BOOKED: "An appointment booked",
    Kind.RESCHEDULED: "An appointment moved",
    Kind.CANCELLED: "An appointment cancelled",
    Kind.REMINDER: "A reminder of an appointment",
}


@register.filter
def mail_words(mail: Notification) -> str:
    """What it was about."""
    return _MAILS[Kind(mail.kind)]


@register.filter
def date_words(value: date) -> str:
    return times.date_words(value)


@register.filter
def day_and_month(value: date) -> str:
    """Such as "7 Dec"."""
    return f"{value.day} {value:%b}"


@register.inclusion_tag("web/staff/share_bar.html")
def share_bar(utilisation: Utilisation) -> dict[str, Any]:
    """How much of it is booked, as a bar and in words."""
    is_offered = bool(utilisation.offered or utilisation.outside)
    return {"percent": round(utilisation.share * 100), "is_offered": is_offered}
