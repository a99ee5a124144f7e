"""What happens to an account and is mailed to its owner, for whichever door asks for it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from medicare_django.accounts import codes, registration
from medicare_django.accounts.email_address import canonical_email
from medicare_django.accounts.models import UserProfile
from medicare_django.notifications import outbox
from medicare_django.notifications.models import Kind, Notification, State

REPEAT_AFTER = timedelta(minutes=1)
MAX_PER_DAY = 10
"""Of one kind to one account, so that nobody's mailbox is filled by others."""
_DAY = timedelta(days=1)


def register(password: str, fields: Mapping[str, Any], now: datetime) -> None:
    """Never tells whether the address was known: only its owner hears that, by mail."""
    prepared = registration.prepare(password, fields)
    with transaction.atomic():
        user = registration.enter(prepared)
        if user.is_email_verified:
            _enqueue_seldom(Kind.ACCOUNT_EXISTS, user, now, now + _DAY)
        else:
            _enqueue_code(user, now)


def resend_code(email: str, now: datetime) -> None:
    """Do nothing where there is nothing to verify or too much was asked for."""
    with transaction.atomic():
        user = _lock(email)
        if user is not None and not user.is_email_verified:
            _enqueue_code(user, now)


def request_password_reset(email: str, now: datetime) -> None:
    expires_at = now + timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)
    with transaction.atomic():
        user = _lock(email)
        if user is not None:
            _enqueue_seldom(Kind.PASSWORD_RESET, user, now, expires_at)


def _lock(email: str) -> UserProfile | None:
    users = UserProfile.objects.select_for_update()
    return users.filter(email_canonical=canonical_email(email)).first()


def _enqueue_code(user: UserProfile, now: datetime) -> None:
    code = codes.issue(user, now) if user.is_active else None
    if code is not None:
        outbox.enqueue(
            Kind.EMAIL_CODE, user.pk, params={"code": code.pk}, expires_at=code.expires_at
        )


def _enqueue_seldom(kind: Kind, user: UserProfile, now: datetime, expires_at: datetime) -> None:
    """Nothing while an earlier one is on its way. `user` is locked: of two at once one is late."""
    today = Notification.objects.filter(recipient=user, kind=kind, created_at__gt=now - _DAY)
    on_its_way = Q(state=State.PENDING, expires_at__gt=now)
    too_soon = today.filter(Q(created_at__gt=now - REPEAT_AFTER) | on_its_way)
    if user.is_active and not too_soon.exists() and today.count() < MAX_PER_DAY:
        outbox.enqueue(kind, user.pk, expires_at=expires_at)
