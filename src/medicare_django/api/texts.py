"""Fields of text that people write, read without what cannot be seen or misleads."""

from functools import partial
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from medicare_django.accounts import email_address, password_rules
from medicare_django.accounts.characters import JOINERS, check_readable
from medicare_django.accounts.phone import normal_phone_number
from medicare_django.api.fields import checked


class Text(serializers.CharField):
    """One line for people to read, without characters that cannot be seen or that mislead."""

    default_error_messages = {
        "invalid": "Enter text.",
    }
    harmless = JOINERS

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        text = data.strip()
        if self.max_length is not None and len(text) > self.max_length:
            self.fail("max_length", max_length=self.max_length)  # before it is looked at closely
        checked(partial(check_readable, harmless=self.harmless), text)
        return text


class MultilineText(Text):
    """Lines that end as they may, read with a newline between them."""

    harmless = JOINERS + "\n"

    def to_internal_value(self, data: Any) -> str:
        if isinstance(data, str):
            data = data.replace("\r\n", "\n").replace("\r", "\n")
        return super().to_internal_value(data)


@extend_schema_field({"type": "string", "format": "email", "maxLength": email_address.MAX_LENGTH})
class Email(Text):
    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_length": email_address.MAX_LENGTH, **options})

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        checked(email_address.validate_email_address, text)
        return email_address.plain_email(text)


class Phone(Text):
    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_length": 50, **options})

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        return checked(normal_phone_number, text) if text else ""


class Password(serializers.CharField):
    """Kept exactly as it was typed."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            trim_whitespace=False, max_length=password_rules.MAX_LENGTH, write_only=True, **options
        )

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        if not data.strip():
            self.fail("blank")
        return data


@extend_schema_field({"type": "string", "minLength": 12, "maxLength": password_rules.MAX_LENGTH})
class NewPassword(Password):
    """Whether it is a good one depends on whose it is: see `passwords.refuse_weak_password`."""
