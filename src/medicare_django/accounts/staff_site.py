"""The door of Django Admin at which a password is asked for. Who comes to it has logged in elsewhere."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.forms import AdminPasswordChangeForm
from django.contrib.auth.hashers import make_password
from django.contrib.auth.views import PasswordChangeView
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse, reverse_lazy

from medicare_django.accounts import browser_login
from medicare_django.accounts.lockout import Locked
from medicare_django.accounts.login_guard import mark_locked
from medicare_django.accounts.models import Login, UserProfile, replace_password_hash
from medicare_django.accounts.password_change import check_old_password


class StaffPasswordChange(AdminPasswordChangeForm):
    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request

    def clean_old_password(self) -> str:
        password: str = self.cleaned_data["old_password"]
        try:
            if check_old_password(self.user, password, self.request):
                return password
        except Locked as locked:
            mark_locked(self.request, locked.seconds)
        raise ValidationError(self.error_messages["password_incorrect"], code="password_incorrect")

    def save(self, commit: bool = True) -> UserProfile:
        """Of the user only the password, and only while it is the one that was compared."""
        user: UserProfile = self.user
        login = browser_login.login_of(self.request)
        this_one = Login.objects.none() if login is None else Login.objects.filter(pk=login.pk)
        hashed = make_password(self.cleaned_data["new_password1"])
        if not replace_password_hash(user, hashed, this_one):
            raise PermissionDenied("The password changed meanwhile.")
        return user


class _ChangePassword(PasswordChangeView):
    form_class = StaffPasswordChange

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "request": self.request}


class StaffSite(admin.AdminSite):
    site_header = "Medicare"
    site_title = "Medicare"
    # Where "View site" leads: back to where they came from.
    site_url = reverse_lazy("staff:dashboard")  # type: ignore[assignment]  # as good as a str

    def password_change(  # type: ignore[override]  # where it went well it redirects, too
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """Its parent does the same with a form that nobody can choose, and that counts nothing."""
        view = _ChangePassword.as_view(
            success_url=reverse("admin:password_change_done", current_app=self.name),
            extra_context={**self.each_context(request), **(extra_context or {})},
        )
        return view(request)
