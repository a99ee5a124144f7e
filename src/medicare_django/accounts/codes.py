"""One-time codes that prove that an e-mail address belongs to its account."""

import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from medicare_django.accounts import tokens
from medicare_django.accounts.models import OneTimeCode, UserProfile

LIFETIME = timedelta(minutes=10)
MAX_TRIES = 5
RESEND_AFTER = timedelta(seconds=60)
MAX_PER_DAY = 10
DIGITS = 6


class CodeRefused(Exception):
    pass


class CodeWrong(CodeRefused):
    pass


class CodeExpired(CodeRefused):
    """The code is too old, was used, was replaced, or was never asked for."""


class TooManyTries(CodeRefused):
    pass


@transaction.atomic
def issue(user: UserProfile, now: datetime) -> OneTimeCode | None:
    """Put a new code in force; None where the limits do not allow another one.

    A minute must pass between two codes, unless the earlier one was revoked.
    """
    locked = UserProfile.objects.select_for_update().get(pk=user.pk)  # of two at once one is early
    today = OneTimeCode.objects.filter(user=user, issued_at__gt=now - timedelta(days=1))
    issued = list(today.order_by("-issued_at").values_list("issued_at", flat=True)[:MAX_PER_DAY])
    too_soon = locked.otp and issued and now - issued[0] < RESEND_AFTER
    if too_soon or len(issued) == MAX_PER_DAY:
        return None
    code = OneTimeCode.objects.create(
        user=user, nonce=secrets.token_hex(16), issued_at=now, expires_at=now + LIFETIME
    )
    _put_in_force(user, _digest(code, _text(code)))
    return code


def code_text(code: OneTimeCode) -> str | None:
    """Return the six digits; None where they are of no use any more, so that nobody mails them."""
    text = _text(code)
    if code.used_at or timezone.now() >= code.expires_at or code.user.otp != _digest(code, text):
        return None
    return text


def verify(user: UserProfile, text: str, now: datetime) -> None:
    """Use up the code in force, mark the address as verified and end every login.

    Raises CodeRefused. Not to be called in a transaction: the try must count whatever happens.
    """
    code = OneTimeCode.objects.filter(user=user).order_by("-id").first()
    if code is None:
        raise CodeExpired
    # Counted before it is looked at: of many guesses at once, five are compared.
    open_codes = OneTimeCode.objects.filter(pk=code.pk, used_at=None, expires_at__gt=now)
    if not open_codes.filter(tries__lt=MAX_TRIES).update(tries=F("tries") + 1):
        code.refresh_from_db(fields=["tries"])
        raise TooManyTries if code.tries >= MAX_TRIES else CodeExpired
    with transaction.atomic():
        # Read again under the lock: somebody may just have registered with another password.
        locked = UserProfile.objects.select_for_update().get(pk=user.pk)
        if not constant_time_compare(locked.otp, _digest(code, text)):
            raise CodeWrong
        if not locked.is_active or not open_codes.update(used_at=now):
            raise CodeExpired
        locked.is_email_verified = True
        locked.otp = ""
        locked.save(update_fields=["is_email_verified", "otp"])
        # Whoever logged in before may not have been the owner of the address.
        tokens.end_logins(locked, now)


def revoke(user: UserProfile) -> None:
    """Make the code in force useless; the limit of the day still counts it."""
    _put_in_force(user, "")


def _put_in_force(user: UserProfile, digest: str) -> None:
    user.otp = digest
    user.save(update_fields=["otp"])


def _text(code: OneTimeCode) -> str:
    value = f"{code.user_id}:email:{code.nonce}"
    digest = salted_hmac("medicare.one-time-code", value, algorithm="sha256").digest()
    return f"{int.from_bytes(digest, 'big') % 10**DIGITS:0{DIGITS}}"


def _digest(code: OneTimeCode, text: str) -> str:
    value = f"{code.pk}:{text}"
    return salted_hmac("medicare.otp", value, algorithm="sha256").hexdigest()
