"""What happens to an account and is mailed to its owner, for whichever door asks for it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import Q

from medicare_django.accounts import codes, doctors, password_reset, registration, tokens
from medicare_django.accounts.email_address import canonical_email, plain_email
from medicare_django.accounts.models import Doctor, Login, OneTimeCode, UserProfile
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
        user, is_registered = registration.enter(prepared)
        if is_registered:
            _issue_code(user, now)
        else:
            _enqueue_seldom(Kind.ACCOUNT_EXISTS, user, now, now + _DAY)


def create_doctor(
    password: str | None, person: Mapping[str, Any], practice: Mapping[str, Any], now: datetime
) -> Doctor:
    """Without a password the doctor is mailed a link to set one. Raises doctors.EmailTaken."""
    hashed = make_password(password)  # slow on purpose, so before the transaction
    with transaction.atomic():
        doctor = doctors.add_doctor({**person, "password": hashed}, practice)
        if password is None:
            expires_at = now + password_reset.INVITATION_LIFETIME
            outbox.enqueue(Kind.INVITATION, doctor.user_id, expires_at=expires_at)
    return doctor


def invite_again(user: UserProfile, now: datetime) -> bool:
    """Mail the link once more to who has never set a password.

    False, and nothing is mailed, where one has been set by now, where nobody may use the account,
    or where an earlier mail is on its way.
    """
    with transaction.atomic():
        user = UserProfile.objects.select_for_update().get(pk=user.pk)
        if user.has_usable_password():
            return False
        expires_at = now + password_reset.INVITATION_LIFETIME
        return _enqueue_seldom(Kind.INVITATION, user, now, expires_at)


def request_email_change(login: Login, email: str, now: datetime) -> bool:
    """Mail a code to the new address, which takes the place of the old one once it is proved.

    False where it is the user's address already: then its new spelling holds at once. Never tells
    whether it is somebody else's, not even by which codes stay in force. Raises TokenRefused where
    the login that asks is over by now.
    """
    with transaction.atomic():
        user = UserProfile.objects.select_for_update().get(pk=login.user_id)
        tokens.confirm_login(login, user)
        if user.email_canonical == canonical_email(email):
            UserProfile.objects.filter(pk=user.pk).update(email=plain_email(email))
            return False
        code = codes.issue(user, now, email, login)
        if code is None:
            return True
        # Before the code: who should not have asked must not be quicker than the warning.
        if user.is_email_verified:
            params = {"code": code.pk}
            outbox.enqueue(Kind.EMAIL_CHANGE, user.pk, params=params, expires_at=now + _DAY)
        _enqueue_unless_taken(code)
    _tell_owner(email, now)  # apart, so that two who claim each other's address do not block
    return True


def resend_code(email: str, now: datetime) -> None:
    """Do nothing where there is nothing to verify or too much was asked for."""
    with transaction.atomic():
        user = _lock(email)
        if user is not None and not user.is_email_verified:
            _issue_code(user, now)
    for code in codes.latest_for(email, now):
        if code.changes_address:
            _renew_claim(code, now)


def request_password_reset(email: str, now: datetime) -> None:
    expires_at = now + timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)
    with transaction.atomic():
        user = _lock(email)
        if user is not None:
            _enqueue_seldom(Kind.PASSWORD_RESET, user, now, expires_at)


def _lock(email: str) -> UserProfile | None:
    users = UserProfile.objects.select_for_update()
    return users.filter(email_canonical=canonical_email(email)).first()


def _tell_owner(email: str, now: datetime) -> None:
    with transaction.atomic():
        owner = _lock(email)
        if owner is not None and not registration.is_pristine(owner):
            _enqueue_seldom(Kind.ACCOUNT_EXISTS, owner, now, now + _DAY)


def _issue_code(user: UserProfile, now: datetime) -> None:
    code = codes.issue(user, now) if user.is_active else None
    if code is not None:
        _enqueue_code(code)


def _renew_claim(claimed: OneTimeCode, now: datetime) -> None:
    with transaction.atomic():
        user = UserProfile.objects.select_for_update().get(pk=claimed.user_id)
        if not user.is_active or not codes.is_in_force(claimed, user):
            return
        code = codes.issue(user, now, claimed.email, claimed.login)
        if code is not None:
            _enqueue_unless_taken(code)


def _enqueue_unless_taken(code: OneTimeCode) -> None:
    """One that nobody is mailed is in force all the same, and counts: else limits would tell."""
    if not UserProfile.objects.filter(email_canonical=code.email_canonical).exists():
        _enqueue_code(code)


def _enqueue_code(code: OneTimeCode) -> None:
    params = {"code": code.pk}
    outbox.enqueue(Kind.EMAIL_CODE, code.user_id, params=params, expires_at=code.expires_at)


def _enqueue_seldom(kind: Kind, user: UserProfile, now: datetime, expires_at: datetime) -> bool:
    """False while an earlier one is on its way. `user` is locked: of two at once one is late."""
    today = Notification.objects.filter(recipient=user, kind=kind, created_at__gt=now - _DAY)
    on_its_way = Q(state=State.PENDING, expires_at__gt=now)
    too_soon = today.filter(Q(created_at__gt=now - REPEAT_AFTER) | on_its_way)
    if not user.is_active or too_soon.exists() or today.count() >= MAX_PER_DAY:
        return False
    outbox.enqueue(kind, user.pk, expires_at=expires_at)
    return True
