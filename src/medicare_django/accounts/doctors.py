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
