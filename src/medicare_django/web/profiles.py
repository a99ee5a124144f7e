"""What people change about their own account, alike in every portal."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import View

from medicare_django.accounts import browser_login
from medicare_django.accounts.lockout import Locked
from medicare_django.accounts.models import Login
from medicare_django.accounts.pace import paced
from medicare_django.accounts.password_change import change_password, check_old_password
from medicare_django.accounts.request_rates import LOGIN, seconds_to_wait
from medicare_django.accounts.roles import Role, doctor_of
from medicare_django.accounts.tokens import TokenRefused
from medicare_django.notifications import account_mail
from medicare_django.web.fields import Email, OldPassword
from medicare_django.web.people import AccountPassword, Contact, Person
from medicare_django.web.portals import (
    PATIENTS,
    Portal,
    PortalView,
    next_url,
    redirect_to_login,
    with_next,
)
from medicare_django.web.rates import retry_after
from medicare_django.web.verification import VerifyEmail, await_code


class NewEmail(forms.Form):
    email = Email(
        "New e-mail", "Enter your new e-mail.", help_text="We mail a code to it, to confirm it."
    )


class NewPassword(AccountPassword):
    old = OldPassword("Current password", "Enter the password that you have now.")
    field_order = ("old",)


class OwnAccountView(PortalView):
    portal = PATIENTS
    template: str

    def show(self, form: forms.Form, **more: Any) -> HttpResponse:
        context = {"form": form, "profile": self.address("profile"), **more}
        return render(self.request, self.template, context)

    def address(self, name: str) -> str:
        return resolve_url(self.portal.route(name))

    def login(self) -> Login:
        """Of this browser, read anew. Raises TokenRefused."""
        login = browser_login.login_of(self.request)
        if login is None:
            raise TokenRefused
        return login


class Profile(OwnAccountView):
    template = "web/profile.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        user = self.user
        names = self._form_class.base_fields
        return self._show(self._form_class(initial={name: getattr(user, name) for name in names}))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = self._form_class(request.POST)
        if not form.is_valid():
            return self._show(form)
        user = self.user
        for name, value in form.cleaned_data.items():
            setattr(user, name, value)
        user.save(update_fields=list(form.cleaned_data))
        messages.success(request, "Your profile is saved.")
        return redirect(self.address("profile"))

    @property
    def _form_class(self) -> type[Contact]:
        return Person if self.portal.role is Role.PATIENT else Contact

    def _show(self, form: Contact) -> HttpResponse:
        return self.show(
            form,
            practice=doctor_of(self.user),
            change_email=self.address("change-email"),
            change_password=self.address("change-password"),
        )


class ChangeEmail(OwnAccountView):
    """The old address stays until the new one is proved on the next page."""

    template = "web/change_email.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._show(NewEmail())

    def post(self, request: HttpRequest) -> HttpResponse:
        form = NewEmail(request.POST)
        if not form.is_valid():
            return self._show(form)
        email = form.cleaned_data["email"]
        try:
            with paced():
                is_asked_for = account_mail.request_email_change(
                    self.login(), email, timezone.now()
                )
        except TokenRefused:
            return redirect_to_login(request, self.portal)
        if not is_asked_for:  # it was theirs, in another spelling at most
            messages.success(request, "Your e-mail is saved.")
            return redirect(self.address("profile"))
        await_code(request, email)
        return redirect(with_next(request, self.portal.route("verify-email")))

    def _show(self, form: NewEmail) -> HttpResponse:
        return self.show(form, next=next_url(self.request, self.portal.route("profile")))


@method_decorator([never_cache, sensitive_post_parameters()], name="dispatch")
class ChangePassword(OwnAccountView):
    """It compares a password, so its tries are counted and locked as those of a login are."""

    template = "web/change_password.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show(NewPassword(self.user))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = NewPassword(self.user, request.POST)
        try:
            is_changed = self._change(form)
        except Locked as locked:
            return retry_after(self.show(form, seconds=locked.seconds), locked.seconds)
        except TokenRefused:
            return redirect_to_login(request, self.portal)
        if not is_changed:
            return self.show(form)
        request.session.cycle_key()  # whoever has a copy of the old cookie is out as well
        messages.success(
            request, "Your password is changed. Everywhere else you are logged out now."
        )
        return redirect(self.address("profile"))

    def _change(self, form: NewPassword) -> bool:
        """Raises Locked and TokenRefused."""
        seconds = seconds_to_wait(LOGIN, self.request)
        if seconds:
            raise Locked(seconds)
        if not form.is_valid():
            return False
        login = self.login()
        if not check_old_password(login.user, form.cleaned_data["old"], self.request):
            form.add_error("old", "This password is wrong.")
            return False
        change_password(login, form.cleaned_data["password"])
        return True


def own_account(portal: Portal, root: str = "") -> list[URLPattern]:
    """The routes that every portal has for the account of whoever is logged in."""
    pages: list[tuple[str, str, type[View]]] = [
        ("verify-email/", "verify-email", VerifyEmail),
        ("profile/", "profile", Profile),
        ("profile/email/", "change-email", ChangeEmail),
        ("profile/password/", "change-password", ChangePassword),
    ]
    return [
        path(root + route, view.as_view(portal=portal), name=name) for route, name, view in pages
    ]
