"""What django-axes is given to count by `lockout`, and how it answers."""

from http import HTTPStatus
from typing import Any

from axes.backends import AxesStandaloneBackend
from axes.exceptions import (
    AxesBackendPermissionDenied,
    AxesBackendRequestParameterRequired,
)
from axes.handlers.database import AxesDatabaseHandler
from axes.signals import user_locked_out
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from rest_framework.request import Request

from medicare_django.accounts.lockout import Locked, Tries, account_key, forget_old_tries
from medicare_django.accounts.request_rates import LOGIN, seconds_to_wait

AnyRequest = HttpRequest | Request
# Where a request carries the seconds that its account stays locked.
_SECONDS = "seconds_locked"


class LoginGuard(AxesStandaloneBackend):
    """Comes before the backend that hashes; lets nobody in itself."""

    def authenticate(
        self,
        request: AnyRequest | None,
        username: str | None = None,
        password: str | None = None,
        **credentials: Any,
    ) -> None:
        """Count a try. Raises PermissionDenied, which ends the login, where there are none left."""
        if request is None:
            raise AxesBackendRequestParameterRequired("A login is counted by its request.")
        try:
            _refuse_flood(request)
            Tries.of(_name({"username": username, **credentials}), request).take()
        except Locked as locked:
            mark_locked(request, locked.seconds)
            raise AxesBackendPermissionDenied from None


class LoginHandler(AxesDatabaseHandler):
    """Resets after a success, as its parent does; a failure was counted before it was one."""

    def user_login_failed(
        self,
        sender: Any,
        credentials: dict[str, Any],
        request: AnyRequest | None = None,
        **kwargs: Any,
    ) -> None:
        if request is not None and not seconds_to_wait(LOGIN, request):
            report_failure(request, _name(credentials))

    def clean_expired_user_attempts(self, *args: Any, **kwargs: Any) -> int:
        return forget_old_tries()


def report_failure(request: AnyRequest, email: str) -> None:
    """Mark the request if the try that it took was the last one."""
    tries = Tries.of(email, request)
    seconds = seconds_locked(request) or tries.seconds_locked()
    if not seconds:
        return
    mark_locked(request, seconds)
    user_locked_out.send("axes", request=request, username=tries.account, ip_address=tries.address)


def mark_locked(request: AnyRequest, seconds: int) -> None:
    """Have the request answered with `locked_page`, unless it is one of the API."""
    setattr(request, "axes_locked_out", True)  # noqa: B010 - no attribute that is declared
    setattr(request, _SECONDS, seconds)


def seconds_locked(request: AnyRequest) -> int:
    """0 if the login that this request tried was not refused for a lock."""
    seconds: int = getattr(request, _SECONDS, 0)
    return seconds


def username_key(request: AnyRequest, credentials: dict[str, Any] | None) -> str:
    return account_key(_name(credentials or {}))


def locked_page(
    request: HttpRequest, original_response: HttpResponse, credentials: dict[str, Any] | None
) -> HttpResponse:
    """A form that already tells it stays as it is."""
    if original_response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        return original_response
    seconds = seconds_locked(request)
    page = render(
        request, "accounts/locked.html", {"seconds": seconds}, status=HTTPStatus.TOO_MANY_REQUESTS
    )
    page["Retry-After"] = str(seconds)
    return page


def _refuse_flood(request: AnyRequest) -> None:
    seconds = seconds_to_wait(LOGIN, request)
    if seconds:
        raise Locked(seconds)


def _name(credentials: dict[str, Any]) -> str:
    """Forms call it by one name, the API by another."""
    return str(credentials.get("username") or credentials.get("email") or "")
