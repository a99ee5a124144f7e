"""A new password: the page to ask for one, and the page behind the link that we mail."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render, resolve_url
from django.utils import timezone
from django.views.generic import TemplateView, View

from medicare_django.accounts import password_reset
from medicare_django.accounts.pace import paced
from medicare_django.accounts.request_rates import CODES, seconds_to_wait
from medicare_django.accounts.roles import role_of
from medicare_django.notifications import account_mail
from medicare_django.web.fields import Email
from medicare_django.web.people import AccountPassword
from medicare_django.web.portals import PATIENTS, PORTALS
from medicare_django.web.rates import retry_after, too_many


class _Address(forms.Form):
    email = Email("Your e-mail", "Enter the e-mail of your account.")


class ForgottenPassword(View):
    """Answers alike, and in the same time, whether or not somebody has the address."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._show(request, _Address())

    def post(self, request: HttpRequest) -> HttpResponse:
        form = _Address(request.POST)
        seconds = seconds_to_wait(CODES, request)
        if seconds:
            form.add_error("email", too_many(seconds))
            return retry_after(self._show(request, form), seconds)
        if not form.is_valid():
            return self._show(request, form)
        with paced():
            account_mail.request_password_reset(form.cleaned_data["email"], timezone.now())
        return redirect("password-mailed")

    def _show(self, request: HttpRequest, form: _Address) -> HttpResponse:
        return render(request, "web/forgotten_password.html", {"form": form})


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
        # The path, with its token, goes nowhere. With `no-referrer` browsers would not even say
        # where the form comes from, and it would be refused as foreign.
        response["Referrer-Policy"] = "strict-origin"
        return response

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        return self._show(request, AccountPassword(password_reset.user_of(token)))

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        user = password_reset.user_of(token)
        form = AccountPassword(user, request.POST)
        if not form.is_valid():
            return self._show(request, form)
        password_reset.reset_password(token, form.cleaned_data["password"])
        return redirect(f"{resolve_url('password-set')}?{urlencode({'as': role_of(user)})}")

    def _show(self, request: HttpRequest, form: AccountPassword) -> HttpResponse:
        return render(request, "web/set_password.html", {"form": form})


class PasswordSet(View):
    """Leads to the login of the portal that the account belongs to."""

    def get(self, request: HttpRequest) -> HttpResponse:
        known = {str(role): portal for role, portal in PORTALS.items()}
        portal = known.get(request.GET.get("as", ""), PATIENTS)
        return render(request, "web/password_set.html", {"log_in": portal.login})
