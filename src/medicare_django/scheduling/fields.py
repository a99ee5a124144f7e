from collections.abc import Iterable
from typing import Any

from django.db import models

from medicare_core.availability import Weekday


class WeekdaysField(models.CharField):  # type: ignore[type-arg]  # no arguments at run time
    """A set of weekdays, stored as their numbers, Monday 0, with commas between: "0,2"."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"max_length": 13, **kwargs})

    def from_db_value(self, value: str | None, *_: Any) -> frozenset[Weekday] | None:
        """None is what an outer join leaves."""
        if value is None:
            return None
        return frozenset(Weekday(int(number)) for number in value.split(",") if number)

    def to_python(self, value: Any) -> Any:
        return self.from_db_value(value) if isinstance(value, str) else value

    def get_prep_value(self, value: Iterable[int]) -> str:
        return ",".join(str(int(day)) for day in sorted(value))

    def value_to_string(self, obj: models.Model) -> str:
        return self.get_prep_value(self.value_from_object(obj))
