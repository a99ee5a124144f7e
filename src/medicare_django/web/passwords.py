"""A new password: the page to ask for one, and the page behind the link that we mail."""

from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.generic import TemplateView, View

from medicare_django.accounts import email_address, password_reset
from medicare_django.accounts.models import UserProfile
from medicare_django.accounts.pace import paced
from medicare_django.accounts.password_rules import MAX_LENGTH
from medicare_django.accounts.request_rates import CODES, seconds_to_wait
from medicare_django.notifications import account_mail

_POLICY = (
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


class _Password(forms.CharField):
    """Kept exactly as it was typed."""

    def __init__(self, label: str, missing: str, help_text: str = "") -> None:
        super().__init__(
            label=label,
            help_text=help_text,
            error_messages={"required": missing},
            strip=False,
            # Not `max_length`: with it, browsers cut off what is pasted and say nothing.
            validators=[MaxLengthValidator(MAX_LENGTH)],
            widget=forms.PasswordInput({"autocomplete": "new-password"}),
        )


class _Choice(forms.Form):
    password = _Password(
        "New password",
        "Choose a password.",
        "At least 12 characters. A few words make a good one.",
    )
    again = _Password("The same password again", "Enter the password a second time.")

    def __init__(self, user: UserProfile, *args: Any) -> None:
        super().__init__(*args)
        self.user = user

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if not password.strip():
            raise ValidationError("Choose a password that is more than spaces.")
        validate_password(password, self.user)
        return password

    def clean(self) -> None:
        chosen = [self.cleaned_data.get(name) for name in ("password", "again")]
        if all(chosen) and chosen[0] != chosen[1]:
            self.add_error("again", "The two passwords are not the same.")


class _Address(forms.Form):
    email = forms.CharField(
        label="Your e-mail",
        max_length=email_address.MAX_LENGTH,
        validators=[email_address.validate_email_address],
        error_messages={"required": "Enter the e-mail of your account."},
        widget=forms.EmailInput({"autocomplete": "email"}),
    )


class ForgottenPassword(View):
    """Answers alike, and in the same time, whether or not somebody has the address."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._show(request, _Address())

    def post(self, request: HttpRequest) -> HttpResponse:
        form = _Address(request.POST)
        seconds = seconds_to_wait(CODES, request)
        if seconds:
            form.add_error(
                "email", f"Too many requests. Try again in {seconds // 60 + 1} minutes."
            )
            response = self._show(request, form, HTTPStatus.TOO_MANY_REQUESTS)
            response["Retry-After"] = str(seconds)
            return response
        if not form.is_valid():
            return self._show(request, form)
        with paced():
            account_mail.request_password_reset(form.cleaned_data["email"], timezone.now())
        return redirect("password-mailed")

    def _show(
        self, request: HttpRequest, form: _Address, status: HTTPStatus = HTTPStatus.OK
    ) -> HttpResponse:
        response = render(request, "web/forgotten_password.html", {"form": form}, status=status)
        response["Content-Security-Policy"] = _POLICY
        return response


class PasswordMailed(TemplateView):
    template_name = "web/password_mailed.html"


class SetPassword(View):
    """Looking at it leaves the token good, since mail scanners follow links."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            response = super().dispatch(request, *args, **kwargs)
        except password_reset.ResetRefused:
            response = render(request, "web/link_over.html", status=410)
        response["Cache-Control"] = "no-store"
        response["Content-Security-Policy"] = _POLICY
        # The path, with its token, goes nowhere. With `no-referrer` browsers would not even say
        # where the form comes from, and it would be refused as foreign.
        response["Referrer-Policy"] = "strict-origin"
        return response

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        return self._show(request, _Choice(password_reset.user_of(token)))

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        form = _Choice(password_reset.user_of(token), request.POST)
        if not form.is_valid():
            return self._show(request, form)
        password_reset.reset_password(token, form.cleaned_data["password"])
        return redirect("password-set")

    def _show(self, request: HttpRequest, form: _Choice) -> HttpResponse:
        return render(request, "web/set_password.html", {"form": form})


class PasswordSet(TemplateView):
    template_name = "web/password_set.html"
