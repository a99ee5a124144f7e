"""An account for a patient: the form, after which the page of codes follows."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import View

from medicare_django.accounts.models import UserProfile
from medicare_django.accounts.pace import paced
from medicare_django.accounts.request_rates import REGISTRATION, seconds_to_wait
from medicare_django.accounts.roles import Role, role_of
from medicare_django.notifications import account_mail
from medicare_django.web.fields import Email, new_password
from medicare_django.web.people import ChosenPassword, Person
from medicare_django.web.portals import next_url, with_next
from medicare_django.web.rates import retry_after, too_many
from medicare_django.web.verification import await_code

_OPTIONAL = ("phone_number", "gender", "age", "place")


class Registration(Person, ChosenPassword):
    email = Email("E-mail", "Enter your e-mail.", help_text="We mail you a code to confirm it.")
    password = new_password("Password")
    field_order = ("name", "email", "password", "again", *_OPTIONAL)

    def owner(self) -> UserProfile:
        said = {name: self.cleaned_data.get(name, "") for name in ("name", "email")}
        return UserProfile(**said)

    @property
    def says_more(self) -> bool:
        """Whether something is in what may be left out, so that it has to be seen."""
        return any(self[name].value() or self[name].errors for name in _OPTIONAL)


@method_decorator([never_cache, sensitive_post_parameters("password", "again")], name="dispatch")
class Register(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if isinstance(user, UserProfile) and role_of(user) is Role.PATIENT:
            return redirect(next_url(request, "home"))
        return self._show(request, Registration())

    def post(self, request: HttpRequest) -> HttpResponse:
        form = Registration(request.POST)
        seconds = seconds_to_wait(REGISTRATION, request)
        if seconds:
            form.add_error(None, too_many(seconds))
            return retry_after(self._show(request, form), seconds)
        if not form.is_valid():
            return self._show(request, form)
        given: dict[str, Any] = {**form.cleaned_data}
        password, _ = given.pop("password"), given.pop("again")
        with paced():
            account_mail.register(password, given, timezone.now())
        await_code(request, given["email"])
        return redirect(with_next(request, "verify-email"))

    def _show(self, request: HttpRequest, form: Registration) -> HttpResponse:
        context = {"form": form, "next": next_url(request, "home")}
        return render(request, "web/patient/register.html", context)
