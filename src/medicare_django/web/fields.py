"""Fields of the pages' forms. The rules are those of `accounts`, as the API applies them too."""

from functools import partial
from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator

from medicare_django.accounts import email_address
from medicare_django.accounts.characters import JOINERS, check_readable
from medicare_django.accounts.models import UserProfile
from medicare_django.accounts.password_rules import MAX_LENGTH
from medicare_django.accounts.phone import normal_phone_number


class Text(forms.CharField):
    """One line for people to read. `missing` is said where it is left out; without, it may be.

    Its greatest length is not told to the browser, which would cut off what is pasted and be silent.
    """

    harmless = JOINERS

    def __init__(
        self, label: str, missing: str = "", *, longest: int = 150, **options: Any
    ) -> None:
        attributes = options.pop("attributes", {})
        super().__init__(
            label=label,
            required=bool(missing),
            error_messages={"required": missing},
            **{"widget": self.widget(attributes), **options},
        )
        self.validators += [
            MaxLengthValidator(longest),
            partial(check_readable, harmless=self.harmless),
        ]


class MultilineText(Text):
    """Lines that end as they may, read with a newline between them."""

    widget = forms.Textarea
    harmless = JOINERS + "\n"

    def to_python(self, value: Any) -> str:
        text: str = super().to_python(value) or ""
        return text.replace("\r\n", "\n").replace("\r", "\n")


class Email(Text):
    widget = forms.EmailInput

    def __init__(self, label: str, missing: str = "", **options: Any) -> None:
        options = {"attributes": {"autocomplete": "email"}, **options}
        super().__init__(label, missing, longest=email_address.MAX_LENGTH, **options)
        self.validators.append(email_address.validate_email_address)

    def clean(self, value: Any) -> str:
        text: str = super().clean(value)
        return email_address.plain_email(text) if text else ""


class Phone(Text):
    def __init__(self, label: str, missing: str = "", **options: Any) -> None:
        attributes = {"autocomplete": "tel", "inputmode": "tel"}
        super().__init__(label, missing, longest=50, **{"attributes": attributes, **options})

    def clean(self, value: Any) -> str:
        text: str = super().clean(value)
        return normal_phone_number(text) if text else ""


class Password(forms.CharField):
    """Kept exactly as it was typed."""

    autocomplete = "new-password"

    def __init__(self, label: str, missing: str, help_text: str = "") -> None:
        super().__init__(
            label=label,
            help_text=help_text,
            error_messages={"required": missing},
            strip=False,
            # Not `max_length`: with it, browsers cut off what is pasted and say nothing.
            validators=[MaxLengthValidator(MAX_LENGTH)],
            widget=forms.PasswordInput({"autocomplete": self.autocomplete}),
        )


class OldPassword(Password):
    autocomplete = "current-password"


class Date(forms.DateField):
    """Read and shown by the browser in its own way; 2026-12-01 where it has none."""

    def __init__(self, label: str, missing: str = "", **options: Any) -> None:
        wrong = "Enter a date, such as 2026-12-01."
        super().__init__(
            label=label,
            required=bool(missing),
            input_formats=["%Y-%m-%d"],
            error_messages={"required": missing, "invalid": wrong},
            widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
            **options,
        )


class Time(forms.TimeField):
    """Hours and minutes of a wall clock."""

    def __init__(self, label: str, missing: str = "", **options: Any) -> None:
        wrong = "Enter a time of day, such as 09:30."
        super().__init__(
            label=label,
            required=bool(missing),
            input_formats=["%H:%M"],
            error_messages={"required": missing, "invalid": wrong},
            widget=forms.TimeInput({"type": "time", **options.pop("attributes", {})}, "%H:%M"),
            **options,
        )


def new_password(label: str = "New password", missing: str = "Choose a password.") -> Password:
    return Password(label, missing, "At least 12 characters. A few words make a good one.")


def check_new_password(password: str, user: UserProfile) -> str:
    """Raises ValidationError for one that is too weak for this user."""
    if not password.strip():
        raise ValidationError("Choose a password that is more than spaces.")
    validate_password(password, user)
    return password
