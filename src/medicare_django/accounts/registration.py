from collections.abc import Mapping
from typing import Any

from attrs import field, frozen
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, check_password, make_password

from medicare_django.accounts import codes
from medicare_django.accounts.email_address import canonical_email
from medicare_django.accounts.models import UserProfile

_NOTHING_SAID = {"phone_number": "", "gender": "", "age": None, "place": ""}


@frozen
class Registration:
    """What somebody wants to register as, with the slow work on the password already done."""

    fields: Mapping[str, Any]
    password: str = field(repr=False)
    password_hash: str = field(repr=False)
    known_hash: str = field(repr=False)
    knows_password: bool

    def knows(self, password_hash: str) -> bool:
        """Whether it was somebody with this password who registers again."""
        if password_hash == self.known_hash:
            return self.knows_password
        # Another registration came in between. Slow, and under a lock, but seldom.
        return check_password(self.password, password_hash)


def prepare(password: str, fields: Mapping[str, Any]) -> Registration:
    """Hash, at the same cost whether the address is known or not; nothing may be locked yet."""
    known = UserProfile.objects.filter(email_canonical=canonical_email(fields["email"])).first()
    known_hash = known.password if known else UNUSABLE_PASSWORD_PREFIX
    return Registration(
        fields=fields,
        password=password,
        password_hash=make_password(password),
        known_hash=known_hash,
        knows_password=check_password(password, known_hash),
    )


def enter(registration: Registration) -> UserProfile:
    """Return the account of the address, made or renewed unless it is verified already."""
    # What is left out must not stay from somebody else's registration, for the next to read.
    fields = {**_NOTHING_SAID, **registration.fields, "password": registration.password_hash}
    user, is_new = UserProfile.objects.select_for_update().get_or_create(
        email_canonical=canonical_email(fields["email"]), defaults=fields
    )
    if is_new or user.is_email_verified or not user.is_active:
        return user
    if not registration.knows(user.password):
        # A code that was mailed for somebody else's password must not verify this one.
        codes.revoke(user)
    for name, value in fields.items():
        setattr(user, name, value)
    user.save(update_fields=list(fields))
    return user
