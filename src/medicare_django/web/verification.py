"""The page that proves an e-mail: that of a new account, or a new one of an old account.

It tells nothing about the address, not even by what is wrong with a code. What it says beyond that
this browser knows by itself: when it asked for the code, and how often it tried.
"""

import re

from attrs import asdict, evolve, frozen
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.generic import View

from medicare_django.accounts import codes
from medicare_django.accounts.models import UserProfile
from medicare_django.accounts.pace import paced
from medicare_django.accounts.request_rates import CODES, seconds_to_wait
from medicare_django.notifications import account_mail
from medicare_django.web.fields import Email
from medicare_django.web.logins import fill_in_email
from medicare_django.web.portals import PATIENTS, Portal, next_url, with_next
from medicare_django.web.rates import retry_after, too_many

_KEY = "verification"
_SPACES = re.compile(r"\s+")
_CODE = re.compile(rf"[0-9]{{{codes.DIGITS}}}")
_WRONG = "This code is wrong or no longer valid. Look at its digits again, or have a new one sent."
_TOO_OLD = "A code is valid for ten minutes, and yours is older by now. Have a new one sent."
_NO_MORE_TRIES = "All five tries that a code allows are used up. Have a new one sent."
_TAKEN = (
    "Another account has this e-mail by now. Log in with it; if you do not know its password, "
    "ask for a new one."
)
_SENT = (
    "If this e-mail waits to be confirmed, a new code is on its way to it. You can have another "
    "one after a minute."
)


class Code(forms.Form):
    email = Email("E-mail", "Enter the e-mail that you want to confirm.")
    code = forms.CharField(
        label="Code",
        help_text="The six digits in our mail.",
        error_messages={"required": "Enter the six digits in our mail."},
        widget=forms.TextInput(
            {"inputmode": "numeric", "autocomplete": "one-time-code", "pattern": "[0-9 ]*"}
        ),
    )

    def clean_code(self) -> str:
        """As it was mailed; one that cannot be right costs no try."""
        text = _SPACES.sub("", self.cleaned_data["code"])
        if not _CODE.fullmatch(text):
            raise forms.ValidationError("A code has six digits. Enter all of them.")
        return text


@frozen
class Wait:
    """What this browser has done since it asked for a code; `asked_at` is in seconds."""

    email: str = ""
    asked_at: float = 0
    tries: int = 0

    @classmethod
    def of(cls, request: HttpRequest) -> "Wait":
        return cls(**request.session.get(_KEY, {}))

    def keep(self, request: HttpRequest) -> None:
        request.session[_KEY] = asdict(self)

    def sentence(self) -> str:
        """Say why a code may have been refused, and what helps."""
        if self.tries >= codes.MAX_TRIES:
            return _NO_MORE_TRIES
        is_old = self.asked_at and _now() - self.asked_at >= codes.LIFETIME.total_seconds()
        return _TOO_OLD if is_old else _WRONG


def await_code(request: HttpRequest, email: str) -> None:
    """Have the page of codes in this browser be about `email`, for which one was just asked."""
    waiting, now = Wait.of(request), _now()
    is_early = now - waiting.asked_at < codes.RESEND_AFTER.total_seconds()
    if waiting.email != email or not is_early:  # else the earlier code is the one in force
        Wait(email, now).keep(request)


@method_decorator(never_cache, name="dispatch")
class VerifyEmail(View):
    portal: Portal = PATIENTS

    def get(self, request: HttpRequest) -> HttpResponse:
        known = Wait.of(request).email or request.GET.get("email") or _unproved(request)
        form = Code(initial={"email": known})
        form.fields["code" if known else "email"].widget.attrs["autofocus"] = True
        return self._show(request, form)

    def post(self, request: HttpRequest) -> HttpResponse:
        seconds = seconds_to_wait(CODES, request)
        if seconds:
            form = Code(request.POST)
            form.add_error(None, too_many(seconds))
            return retry_after(self._show(request, form), seconds)
        return self._send(request) if "again" in request.POST else self._check(request)

    def _send(self, request: HttpRequest) -> HttpResponse:
        form = Code(request.POST)
        form.errors.pop("code", None)  # who asks for another one need not have any
        if form.errors:
            return self._show(request, form)
        email = form.cleaned_data["email"]
        with paced():
            account_mail.resend_code(email, timezone.now())
        await_code(request, email)
        messages.info(request, _SENT)
        return redirect(with_next(request, self.portal.route("verify-email")))

    def _check(self, request: HttpRequest) -> HttpResponse:
        form = Code(request.POST)
        if not form.is_valid() or not self._prove(request, form):
            return self._show(request, form)
        request.session.pop(_KEY, None)
        fill_in_email(request, form.cleaned_data["email"])
        messages.success(request, "Your e-mail is confirmed. Log in to go on.")
        return redirect(with_next(request, self.portal.login))

    def _prove(self, request: HttpRequest, form: Code) -> bool:
        given = form.cleaned_data
        waiting = Wait.of(request)
        try:
            with paced():
                codes.verify(given["email"], given["code"], timezone.now())
        except codes.AddressTaken:  # said to nobody but who has the code out of that mailbox
            form.add_error("code", _TAKEN)
        except codes.CodeRefused:
            if waiting.email == given["email"]:
                waiting = evolve(waiting, tries=waiting.tries + 1)
                waiting.keep(request)
            else:
                waiting = Wait()
            form.add_error("code", waiting.sentence())
        else:
            return True
        return False

    def _show(self, request: HttpRequest, form: Code) -> HttpResponse:
        context = {
            "form": form,
            "next": next_url(request, self.portal.home),
            "waiting": Wait.of(request),
            "change_email": with_next(request, self.portal.route("change-email")),
        }
        return render(request, "web/verify_email.html", context)


def _now() -> float:
    return timezone.now().timestamp()


def _unproved(request: HttpRequest) -> str:
    user = request.user
    return user.email if isinstance(user, UserProfile) and not user.is_email_verified else ""
