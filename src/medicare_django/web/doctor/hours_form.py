from datetime import date
from typing import Any

from attrs import asdict
from django import forms

from medicare_core.availability import AvailabilityRule, Repeat, Weekday
from medicare_core.errors import InvalidValue
from medicare_core.wall_clock import check_date
from medicare_django.scheduling.models import DoctorAvailability, default_slot_minutes
from medicare_django.web import times
from medicare_django.web.fields import Date, Time

_PATTERNS = [
    (Repeat.NONE.value, "On one day"),
    (Repeat.WEEKLY.value, "On certain weekdays"),
    (Repeat.DAILY.value, "Every day"),
]
_WEEKDAYS = [(day.value, times.weekday(day)) for day in Weekday]
_UNUSED = {
    Repeat.NONE: {"repeat_days": frozenset(), "repeat_interval": 1, "end_date": None},
    Repeat.DAILY: {"repeat_days": frozenset(), "repeat_interval": 1},
    Repeat.WEEKLY: {},
}
"""What a pattern does not use is dropped: without a script the form shows it all the same."""


class Number(forms.IntegerField):
    """How small or large it may be is for the core to say."""

    def __init__(self, label: str, missing: str, **options: Any) -> None:
        super().__init__(
            label=label,
            error_messages={"required": missing, "invalid": "Enter a whole number."},
            widget=forms.NumberInput({"inputmode": "numeric", **options.pop("attributes", {})}),
            **options,
        )


class HoursForm(forms.Form):
    """The names are those of the core's fields, so that what it refuses finds its place.

    `rule` is what the form says, once it is valid or while it shows what is stored.
    """

    rule: AvailabilityRule | None = None

    repeat_pattern = forms.ChoiceField(
        label="When",
        choices=_PATTERNS,
        error_messages=dict.fromkeys(("required", "invalid_choice"), "Choose one of these."),
        widget=forms.RadioSelect,
    )
    repeat_days = forms.TypedMultipleChoiceField(
        label="Weekdays",
        choices=_WEEKDAYS,
        coerce=int,
        error_messages=dict.fromkeys(
            ("required", "invalid_choice", "invalid_list"), "Choose at least one weekday."
        ),
        widget=forms.CheckboxSelectMultiple,
    )
    repeat_interval = Number(
        "Every how many weeks",
        "Enter 1 for every week.",
        help_text="1 is every week, 2 every other week.",
        attributes={"min": 1, "max": 52},
    )
    start_date = Date("First day", "Enter the day.")
    end_date = Date("Last day")
    start_time = Time("From", "Enter the time at which you begin.", attributes={"step": 300})
    end_time = Time("Until", "Enter the time at which you end.", attributes={"step": 300})
    slot_minutes = Number(
        "Length of a visit, in minutes",
        "Enter how long a visit lasts.",
        attributes={"min": 5, "max": 1440, "step": 5},
    )

    @classmethod
    def of(cls, row: DoctorAvailability) -> "HoursForm":
        """Filled in with what the row says."""
        stored = {name: getattr(row, name) for name in cls.base_fields}
        form = cls(initial={**stored, "repeat_days": sorted(row.repeat_days)})
        form.rule = row.rule()
        return form

    @classmethod
    def blank(cls, today: date) -> "HoursForm":
        """For hours that begin `today`, as most do."""
        pattern = Repeat.WEEKLY.value
        values = {"repeat_pattern": pattern, "repeat_interval": 1, "start_date": today}
        return cls(initial={**values, "slot_minutes": default_slot_minutes()})

    @property
    def values(self) -> dict[str, Any]:
        """What a row is to hold, of a valid form."""
        if self.rule is None:
            return {}
        return {
            **asdict(self.rule, recurse=False),
            "repeat_pattern": self.rule.repeat_pattern.value,
        }

    def clean(self) -> None:
        given = self.cleaned_data
        if "repeat_pattern" not in given:
            return
        self._drop_unused(Repeat(given["repeat_pattern"]))
        if self.errors:
            return
        try:
            if given["end_date"]:
                check_date(given["end_date"], "end_date")
            self.rule = AvailabilityRule(**given)
        except InvalidValue as wrong:
            self.add_error(wrong.field, wrong.message)

    def _drop_unused(self, pattern: Repeat) -> None:
        for name, value in _UNUSED[pattern].items():
            self.errors.pop(name, None)
            self.cleaned_data[name] = value
