from typing import Any, cast

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import AccessToken

from medicare_django.accounts.models import Doctor, Login, UserProfile
from medicare_django.accounts.roles import doctor_of
from medicare_django.accounts.tokens import TokenRefused, login_of
from medicare_django.api.responses import CHALLENGE


class LoginAuthentication(BaseAuthentication):
    """`request.auth` is the `Login`; one that has ended is refused however fresh its token is."""

    def authenticate(self, request: Request) -> tuple[UserProfile, Login] | None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        try:
            login = login_of(AccessToken(cast("Any", token.strip())))  # its annotation is wrong
        except (TokenError, TokenRefused):
            raise AuthenticationFailed(
                "This login is no longer valid. Please log in again.", code="token_not_valid"
            ) from None
        return login.user, login

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE


class OptionalLogin(LoginAuthentication):
    """Says who it is where that can be told; a login that has ended is nobody's."""

    def authenticate(self, request: Request) -> tuple[UserProfile, Login] | None:
        try:
            return super().authenticate(request)
        except AuthenticationFailed:
            return None


def user_of(request: Request) -> UserProfile:
    """Return who is signed in, where the permissions of the view saw to it that somebody is."""
    return cast("UserProfile", request.user)


def doctor_in(request: Request) -> Doctor:
    """Return the doctor who is signed in, where the role was seen to be one."""
    doctor = doctor_of(user_of(request))
    assert doctor is not None  # noqa: S101 - it is what makes the role
    return doctor


def login_in_use(request: Request) -> Login:
    return cast("Login", request.auth)
