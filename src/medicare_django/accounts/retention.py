"""How long an account's traces are kept: codes, logins, tokens, sessions, forgotten pictures."""

from datetime import datetime, timedelta

from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef, Q
from rest_framework_simplejwt.settings import api_settings

from medicare_django.accounts import browser_login, lockout
from medicare_django.accounts.models import Doctor, Login, OneTimeCode, RefreshToken
from medicare_django.accounts.removal import in_batches, remove_orphans, remove_rows

CODES_FOR = timedelta(days=3)
"""Longer than the day that the limits on codes look back."""
CLOCKS_DIFFER_BY = timedelta(hours=1)


def forget_codes(now: datetime) -> int:
    """Delete old codes. Of a used one the row stays, without the addresses.

    It says that somebody has once proved to own the account; see `registration.is_pristine`.
    """
    old = OneTimeCode.objects.filter(issued_at__lt=now - CODES_FOR)
    used = old.exclude(used_at=None).exclude(email="", login=None)
    blank = dict.fromkeys(["email", "email_canonical", "account_email", "nonce"], "")
    emptied = sum(
        batch.update(**blank, password_mark="", login=None) for batch in in_batches(used)
    )
    return emptied + remove_rows(old.filter(used_at=None))


def forget_tokens(now: datetime) -> int:
    return remove_rows(RefreshToken.objects.filter(expires_at__lt=now - CLOCKS_DIFFER_BY))


def forget_logins(now: datetime) -> int:
    """Delete those that are over, or that neither a token nor a page can continue."""
    longest = max(browser_login.LONGEST, api_settings.REFRESH_TOKEN_LIFETIME)
    before = now - longest - CLOCKS_DIFFER_BY
    tokens = RefreshToken.objects.filter(
        login=OuterRef("pk"), expires_at__gte=now - CLOCKS_DIFFER_BY
    )
    codes = OneTimeCode.objects.filter(login=OuterRef("pk"))  # they would go with it
    idle = Q(started_at__lt=before) & ~Exists(tokens)
    return remove_rows(Login.objects.filter(Q(ended_at__lt=before) | idle, ~Exists(codes)))


def forget_sessions(now: datetime) -> int:
    return remove_rows(Session.objects.filter(expire_date__lt=now))


def forget_tries(_now: datetime) -> int:
    return lockout.forget_old_tries()


def forget_pictures(now: datetime) -> int:
    named = Doctor.objects.exclude(image="").values_list("image", flat=True)
    return remove_orphans("doctors", named, now)
