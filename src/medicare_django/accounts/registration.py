from collections.abc import Mapping
from datetime import datetime
from typing import Any

from attrs import frozen
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, check_password, make_password

from medicare_django.accounts import codes, tokens
from medicare_django.accounts.email_address import canonical_email
from medicare_django.accounts.models import UserProfile


@frozen
class Registration:
    """What somebody wants to register as, with the slow work on the password already done."""

    fields: Mapping[str, Any]
    password_hash: str
    knows_password: bool


def prepare(password: str, fields: Mapping[str, Any]) -> Registration:
    """Hash, at the same cost whether the address is known or not; nothing may be locked yet."""
    known = UserProfile.objects.filter(email_canonical=canonical_email(fields["email"])).first()
    return Registration(
        fields=fields,
        password_hash=make_password(password),
        knows_password=check_password(
            password, known.password if known else UNUSABLE_PASSWORD_PREFIX
        ),
    )


def enter(registration: Registration, now: datetime) -> UserProfile:
    """Return the account of the address, made or renewed unless it is verified already."""
    fields = {**registration.fields, "password": registration.password_hash}
    user, is_new = UserProfile.objects.select_for_update().get_or_create(
        email_canonical=canonical_email(fields["email"]), defaults=fields
    )
    if is_new or user.is_email_verified or not user.is_active:
        return user
    for name, value in fields.items():
        setattr(user, name, value)
    user.save(update_fields=list(fields))
    tokens.end_logins(user, now)
    if not registration.knows_password:
        # A code that was mailed for somebody else's password must not verify this one.
        codes.revoke(user)
    return user
