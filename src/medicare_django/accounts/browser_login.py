"""The login of a browser: a session that ends with its row in `Login`, as a token does.

So whatever ends the logins of an account, a new password or an admin, ends its pages as well.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.contrib import auth
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from medicare_django.accounts import tokens
from medicare_django.accounts.models import Login, UserProfile

LONGEST = timedelta(hours=12)
"""After which a password is asked for again, however busy the browser was."""
_KEY = "login"
_BACKEND = "django.contrib.auth.backends.ModelBackend"


class BrowserLogins(AuthenticationMiddleware):
    """`request.user` is somebody only while their login goes on; loaded with their doctor."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: _user_of(request))  # type: ignore[assignment]


def begin(request: HttpRequest, user: UserProfile, now: datetime) -> None:
    """Raises tokens.TokenRefused where the password that was checked is no longer the account's."""
    with transaction.atomic():
        login = tokens.new_login(user, now)
    auth.login(request, user, backend=_BACKEND)
    request.session[_KEY] = str(login.pk)


def end(request: HttpRequest, now: datetime) -> None:
    login = login_of(request)
    if login is not None:
        Login.objects.filter(pk=login.pk, ended_at=None).update(ended_at=now)
    auth.logout(request)


def login_of(request: HttpRequest) -> Login | None:
    """The login that this browser's session belongs to, with its user and doctor, in one query."""
    try:
        login = tokens.login_by_id(UUID(request.session.get(_KEY, "")))
    except (ValueError, tokens.TokenRefused):
        return None
    return login if login.started_at > timezone.now() - LONGEST else None


def _user_of(request: HttpRequest) -> UserProfile | AnonymousUser:
    login = login_of(request)
    return AnonymousUser() if login is None else login.user
