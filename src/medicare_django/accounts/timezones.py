from zoneinfo import available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError


def clinic_timezone() -> str:
    return settings.TIME_ZONE


def validate_timezone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError(
            "Enter the name of a time zone, such as Europe/Berlin.", code="invalid"
        )
