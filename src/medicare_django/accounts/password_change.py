from django.contrib.auth.hashers import make_password
from django.db import transaction

from medicare_django.accounts.models import Login, replace_password_hash
from medicare_django.accounts.tokens import TokenRefused


def change_password(login: Login, password: str) -> None:
    """Set a new password for the user of `login`, which alone of their logins goes on.

    `login.user` must just have been checked against the old password. Raises TokenRefused where
    that password, or the login, has come to an end meanwhile.
    """
    hashed = make_password(password)  # slow on purpose, so before anything is locked
    this = Login.objects.filter(pk=login.pk)
    with transaction.atomic():
        replaced = replace_password_hash(login.user, hashed, this)
        mark = login.user.get_session_auth_hash()
        if not (replaced and this.filter(ended_at=None, password_mark=mark).exists()):
            raise TokenRefused
