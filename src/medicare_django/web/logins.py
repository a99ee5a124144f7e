"""Logging in to a portal, and out."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import authenticate
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import View

from medicare_django.accounts import browser_login, email_address
from medicare_django.accounts.login_guard import report_failure, seconds_locked
from medicare_django.accounts.models import UserProfile
from medicare_django.accounts.roles import role_of
from medicare_django.accounts.tokens import TokenRefused
from medicare_django.web.fields import OldPassword
from medicare_django.web.portals import PATIENTS, PORTALS, Portal, next_url, wrong_portal
from medicare_django.web.rates import retry_after

_WRONG = "The e-mail or the password is wrong."
_EMAIL = "email"


def fill_in_email(request: HttpRequest, email: str) -> None:
    """Let the login form of this browser know it: an address of a page would be kept by others."""
    request.session[_EMAIL] = email


class Credentials(forms.Form):
    """The e-mail may be anything: one that is none is as wrong as any other."""

    email = forms.CharField(
        label="E-mail",
        max_length=email_address.MAX_LENGTH,
        error_messages={"required": "Enter your e-mail."},
        widget=forms.EmailInput({"autocomplete": "username"}),
    )
    password = OldPassword("Password", "Enter your password.")


@method_decorator([never_cache, sensitive_post_parameters("password")], name="dispatch")
class LogIn(View):
    portal: Portal = PATIENTS

    def get(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if isinstance(user, UserProfile) and role_of(user) is self.portal.role:
            return redirect(next_url(request, self.portal.home))
        if isinstance(user, UserProfile) and "next" in request.GET:
            # Sent here by a page, such as Django Admin's.
            return wrong_portal(request, self.portal)
        email = request.GET.get("email") or request.session.get(_EMAIL, "")
        return self._show(request, Credentials(initial={"email": email}))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = Credentials(request.POST)
        if form.is_valid() and self._enter(request, form):
            return redirect(next_url(request, self.portal.home))
        seconds = seconds_locked(request)
        if not seconds:
            return self._show(request, form)
        return retry_after(self._show(request, form, seconds=seconds), seconds)

    def _enter(self, request: HttpRequest, form: Credentials) -> bool:
        given = form.cleaned_data
        user = authenticate(request, username=given["email"], password=given["password"])
        if not isinstance(user, UserProfile):
            return _refuse(request, form)
        if role_of(user) is not self.portal.role:
            report_failure(request, user.email)  # the last of the tries must lock here as well
            other = PORTALS[role_of(user)]
            return _refuse(
                request,
                form,
                format_html(
                    'This login is for {}. <a href="{}">Go to the login for {}</a>.',
                    self.portal.people,
                    resolve_url(other.login),
                    other.people,
                ),
            )
        try:
            browser_login.begin(request, user, timezone.now())
        except TokenRefused:
            return _refuse(request, form)
        request.session.pop(_EMAIL, None)
        return True

    def _show(self, request: HttpRequest, form: Credentials, **more: Any) -> HttpResponse:
        context = {"form": form, "next": next_url(request, self.portal.home), **more}
        return render(request, "web/log_in.html", context)


class LogOut(View):
    """Only by POST: a link, or a picture on some page, must not log anybody out."""

    http_method_names = ["post"]
    portal: Portal = PATIENTS

    def post(self, request: HttpRequest) -> HttpResponse:
        browser_login.end(request, timezone.now())
        messages.success(request, "You are logged out.")
        response = redirect(self.portal.login)
        response["Clear-Site-Data"] = '"cache"'
        return response


def _refuse(request: HttpRequest, form: Credentials, sentence: str = _WRONG) -> bool:
    if not seconds_locked(request):  # else the page tells that, and nothing beside it
        form.add_error(None, sentence)
    return False
