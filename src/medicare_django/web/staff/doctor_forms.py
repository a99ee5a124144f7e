"""What admins say about doctors. The rules are those of the API."""

from collections import defaultdict
from typing import Any

from django import forms

from medicare_django.accounts.doctors import known_practices
from medicare_django.accounts.models import Doctor, UserProfile
from medicare_django.accounts.pictures import PictureFormField
from medicare_django.accounts.timezones import clinic_timezone, known_timezones
from medicare_django.web.fields import Email, Password, Phone, Text, check_new_password

TAKEN = "There is an account with this address already."
_PERSON = ("name", "email", "phone_number")
_PRACTICE = ("specialization", "hospital", "address", "timezone")
# The browser must not offer the admin's own.
_NOBODYS = {"autocomplete": "off"}


def timezones_by_region() -> list[tuple[str, list[tuple[str, str]]]]:
    """By their regions; those of no place come last."""
    regions = defaultdict[str, list[tuple[str, str]]](list)
    for name in sorted(known_timezones()):
        region, slash, place = name.partition("/")
        shown = place if slash else name
        regions[region if slash else "Other"].append((name, shown.replace("_", " ")))
    others = regions.pop("Other", [])
    return [*regions.items(), ("Other", others)]


class TimeZone(forms.ChoiceField):
    def __init__(self, **options: Any) -> None:
        wrong = "Choose one of these time zones."
        super().__init__(
            label="Time zone",
            choices=timezones_by_region,
            error_messages={"required": wrong, "invalid_choice": wrong},
            **options,
        )


class DoctorForm(forms.Form):
    field_order = ("name", "specialization", "email", "phone_number")  # that of the page

    name = Text("Name", "Enter the doctor's name.", attributes=_NOBODYS)
    email = Email(
        "E-mail",
        "Enter the doctor's e-mail.",
        help_text="They log in with it.",
        attributes=_NOBODYS,
    )
    phone_number = Phone(
        "Phone",
        help_text="Such as +49 30 1234567.",
        attributes={**_NOBODYS, "inputmode": "tel"},
    )
    specialization = Text(
        "Specialization",
        "Enter what the doctor specializes in.",
        longest=100,
        attributes={"list": "specializations"},
    )
    hospital = Text("Hospital", "Enter the hospital.", attributes={"list": "hospitals"})
    address = Text(
        "Address",
        "Enter the address.",
        longest=255,
        attributes=_NOBODYS,
    )
    image = PictureFormField(
        label="Picture",
        required=False,
        widget=forms.FileInput,
        help_text="PNG or JPEG, of at most 10 MB.",
    )

    @property
    def person(self) -> dict[str, Any]:
        """What was given of UserProfile's fields."""
        return {name: self.cleaned_data[name] for name in _PERSON}

    @property
    def practice(self) -> dict[str, Any]:
        """What was given of Doctor's fields."""
        given = self.cleaned_data
        practice = {name: given[name] for name in _PRACTICE if name in given}
        return {**practice, **({"image": given["image"]} if given["image"] else {})}

    @property
    def lost_picture(self) -> bool:
        """Whether one was chosen that the browser will not send again with a corrected form."""
        return bool(self.errors and self.files.get("image"))

    @property
    def suggestions(self) -> dict[str, list[str]]:
        return {f"{name}s": texts for name, texts in known_practices().items()}


class NewDoctorForm(DoctorForm):
    timezone = TimeZone(initial=clinic_timezone, help_text="By which their hours are meant.")
    password = Password("Password", "", "Leave it empty to invite them by mail.")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["password"].required = False

    def clean(self) -> None:
        given = self.cleaned_data
        if given.get("password"):
            draft = UserProfile(name=given.get("name", ""), email=given.get("email", ""))
            try:
                check_new_password(given["password"], draft)
            except forms.ValidationError as error:
                self.add_error("password", error)


class DoctorChangeForm(DoctorForm):
    """All but the time zone, which may strand patients and is changed apart."""

    without_image = forms.BooleanField(label="Remove the picture", required=False)

    def __init__(self, doctor: Doctor, data: Any = None, files: Any = None) -> None:
        person = {name: getattr(doctor.user, name) for name in _PERSON}
        practice = {name: getattr(doctor, name) for name in _PRACTICE}
        super().__init__(data, files, initial={**person, **practice})
        if not doctor.image:
            del self.fields["without_image"]

    @property
    def practice(self) -> dict[str, Any]:
        practice = super().practice
        if self.cleaned_data.get("without_image"):
            practice.setdefault("image", "")
        return practice


class TimeZoneForm(forms.Form):
    timezone = TimeZone()
