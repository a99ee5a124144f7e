from typing import Any

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from medicare_django.accounts.models import Gender, Login, UserProfile
from medicare_django.accounts.pace import paced
from medicare_django.accounts.roles import Role, role_of
from medicare_django.accounts.tokens import TokenRefused
from medicare_django.api.authentication import login_in_use, user_of
from medicare_django.api.fields import Choice, StrictInteger, StrictSerializer
from medicare_django.api.responses import custom200, custom401
from medicare_django.api.schema import describe
from medicare_django.api.texts import Email, Phone, Text
from medicare_django.notifications import account_mail

_CHANGED = "Your profile was changed."
# The same whoever has the new address: it tells nothing.
_CODE_MAILED = (
    "Your e-mail stays as it is until the new one is proved: send it, with the code that we have "
    "mailed to it, to /api/verify-email/. If no code arrives, ask for another at /api/resend-otp/ "
    "after a minute."
)


class Person(StrictSerializer):
    """What people say about themselves. An empty text or null takes an answer back."""

    name = Text(max_length=150)
    phone_number = Phone(required=False, allow_blank=True, allow_null=True)
    gender = Choice(Gender.choices, required=False, allow_blank=True, allow_null=True)
    age = StrictInteger(required=False, allow_null=True, min_value=0, max_value=150)
    place = Text(required=False, allow_blank=True, allow_null=True, max_length=150)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        texts = {"phone_number", "gender", "place"}
        return {
            name: "" if value is None and name in texts else value for name, value in attrs.items()
        }


class ProfileChange(Person):
    email = Email()


class UserData(serializers.Serializer[UserProfile]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    email = serializers.CharField()
    role = serializers.SerializerMethodField()
    is_email_verified = serializers.BooleanField()

    def get_role(self, user: UserProfile) -> Role:
        return role_of(user)


class ProfileData(UserData):
    phone_number = serializers.CharField(allow_blank=True)
    gender = Choice(Gender.values, allow_blank=True)
    age = serializers.IntegerField(allow_null=True)
    place = serializers.CharField(allow_blank=True)


class Profile(APIView):
    failure_message = "The profile was not changed"

    @describe("read_profile", "See your profile", gives=ProfileData)
    def get(self, request: Request) -> Response:
        return custom200("Your profile.", ProfileData(user_of(request)).data)

    @describe("change_profile", "Change your profile", takes=ProfileChange, gives=ProfileData)
    def patch(self, request: Request) -> Response:
        changes = ProfileChange.read(request.data, partial=True)
        email = changes.pop("email", None)
        user = user_of(request)
        said = [_CHANGED] if changes or email is None else []
        try:  # first: where it is refused, nothing is changed
            if email is not None:
                said.append(_change_email(login_in_use(request), email))
        except TokenRefused:
            return custom401("Your password or login changed meanwhile. Please log in again.")
        for name, value in changes.items():
            setattr(user, name, value)
        user.save(update_fields=list(changes))
        return custom200(" ".join(dict.fromkeys(said)), ProfileData(user).data)


def _change_email(login: Login, email: str) -> str:
    with paced():
        is_asked_for = account_mail.request_email_change(login, email, timezone.now())
    login.user.refresh_from_db(fields=["email"])
    return _CODE_MAILED if is_asked_for else _CHANGED
