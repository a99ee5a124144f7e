"""Logging in, staying logged in and logging out, by token."""

from http import HTTPStatus
from typing import Any

from attrs import asdict
from django.contrib.auth import authenticate, user_logged_in
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from medicare_django.accounts import tokens
from medicare_django.accounts.lockout import Locked
from medicare_django.accounts.login_guard import seconds_locked
from medicare_django.accounts.models import UserProfile
from medicare_django.api.authentication import OptionalLogin
from medicare_django.api.fields import StrictSerializer
from medicare_django.api.profile import UserData
from medicare_django.api.responses import custom200, custom401, custom403
from medicare_django.api.schema import describe
from medicare_django.api.texts import Password, Text
from medicare_django.api.throttles import AnonymousThrottle, LoginThrottle
from medicare_django.api.views import PublicView


class Credentials(StrictSerializer):
    email = Text(max_length=254)
    password = Password()


class RefreshToken(StrictSerializer):
    refresh = Text(max_length=2000)


class TokenPair(serializers.Serializer[Any]):
    access = serializers.CharField()
    refresh = serializers.CharField()


class LoginData(TokenPair):
    user = UserData()


class LogIn(PublicView):
    throttle_classes = (LoginThrottle,)
    failure_message = "Login failed"

    @describe(
        "login",
        "Log in",
        takes=Credentials,
        gives=LoginData,
        fails=(HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS),
    )
    def post(self, request: Request) -> Response:
        login = _log_in(request)
        if login is None:
            return _refused()
        user, pair = login
        return custom200("You are logged in.", LoginData({**asdict(pair), "user": user}).data)


class Token(PublicView):
    """The same as `LogIn`, answered as clients of Simple JWT expect it."""

    throttle_classes = (LoginThrottle,)
    failure_message = "Login failed"

    @describe(
        "token",
        "Log in, answered as clients of Simple JWT expect it",
        takes=Credentials,
        bare=TokenPair,
        fails=(HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS),
    )
    def post(self, request: Request) -> Response:
        login = _log_in(request)
        return _refused() if login is None else Response(TokenPair(login[1]).data)


class Refresh(PublicView):
    failure_message = "The login was not renewed"

    @describe(
        "refresh",
        "Exchange a refresh token for a new pair",
        takes=RefreshToken,
        bare=TokenPair,
        fails=(HTTPStatus.UNAUTHORIZED,),
    )
    def post(self, request: Request) -> Response:
        text = RefreshToken.read(request.data)["refresh"]
        try:
            pair = tokens.refresh_login(text, timezone.now())
        except tokens.TokenRefused:
            return custom401("This token is no longer valid. Please log in again.")
        return Response(TokenPair(pair).data)


class LogOut(APIView):
    """With the refresh token alone: an access token that is over must keep nobody logged in."""

    authentication_classes = (OptionalLogin,)
    permission_classes = ()
    throttle_classes = (AnonymousThrottle,)
    failure_message = "Logout failed"

    @describe(
        "logout",
        "End the login of a refresh token",
        takes=RefreshToken,
        fails=(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN),
    )
    def post(self, request: Request) -> Response:
        text = RefreshToken.read(request.data)["refresh"]
        user = request.user if isinstance(request.user, UserProfile) else None
        try:
            tokens.end_login(text, user, timezone.now())
        except tokens.NotYourToken:
            return custom403("This token belongs to somebody else.")
        except tokens.TokenRefused:
            return custom401("This token is no longer valid.")
        return custom200("You are logged out.")


def _log_in(request: Request) -> tuple[UserProfile, tokens.TokenPair] | None:
    """The one way in: whatever guards `authenticate` guards every login. Raises Locked."""
    given = Credentials.read(request.data)
    user = authenticate(request, email=given["email"], password=given["password"])
    if not isinstance(user, UserProfile):
        seconds = seconds_locked(request)
        if seconds:
            raise Locked(seconds)
        return None
    try:
        pair = tokens.start_login(user, timezone.now())
    except tokens.TokenRefused:  # another password was set while this one was checked
        return None
    user_logged_in.send(sender=type(user), request=request, user=user)
    return user, pair


def _refused() -> Response:
    return custom401("E-mail or password is wrong.")
