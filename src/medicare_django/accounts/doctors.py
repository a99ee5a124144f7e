from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet

from medicare_django.accounts import codes
from medicare_django.accounts.models import Doctor
from medicare_django.accounts.registration import is_pristine, lock_or_make, renew
from medicare_django.accounts.search import folded, has_all, words_of


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


def known_practices() -> dict[str, list[str]]:
    """What doctors, active or not, have as `specialization` and as `hospital`, each in order."""
    found = list(Doctor.objects.order_by().values_list("specialization", "hospital").distinct())
    return {
        "specialization": sorted({field for field, _ in found}),
        "hospital": sorted({place for _, place in found}),
    }


def find_doctors(search: str = "", specialization: str = "", hospital: str = "") -> list[int]:
    """The ids of the active doctors who match all that is given.

    Each word of `search` may stand in the name, the specialization or the hospital. Compared
    without case and accents.
    """
    rows = active_doctors().values_list("pk", "user__name", "specialization", "hospital")
    words, field, place = words_of(search), folded(specialization), folded(hospital)
    return [
        pk
        for pk, name, its_field, its_place in rows
        if field in folded(its_field)
        and place in folded(its_place)
        and has_all(words, name, its_field, its_place)
    ]
