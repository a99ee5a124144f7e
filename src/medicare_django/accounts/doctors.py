import unicodedata
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction

from medicare_django.accounts.models import Doctor, UserProfile


class EmailTaken(Exception):
    """Somebody has an account with this address, verified or not."""


def add_doctor(person: Mapping[str, Any], practice: Mapping[str, Any]) -> Doctor:
    """Make a doctor and their account, which counts as verified. Raises EmailTaken.

    `person` are fields of UserProfile, with the hash of a password; `practice` are those of Doctor.
    """
    try:
        with transaction.atomic():
            user = UserProfile.objects.create(**person, is_email_verified=True)
    except IntegrityError:  # its unique columns are those of the address
        raise EmailTaken from None
    return Doctor.objects.create(user=user, **practice)


def find_doctors(search: str = "", specialization: str = "", hospital: str = "") -> list[int]:
    """The ids of the active doctors who match all that is given.

    Each word of `search` may stand in the name, the specialization or the hospital. Compared here,
    without case and accents: databases differ in both, and SQLite knows only those of English.
    """
    active = Doctor.objects.filter(user__is_active=True)
    rows = active.values_list("pk", "user__name", "specialization", "hospital")
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
