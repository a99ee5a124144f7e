"""The doors of Django Admin: where staff logs in, and where a password is asked for once more."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm, AdminPasswordChangeForm
from django.contrib.auth.hashers import make_password
from django.contrib.auth.views import PasswordChangeView
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse

from medicare_django.accounts.lockout import Locked
from medicare_django.accounts.login_guard import mark_locked, report_failure
from medicare_django.accounts.models import UserProfile, replace_password_hash
from medicare_django.accounts.password_change import check_old_password


class StaffLogin(AdminAuthenticationForm):
    """The right password of somebody who is no staff fails like a wrong one, at the last try too."""

    def confirm_login_allowed(self, user: UserProfile) -> None:
        try:
            super().confirm_login_allowed(user)
        except ValidationError:
            if self.request is not None:
                report_failure(self.request, user.email)
            raise


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
        if not replace_password_hash(user, make_password(self.cleaned_data["new_password1"])):
            raise PermissionDenied("The password changed meanwhile.")
        return user


class _ChangePassword(PasswordChangeView):
    form_class = StaffPasswordChange

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "request": self.request}


class StaffSite(admin.AdminSite):
    login_form = StaffLogin

    def password_change(  # type: ignore[override]  # where it went well it redirects, too
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """Its parent does the same with a form that nobody can choose, and that counts nothing."""
        view = _ChangePassword.as_view(
            success_url=reverse("admin:password_change_done", current_app=self.name),
            extra_context={**self.each_context(request), **(extra_context or {})},
        )
        return view(request)
