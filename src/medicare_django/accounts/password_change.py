from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.http import HttpRequest
from rest_framework.request import Request

from medicare_django.accounts.lockout import Tries
from medicare_django.accounts.models import Login, UserProfile, replace_password_hash
from medicare_django.accounts.tokens import TokenRefused, confirm_login


def check_old_password(user: UserProfile, password: str, request: HttpRequest | Request) -> bool:
    """Count a try, as a login does: who stole a token or a session must not be able to guess.

    Raises Locked, for the last of the wrong tries too.
    """
    tries = Tries.of(user.email, request)
    tries.take()
    if not user.check_password(password):
        tries.refuse_if_locked()
        return False
    tries.forget()
    return True


def change_password(login: Login, password: str) -> None:
    """Set a new password for the user of `login`, which alone of their logins goes on.

    `login.user` must just have been checked against the old password. Raises TokenRefused where
    that password, or the login, has come to an end meanwhile.
    """
    hashed = make_password(password)  # slow on purpose, so before anything is locked
    with transaction.atomic():
        if not replace_password_hash(login.user, hashed, Login.objects.filter(pk=login.pk)):
            raise TokenRefused
        confirm_login(login, login.user)
