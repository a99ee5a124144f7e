import os
from typing import Any

from django.contrib.auth.management.commands import createsuperuser
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError

from medicare_django.accounts.models import UserProfile

_VARIABLE = "DJANGO_SUPERUSER_{}"


class Command(createsuperuser.Command):
    """Django's own, which would take any password that it finds in the environment."""

    def handle(self, *args: Any, **options: Any) -> None:
        password = os.environ.get(_VARIABLE.format("PASSWORD"))
        if password is not None and not options["interactive"]:
            names = (UserProfile.USERNAME_FIELD, *UserProfile.REQUIRED_FIELDS)
            given = {name: options[name] or _from_environment(name) for name in names}
            try:
                validate_password(password, UserProfile(**given))
            except ValidationError as error:
                reasons = " ".join(error.messages)
                raise CommandError(f"{_VARIABLE.format('PASSWORD')}: {reasons}") from None
        super().handle(*args, **options)


def _from_environment(name: str) -> str:
    return os.environ.get(_VARIABLE.format(name.upper()), "")
