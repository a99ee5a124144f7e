"""One-time codes that prove that an e-mail address belongs to its account, or may become its own."""

import secrets
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from medicare_django.accounts import tokens
from medicare_django.accounts.email_address import canonical_email
from medicare_django.accounts.models import Login, OneTimeCode, UserProfile

LIFETIME = timedelta(minutes=10)
MAX_TRIES = 5
RESEND_AFTER = timedelta(seconds=60)
MAX_PER_DAY = 10
DIGITS = 6
_DAY = timedelta(days=1)


class CodeRefused(Exception):
    pass


class CodeWrong(CodeRefused):
    pass


class CodeExpired(CodeRefused):
    """The code is too old, was used, was replaced, or was never asked for."""


class TooManyTries(CodeRefused):
    pass


class AddressTaken(CodeRefused):
    """Somebody else has an account with the address by now."""


@transaction.atomic
def issue(
    user: UserProfile, now: datetime, email: str | None = None, login: Login | None = None
) -> OneTimeCode | None:
    """Put a new code in force, for the address of `user` unless `email` names another one.

    One for another address is good for as long as the login that asked for it.
    None where the limits do not allow it. A minute must pass between two codes for one address,
    unless the earlier one was revoked.
    """
    locked = UserProfile.objects.select_for_update().get(pk=user.pk)  # of two at once one is early
    code = OneTimeCode(
        user=user,
        email=email or locked.email,
        email_canonical=canonical_email(email or locked.email),
        account_email=locked.email,
        password_mark=locked.get_session_auth_hash(),
        login=login,
        nonce=secrets.token_hex(16),
        issued_at=now,
        expires_at=now + LIFETIME,
    )
    if not _is_allowed(code, locked):
        return None
    code.save()
    _put_in_force(user, _digest(code, _text(code)))
    return code


def code_text(code: OneTimeCode) -> str | None:
    """Return the six digits; None where they are of no use any more, so that nobody mails them."""
    if code.used_at or timezone.now() >= code.expires_at or not is_in_force(code, code.user):
        return None
    return _text(code)


def is_in_force(code: OneTimeCode, user: UserProfile) -> bool:
    """Whether it was neither revoked, used nor replaced. One that is too old may still be renewed."""
    return user.otp == _digest(code, _text(code)) and _is_account_as_it_was(code, user)


def latest_for(email: str, now: datetime) -> QuerySet[OneTimeCode]:
    """The codes of the last day that prove this address, at most the newest one of each account."""
    newer = OneTimeCode.objects.filter(user=OuterRef("user"), pk__gt=OuterRef("pk"))
    found = OneTimeCode.objects.filter(
        ~Exists(newer),
        email_canonical=canonical_email(email),
        issued_at__gt=now - _DAY,
        user__is_active=True,
    )
    return found.select_related("login").order_by("-pk")


def verify(email: str, text: str, now: datetime) -> None:
    """Use up the code, make its address the verified one of its account, and end every login.

    Several accounts may claim one address; the code tells which of them is meant. Raises
    CodeRefused. Not to be called in a transaction: the try must count whatever happens.
    """
    refusal: CodeRefused = CodeExpired()
    for code in latest_for(email, now).filter(used_at=None, expires_at__gt=now):
        try:
            _verify_one(code, text, now)
        except CodeRefused as refused:
            refusal = refused
        else:
            return
    raise refusal


def revoke(user: UserProfile) -> None:
    """Make the code in force useless; the limit of the day still counts it."""
    _put_in_force(user, "")


def _is_allowed(code: OneTimeCode, user: UserProfile) -> bool:
    today = OneTimeCode.objects.filter(issued_at__gt=code.issued_at - _DAY)
    to_it = today.filter(email_canonical=code.email_canonical)
    just_now = to_it.filter(user=user, issued_at__gt=code.issued_at - RESEND_AFTER)
    if user.otp and just_now.exists():
        return False
    # Many accounts together must not fill the mailbox of somebody whose address they claim.
    claims = to_it.exclude(user__email_canonical=code.email_canonical)
    is_flooded = code.changes_address and claims.count() >= MAX_PER_DAY
    return not is_flooded and today.filter(user=user).count() < MAX_PER_DAY


def _verify_one(code: OneTimeCode, text: str, now: datetime) -> None:
    # Counted before it is looked at: of many guesses at once, five are compared.
    open_codes = OneTimeCode.objects.filter(pk=code.pk, used_at=None, expires_at__gt=now)
    if not open_codes.filter(tries__lt=MAX_TRIES).update(tries=F("tries") + 1):
        code.refresh_from_db(fields=["tries"])
        raise TooManyTries if code.tries >= MAX_TRIES else CodeExpired
    try:
        with transaction.atomic():
            # Read again under the lock: somebody may just have registered with another password.
            locked = UserProfile.objects.select_for_update().get(pk=code.user_id)
            if not constant_time_compare(locked.otp, _digest(code, text)):
                raise CodeWrong
            if not _is_wanted(code, locked) or not open_codes.update(used_at=now):
                raise CodeExpired
            _settle(code, locked, now)
    except IntegrityError:  # the address was free when the code was asked for
        raise AddressTaken from None


def _is_wanted(code: OneTimeCode, user: UserProfile) -> bool:
    unproved = code.changes_address or not user.is_email_verified
    return user.is_active and unproved and _is_account_as_it_was(code, user)


def _is_account_as_it_was(code: OneTimeCode, user: UserProfile) -> bool:
    """An address that an admin has set right must not be undone by who reads the wrong mailbox.

    Nor may a change that a thief has asked for outlive the login, or the password, of the thief.
    """
    if user.email_canonical != canonical_email(code.account_email):
        return False
    if not code.changes_address:
        return True
    goes_on = code.login is None or code.login.ended_at is None
    return goes_on and code.password_mark == user.get_session_auth_hash()


def _settle(code: OneTimeCode, user: UserProfile, now: datetime) -> None:
    if code.changes_address:
        user.email = code.email
    user.is_email_verified = True
    user.otp = ""
    user.save(update_fields=["email", "email_canonical", "is_email_verified", "otp"])
    # Whoever logged in before may not have been the owner of the address.
    tokens.end_logins(user, now)


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
