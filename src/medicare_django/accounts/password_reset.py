from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.hashers import make_password
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.db import transaction
from django.db.models import QuerySet
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode

from medicare_django.accounts import codes
from medicare_django.accounts.models import UserProfile


class ResetRefused(Exception):
    pass


class _Generator(PasswordResetTokenGenerator):
    """Unlike Django's, its tokens outlive a login: who knows the old password could stop a reset.

    They work once all the same, since a reset changes the password and verifies the address. While
    the address is not verified anybody may replace the password, by registering again, so that it
    counts only from then on.
    """

    key_salt = "medicare.password-reset"

    def _make_hash_value(self, user: AbstractBaseUser, timestamp: int) -> str:
        assert isinstance(user, UserProfile)  # noqa: S101 - Django's annotation is wider
        proved = user.password if user.is_email_verified else None
        return repr((user.pk, proved, user.email_canonical, user.is_active, timestamp))


_generator = _Generator()


def make_token(user: UserProfile) -> str:
    """Return a token that sets a new password once, within PASSWORD_RESET_TIMEOUT."""
    encoded = urlsafe_base64_encode(force_bytes(user.pk))
    return f"{encoded}.{_generator.make_token(user)}"


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


def _check(token: str, users: QuerySet[UserProfile]) -> UserProfile:
    encoded, _, secret = token.partition(".")
    try:
        user = users.get(pk=int(urlsafe_base64_decode(encoded)), is_active=True)
    except (ValueError, OverflowError, UserProfile.DoesNotExist):
        raise ResetRefused from None
    if not _generator.check_token(user, secret):
        raise ResetRefused
    return user
