from zoneinfo import available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError

# Files beside the zones: what they mean depends on the machine, or is nothing.
_NOT_PLACES = {"Factory", "localtime", "posixrules"}


def clinic_timezone() -> str:
    return settings.TIME_ZONE


def known_timezones() -> set[str]:
    return available_timezones() - _NOT_PLACES


def validate_timezone(name: str) -> None:
    if name not in known_timezones():
        raise ValidationError(
            "Enter the name of a time zone, such as Europe/Berlin.", code="invalid"
        )
