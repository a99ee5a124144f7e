import unicodedata
from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet

from medicare_django.accounts import codes
from medicare_django.accounts.models import Doctor
from medicare_django.accounts.registration import is_pristine, lock_or_make, renew


class EmailTaken(Exception):
    """Somebody has an account with this address, and it is more than an unproved sign-up."""


def add_doctor(person: Mapping[str, Any], practice: Mapping[str, Any]) -> Doctor:
    """Make a doctor and their account, which counts as verified. Raises EmailTaken.

    `person` are fields of UserProfile, with the hash of a password; `practice` are those of Doctor.
    Whoever has signed up with the address before, and has not proved it, is no obstacle.
    """
    fields = {**person, "is_email_verified": True}
    user, is_new = lock_or_make(fields)
    if not is_new:
        if not is_pristine(user):
            raise EmailTaken
        codes.revoke(user)
        renew(user, fields)  # with the password, which ends the logins of whoever signed up
    return Doctor.objects.create(user=user, **practice)


def active_doctors() -> QuerySet[Doctor]:
    """Those who can be found and booked, with their users."""
    return Doctor.objects.filter(user__is_active=True).select_related("user")


def find_doctors(search: str = "", specialization: str = "", hospital: str = "") -> list[int]:
    """The ids of the active doctors who match all that is given.

    Each word of `search` may stand in the name, the specialization or the hospital. Compared here,
    without case and accents: databases differ in both, and SQLite knows only those of English.
    """
    rows = active_doctors().values_list("pk", "user__name", "specialization", "hospital")
    words, field, place = _folded(search).split(), _folded(specialization), _folded(hospital)
    found = []
    for pk, *texts in rows:
        name, its_field, its_place = map(_folded, texts)
        everything = "\n".join((name, its_field, its_place))
        if field in its_field and place in its_place and all(word in everything for word in words):
            found.append(pk)
    return found


def _folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))
