"""Fields that read one spelling of a value, and serializers that refuse what they do not know."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from typing import Any, TypeVar

from django.core.exceptions import ValidationError as DjangoValidationError
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from medicare_core.availability import Weekday

V = TypeVar("V")
R = TypeVar("R")

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(r"[0-9]{2}:[0-9]{2}")
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:00(\.0+)?)?(Z|[+-][0-9]{2}:[0-9]{2})"
)
_YEARS = range(2000, 9999)  # beyond these, a change of zone could leave the calendar
_YEAR_PATTERN = "([2-8][0-9]{3}|9[0-8][0-9]{2}|99[0-8][0-9]|999[0-8])"
_WEEKDAYS = {name: day for day in Weekday for name in (day.name.lower(), day.name[:3].lower())}


class StrictSerializer(serializers.Serializer[Any]):
    @classmethod
    def read(cls, data: Any, *, partial: bool = False) -> dict[str, Any]:
        """Return what was given. Raises ValidationError."""
        serializer = cls(data=data, partial=partial)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def to_internal_value(self, data: Any) -> Any:
        unknown = {}
        if isinstance(data, Mapping):
            writable = {field.field_name for field in self._writable_fields}
            unknown = {shown(key): ["Unknown field."] for key in data if key not in writable}
        try:
            value = super().to_internal_value(data)
        except serializers.ValidationError as error:
            if not isinstance(error.detail, dict):
                raise
            raise serializers.ValidationError({**error.detail, **unknown}) from None
        if unknown:
            raise serializers.ValidationError(unknown)
        return value


class StrictInteger(serializers.IntegerField):
    def __init__(self, **options: Any) -> None:
        super().__init__(**{"min_value": -(2**63), "max_value": 2**63 - 1, **options})

    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int:  # a bool is an int as well
            self.fail("invalid")
        return data


@extend_schema_field({"type": "string", "format": "date", "pattern": f"^{_YEAR_PATTERN}-"})
class StrictDate(serializers.Field[date, Any, str, Any]):
    default_error_messages = {"invalid": "Enter a date as YYYY-MM-DD."}

    def to_internal_value(self, data: Any) -> date:
        if not isinstance(data, str) or not _DATE.fullmatch(data):
            self.fail("invalid")
        try:
            value = date.fromisoformat(data)
        except ValueError:
            self.fail("invalid")
        if value.year not in _YEARS:
            self.fail("invalid")
        return value

    def to_representation(self, value: date) -> str:
        return value.isoformat()


@extend_schema_field({"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"})
class StrictTime(serializers.Field[time, Any, str, Any]):
    """A wall-clock time without seconds; which place's clock is meant is not for it to say."""

    default_error_messages = {"invalid": "Enter a time as HH:MM, without seconds or an offset."}

    def to_internal_value(self, data: Any) -> time:
        if not isinstance(data, str) or not _TIME.fullmatch(data):
            self.fail("invalid")
        try:
            return time.fromisoformat(data)
        except ValueError:
            self.fail("invalid")

    def to_representation(self, value: time) -> str:
        return f"{value:%H:%M}"


@extend_schema_field(
    {
        "type": "string",
        "format": "date-time",
        "pattern": f"^{_YEAR_PATTERN}-.*:[0-5][05]:00(Z|[+-])",
    }
)
class StrictInstant(serializers.Field[datetime, Any, str, Any]):
    """Read into UTC; the offset is needed, and seconds must be zero."""

    default_error_messages = {
        "invalid": "Enter a date and time with its offset, such as 2030-01-31T09:30+01:00."
    }

    def to_internal_value(self, data: Any) -> datetime:
        if not isinstance(data, str) or not _INSTANT.fullmatch(data):
            self.fail("invalid")
        try:
            value = datetime.fromisoformat(data)
        except ValueError:
            self.fail("invalid")
        if value.year not in _YEARS:
            self.fail("invalid")
        instant = value.astimezone(UTC)
        if instant.year not in _YEARS:
            self.fail("invalid")
        return instant


@extend_schema_field(
    {
        "type": "array",
        "items": {"type": "string", "enum": [day.name.capitalize() for day in Weekday]},
        "uniqueItems": True,
    }
)
class Weekdays(serializers.Field[frozenset[Weekday], Any, list[str], Any]):
    """A list of English names, whole or of three letters, in any case; told in full, Monday first."""

    default_error_messages = {
        "not_a_list": "Give a list of weekdays.",
        "too_many": "A week has seven days.",
    }

    def to_internal_value(self, data: Any) -> frozenset[Weekday]:
        if not isinstance(data, list):
            self.fail("not_a_list")
        if len(data) > len(Weekday):
            self.fail("too_many")
        days = [_WEEKDAYS.get(name.lower()) if isinstance(name, str) else None for name in data]
        wrong: dict[Any, Any] = {}
        for i, day in enumerate(days):
            if day is None:
                wrong[i] = ["Give the English name of a weekday."]
            elif day in days[:i]:
                wrong[i] = ["This day is given twice."]
        if wrong:
            raise serializers.ValidationError(wrong)
        return frozenset(day for day in days if day is not None)

    def to_representation(self, value: frozenset[Weekday]) -> list[str]:
        return [day.name.capitalize() for day in sorted(value)]


class Choice(serializers.ChoiceField):
    """Names what there is to choose from, and never what was sent instead."""

    default_error_messages = {"invalid_choice": "Choose one of: {names}."}

    def to_internal_value(self, data: Any) -> str:
        if data == "" and self.allow_blank:
            return ""
        if not isinstance(data, str) or data not in self.choices:
            self.fail("invalid_choice", names=", ".join(self.choices))
        return data


def checked(rule: Callable[[V], R], value: V) -> R:
    """Apply one of Django's rules; what it refuses is refused as a field does it."""
    try:
        return rule(value)
    except DjangoValidationError as error:
        raise serializers.ValidationError(error.messages) from None


@extend_schema_field(OpenApiTypes.DATETIME)
class Instant(serializers.Field[datetime, Any, str, Any]):
    """Only told, with the offset that it comes with."""

    def to_representation(self, value: datetime) -> str:
        return value.isoformat()


class Stored(serializers.Serializer[Any]):
    """What a request said, as it is told: with its id, and with what may be left out of a request."""

    id = serializers.IntegerField()

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        for field in fields.values():
            field.required = True
        return fields


def shown(key: object) -> str:
    """Return a name that can be sent back, whatever the client sent."""
    return str(key)[:100].encode("utf-8", "backslashreplace").decode()
