"""What people say about themselves, and the password that they choose, in forms."""

import re
from typing import Any

from django import forms

from medicare_django.accounts.models import Gender, UserProfile
from medicare_django.web.fields import Password, Phone, Text, check_new_password, new_password

_DIGITS = re.compile(r"[0-9]{1,3}")


class Age(forms.IntegerField):
    """In the digits of a keyboard, and no other spelling that Python would read."""

    def __init__(self) -> None:
        wrong = "Enter your age in years, such as 42."
        super().__init__(
            label="Age",
            required=False,
            min_value=0,
            max_value=150,
            error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), wrong),
            widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}),
        )

    def to_python(self, value: Any) -> int | None:
        text = str(value or "").strip()
        if text and not _DIGITS.fullmatch(text):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(text)


class Contact(forms.Form):
    """Of doctors and administrators."""

    name = Text("Name", "Enter your name.", attributes={"autocomplete": "name"})
    phone_number = Phone("Phone", help_text="Such as +49 30 1234567.")


class Person(Contact):
    """Of patients. All but the name may be left out, or taken back."""

    gender = forms.ChoiceField(
        label="Gender",
        required=False,
        choices=[("", "Not said"), *Gender.choices],
        error_messages={"invalid_choice": "Choose one of these."},
        widget=forms.Select({"autocomplete": "sex"}),
    )
    age = Age()
    place = Text(
        "Place", help_text="Your town, say.", attributes={"autocomplete": "address-level2"}
    )


class ChosenPassword(forms.Form):
    """Twice, since nobody sees what they type."""

    password = new_password()
    again = Password("The same password again", "Enter the password a second time.")

    def owner(self) -> UserProfile:
        """Whose password it is to be, which must not look like their name or e-mail."""
        raise NotImplementedError

    def clean(self) -> None:
        chosen = self.cleaned_data.get("password")
        if chosen is None:
            return
        try:
            check_new_password(chosen, self.owner())
        except forms.ValidationError as error:
            self.add_error("password", error)
            return
        if self.cleaned_data.get("again", chosen) != chosen:
            self.add_error("again", "The two passwords are not the same.")


class AccountPassword(ChosenPassword):
    """Of `user`, who has an account already."""

    def __init__(self, user: UserProfile, *args: Any) -> None:
        super().__init__(*args)
        self.user = user

    def owner(self) -> UserProfile:
        return self.user
