from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from medicare_django.accounts.email_address import canonical_email
from medicare_django.accounts.models import Doctor, UserProfile
from medicare_django.accounts.roles import doctor_of

_IN_THE_PORTAL = "in the admin portal, which tells whose appointments that leaves uncovered."


def _unused_email(form: "UserCreation | UserChange") -> str:
    email: str = form.cleaned_data["email"]
    others = UserProfile.objects.exclude(pk=form.instance.pk)
    if others.filter(email_canonical=canonical_email(email)).exists():
        raise ValidationError("A user with this e-mail exists already.", code="unique")
    return email


class UserCreation(AdminUserCreationForm):  # type: ignore[type-arg]  # not when running
    """Whom an admin adds counts as verified, as a doctor does whom an admin creates."""

    clean_email = _unused_email

    def save(self, commit: bool = True) -> UserProfile:
        self.instance.is_email_verified = True
        user: UserProfile = super().save(commit)
        return user

    class Meta:
        model = UserProfile
        fields = ("email", "name")


class UserChange(UserChangeForm):  # type: ignore[type-arg]  # not when running
    """Gives no rights to a sign-up: anybody may have chosen its password.

    Nor can it be called verified here. A new password, asked for by who owns the address, does that.
    """

    clean_email = _unused_email

    def clean(self) -> None:
        super().clean()
        for right in ("is_staff", "is_superuser"):
            if self.cleaned_data.get(right) and not self.instance.is_email_verified:
                self.add_error(
                    right,
                    "Who is staff needs a verified e-mail: have them ask for a new password.",
                )


class Practice(forms.ModelForm):  # type: ignore[type-arg]  # not when running
    class Meta:
        help_texts = {"timezone": f"Of the doctor's clock. Later it is changed {_IN_THE_PORTAL}"}

    def clean_user(self) -> UserProfile:
        user: UserProfile = self.cleaned_data["user"]
        if not user.is_email_verified:
            raise ValidationError(
                "A doctor needs a verified e-mail: have them ask for a new password.",
                code="unverified",
            )
        return user


@admin.register(UserProfile)
class Users(UserAdmin):  # type: ignore[type-arg]  # not when running
    form = UserChange
    add_form = UserCreation
    list_display = ("email", "name", "is_email_verified", "is_active", "is_staff")
    list_filter = ("is_staff", "is_active", "is_email_verified")
    search_fields = ("email", "name")
    ordering = ("email_canonical",)
    readonly_fields = ("is_email_verified", "last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("email", "is_email_verified", "password")}),
        ("Person", {"fields": ("name", "phone_number", "gender", "age", "place")}),
        (
            "Rights",
            {
                "fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions"),
                "description": f"Doctors are activated and deactivated {_IN_THE_PORTAL}",
            },
        ),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (None, {"fields": ("email", "name", "usable_password", "password1", "password2")}),
    )

    def get_readonly_fields(
        self, request: HttpRequest, obj: UserProfile | None = None
    ) -> tuple[str, ...]:
        """Who is booked with a doctor must not be left alone in silence."""
        always = self.readonly_fields
        return always if obj is None or doctor_of(obj) is None else (*always, "is_active")


@admin.register(Doctor)
class Doctors(admin.ModelAdmin):  # type: ignore[type-arg]  # not when running
    """The zone of a doctor who has hours is part of their schedule, which the service changes.

    Another user would be given the patients, and their reports.
    """

    form = Practice
    list_display = ("user", "specialization", "hospital", "timezone")
    list_filter = ("specialization", "hospital")
    list_select_related = ("user",)
    search_fields = ("user__name", "user__email", "specialization", "hospital")
    autocomplete_fields = ("user",)

    def get_readonly_fields(self, request: HttpRequest, obj: Doctor | None = None) -> list[str]:
        return [] if obj is None else ["user", "timezone"]
