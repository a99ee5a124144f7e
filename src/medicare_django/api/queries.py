"""Query strings, read as strictly as bodies; a name that is not known is no harm to who reads."""

from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.request import Request

from medicare_django.api.fields import Choice, StrictSerializer


class QueryInteger(serializers.IntegerField):
    """A positive number in ASCII digits; more of them than an id has are not worth reading."""

    default_error_messages = {"invalid": "Enter a whole number."}

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"min_value": 1, "max_value": 10**18 - 1, **options})

    def to_internal_value(self, data: Any) -> int:
        if not (data.isascii() and data.isdigit() and len(data) < 19):
            self.fail("invalid")
        return int(data)


class QueryFlag(Choice):
    """`true` or `false`."""

    def __init__(self, **options: Any) -> None:
        super().__init__(["true", "false"], **options)

    def to_internal_value(self, data: Any) -> Any:
        return super().to_internal_value(data) == "true"


class Query(StrictSerializer):
    ignores_unknown: ClassVar = True

    @classmethod
    def of(cls, request: Request) -> dict[str, Any]:
        """Return what was asked. Raises ValidationError, for a name given twice as well."""
        given = request.query_params
        known = [name for name in given if name in cls().fields or not cls.ignores_unknown]
        repeated = {name: ["Give one value."] for name in known if len(given.getlist(name)) > 1}
        if repeated:
            raise serializers.ValidationError(repeated)
        return cls.read({name: given[name] for name in known})
