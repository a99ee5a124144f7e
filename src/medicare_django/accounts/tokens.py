"""Access and refresh tokens. Every token names the login that it descends from."""

from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from attrs import frozen
from django.db import transaction
from django.utils.crypto import constant_time_compare
from rest_framework_simplejwt import tokens as jwt
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.settings import api_settings

from medicare_django.accounts.models import Login, RefreshToken, UserProfile

LOGIN_CLAIM = "login"
# A client that sends one refresh twice by mistake does so at once; later it is a stolen token.
REUSE_IS_THEFT_AFTER = timedelta(seconds=10)


class TokenRefused(Exception):
    pass


class NotYourToken(TokenRefused):
    pass


@frozen
class TokenPair:
    access: str
    refresh: str


@transaction.atomic
def start_login(user: UserProfile, now: datetime) -> TokenPair:
    """Raises TokenRefused where the password of `user` is not, or no longer, that of the account.

    Checking a password takes long enough for another one to be set meanwhile.
    """
    return _mint(new_login(user, now), now)


def new_login(user: UserProfile, now: datetime) -> Login:
    """To be called in a transaction. Raises TokenRefused, as `start_login` does."""
    locked = UserProfile.objects.select_for_update().get(pk=user.pk)
    if not locked.is_active or locked.password != user.password:
        raise TokenRefused
    mark = user.get_session_auth_hash()
    return Login.objects.create(user=user, password_mark=mark, started_at=now)


def refresh_login(text: str, now: datetime) -> TokenPair:
    """Exchange a refresh token, which is used up by it, for a new pair. Raises TokenRefused."""
    claims = _read(text)
    with transaction.atomic():
        unused = RefreshToken.objects.filter(jti=claims["jti"], used_at=None)
        if unused.update(used_at=now):
            return _mint(login_of(claims), now)
    _suspect(claims["jti"], now)
    raise TokenRefused


def login_of(token: jwt.Token) -> Login:
    """Return the login with its user and doctor, in one query. Raises TokenRefused."""
    try:
        pk = UUID(token[LOGIN_CLAIM])
    except (KeyError, ValueError, TypeError, AttributeError):
        raise TokenRefused from None
    return login_by_id(pk)


def login_by_id(pk: UUID) -> Login:
    """Return the login with its user and doctor, in one query. Raises TokenRefused if it is over."""
    logins = Login.objects.select_related("user__doctor")
    try:
        login = logins.get(pk=pk, ended_at=None, user__is_active=True)
    except Login.DoesNotExist:
        raise TokenRefused from None
    if not constant_time_compare(login.password_mark, login.user.get_session_auth_hash()):
        raise TokenRefused
    return login


def confirm_login(login: Login, user: UserProfile) -> None:
    """Raises TokenRefused where the login is over by now.

    `user` is its user, as read under their lock: a request may have come in long before its body.
    """
    mark = user.get_session_auth_hash()
    going_on = Login.objects.filter(pk=login.pk, ended_at=None, user__is_active=True)
    if not going_on.filter(password_mark=mark).exists():
        raise TokenRefused


def end_login(text: str, user: UserProfile | None, now: datetime) -> None:
    """End the login of a refresh token. Raises TokenRefused.

    Raises NotYourToken if it is another's; None is anybody, since the token is proof enough.
    """
    login = login_of(_read(text))
    if user is not None and login.user != user:
        raise NotYourToken
    Login.objects.filter(pk=login.pk, ended_at=None).update(ended_at=now)


def end_logins(user: UserProfile, now: datetime) -> None:
    """Every token of an ended login is refused from that moment on.

    Needless where the password is replaced: a login ends with the password that it began with.
    """
    Login.objects.filter(user=user, ended_at=None).update(ended_at=now)


def _mint(login: Login, now: datetime) -> TokenPair:
    refresh = jwt.RefreshToken.for_user(login.user)
    refresh[LOGIN_CLAIM] = str(login.pk)  # the access token takes this claim over
    expires_at = now + api_settings.REFRESH_TOKEN_LIFETIME
    RefreshToken.objects.create(jti=refresh["jti"], login=login, expires_at=expires_at)
    return TokenPair(access=str(refresh.access_token), refresh=str(refresh))


def _read(text: str) -> jwt.RefreshToken:
    try:
        return jwt.RefreshToken(cast("Any", text))  # its annotation is wrong
    except TokenError:
        raise TokenRefused from None


def _suspect(jti: str, now: datetime) -> None:
    used = RefreshToken.objects.filter(jti=jti, used_at__lt=now - REUSE_IS_THEFT_AFTER)
    Login.objects.filter(refresh_tokens__in=used, ended_at=None).update(ended_at=now)
