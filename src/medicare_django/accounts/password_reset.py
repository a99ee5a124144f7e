"""Tokens that set a password: mailed to who forgot theirs, or to a doctor who has none yet."""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core import signing
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from medicare_django.accounts import codes
from medicare_django.accounts.models import UserProfile

INVITATION_LIFETIME = timedelta(days=7)


class ResetRefused(Exception):
    pass


def make_token(user: UserProfile) -> str:
    """Return a token that sets a new password once, within PASSWORD_RESET_TIMEOUT."""
    return _make(user, timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT))


def make_invitation(user: UserProfile) -> str:
    """Return a token that does the same within INVITATION_LIFETIME."""
    return _make(user, INVITATION_LIFETIME)


def user_of(token: str) -> UserProfile:
    """Raises ResetRefused unless the token is ours, young, unused, and its user active."""
    return _check(token, UserProfile.objects.all())


def reset_password(token: str, password: str) -> None:
    """Set the password, which ends every login, and verify the address. Raises ResetRefused."""
    hashed = make_password(password)  # slow on purpose, so before anything is locked
    with transaction.atomic():
        user = _check(token, UserProfile.objects.select_for_update())
        user.password = hashed
        user.is_email_verified = True
        user.save(update_fields=["password", "is_email_verified"])
        codes.revoke(user)


def _make(user: UserProfile, lifetime: timedelta) -> str:
    expires_at = timezone.now() + lifetime
    return _signer().sign_object([user.pk, int(expires_at.timestamp()), _state(user)])


def _check(token: str, users: QuerySet[UserProfile]) -> UserProfile:
    try:
        pk, expires, state = _signer().unsign_object(token)
        user = users.get(pk=pk, is_active=True)
    except (signing.BadSignature, UserProfile.DoesNotExist):
        raise ResetRefused from None
    if timezone.now().timestamp() >= expires or not constant_time_compare(state, _state(user)):
        raise ResetRefused
    return user


def _signer() -> signing.Signer:
    return signing.Signer(salt="medicare.password-token", sep=".")


def _state(user: UserProfile) -> str:
    """What must stay as it is until the token is used.

    Unlike with Django's tokens, the last login does not count: who knows the old password could
    stop a reset. They work once all the same, since a reset changes the password and verifies the
    address. While the address is not verified anybody may replace the password, by registering
    again, so that it counts only from then on.
    """
    proved = user.password if user.is_email_verified else None
    value = repr((user.pk, proved, user.email_canonical, user.is_active))
    return salted_hmac("medicare.password-state", value, algorithm="sha256").hexdigest()
