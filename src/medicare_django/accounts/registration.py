from collections.abc import Mapping
from typing import Any

from attrs import field, frozen
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, check_password, make_password
from django.db import models

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


def enter(registration: Registration) -> tuple[UserProfile, bool]:
    """Return the account of the address, and whether it is now the one that was registered."""
    fields = {**registration.fields, "password": registration.password_hash}
    user, is_new = lock_or_make(fields)
    if is_new:
        return user, True
    if not is_pristine(user):
        return user, False
    if not registration.knows(user.password):
        # A code that was mailed for somebody else's password must not verify this one.
        codes.revoke(user)
    renew(user, fields)
    return user, True


def lock_or_make(fields: Mapping[str, Any]) -> tuple[UserProfile, bool]:
    """Return the account of the address, and whether it is a new one, with these fields."""
    return UserProfile.objects.select_for_update().get_or_create(
        email_canonical=canonical_email(fields["email"]), defaults=fields
    )


def is_pristine(user: UserProfile) -> bool:
    """Whether it is a sign-up and no more, which anybody may make anew. `user` must be locked.

    Nobody has proved to own it, it has no rights, and nothing relies on it.
    """
    if user.is_email_verified or not user.is_active or user.is_staff or user.is_superuser:
        return False
    # An admin may have taken the tick away since.
    was_proved = user.codes.exclude(used_at=None).exists()
    return not was_proved and not _is_relied_on(user)


def renew(user: UserProfile, fields: Mapping[str, Any]) -> None:
    """Let a pristine account say this, and nothing of what somebody else may have registered."""
    said = {**_NOTHING_SAID, **fields}
    for name, value in said.items():
        setattr(user, name, value)
    user.save(update_fields=list(said))


def _is_relied_on(user: UserProfile) -> bool:
    """Whether something forbids to delete it: a doctor, an appointment, a report."""
    # Found by Django, since the models of higher layers cannot be named here.
    relations = UserProfile._meta.related_objects  # noqa: SLF001 - documented all the same
    return any(
        models.QuerySet(relation.related_model).filter(**{relation.field.name: user}).exists()
        for relation in relations
        if relation.on_delete in {models.PROTECT, models.RESTRICT}
    )
