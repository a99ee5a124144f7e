"""What happens to an account and is mailed to its owner, for whichever door asks for it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from medicare_django.accounts import codes, registration
from medicare_django.accounts.email_address import canonical_email
from medicare_django.accounts.models import UserProfile
from medicare_django.notifications import outbox
from medicare_django.notifications.models import Kind, Notification

REPEAT_AFTER = timedelta(minutes=1)


def register(password: str, fields: Mapping[str, Any], now: datetime) -> None:
    """Never tells whether the address was known: only its owner hears that, by mail."""
    prepared = registration.prepare(password, fields)
    with transaction.atomic():
        user = registration.enter(prepared, now)
        if user.is_email_verified:
            _enqueue_once_a_minute(Kind.ACCOUNT_EXISTS, user, now)
        else:
            _enqueue_code(user, now)


def resend_code(email: str, now: datetime) -> None:
    """Do nothing where there is nothing to verify or too much was asked for."""
    user = _find(email)
    if user is not None and not user.is_email_verified:
        with transaction.atomic():
            _enqueue_code(user, now)


def request_password_reset(email: str, now: datetime) -> None:
    user = _find(email)
    if user is not None:
        with transaction.atomic():
            _enqueue_once_a_minute(Kind.PASSWORD_RESET, user, now)


def _find(email: str) -> UserProfile | None:
    users = UserProfile.objects.filter(is_active=True)
    return users.filter(email_canonical=canonical_email(email)).first()


def _enqueue_code(user: UserProfile, now: datetime) -> None:
    code = codes.issue(user, now) if user.is_active else None
    if code is not None:
        outbox.enqueue(
            Kind.EMAIL_CODE, user.pk, params={"code": code.pk}, expires_at=code.expires_at
        )


def _enqueue_once_a_minute(kind: Kind, user: UserProfile, now: datetime) -> None:
    recent = Notification.objects.filter(
        recipient=user, kind=kind, created_at__gt=now - REPEAT_AFTER
    )
    if user.is_active and not recent.exists():
        outbox.enqueue(kind, user.pk)
