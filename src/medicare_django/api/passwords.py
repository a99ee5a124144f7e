from http import HTTPStatus

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError as DjangoValidationError
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from medicare_django.accounts import password_reset
from medicare_django.accounts.models import UserProfile
from medicare_django.accounts.password_change import change_password, check_old_password
from medicare_django.accounts.tokens import TokenRefused
from medicare_django.api.authentication import login_in_use, user_of
from medicare_django.api.fields import StrictSerializer
from medicare_django.api.responses import custom200, custom401
from medicare_django.api.schema import describe
from medicare_django.api.texts import Email, NewPassword, Password, Text
from medicare_django.api.throttles import CodeThrottle, LoginThrottle
from medicare_django.api.views import PacedView, PublicView
from medicare_django.notifications import account_mail


class PasswordChange(StrictSerializer):
    old_password = Password()
    new_password = NewPassword()


class Address(StrictSerializer):
    email = Email()


class PasswordReset(StrictSerializer):
    token = Text(max_length=200)
    password = NewPassword()


class ChangePassword(APIView):
    throttle_classes = (LoginThrottle,)  # it compares a password
    failure_message = "The password was not changed"

    @describe(
        "change_password",
        "Change your password, which ends your other logins",
        takes=PasswordChange,
        fails=(HTTPStatus.TOO_MANY_REQUESTS,),
    )
    def post(self, request: Request) -> Response:
        given = PasswordChange.read(request.data)
        user = user_of(request)
        if not check_old_password(user, given["old_password"], request):
            raise serializers.ValidationError({"old_password": ["This password is wrong."]})
        refuse_weak_password("new_password", given["new_password"], user)
        try:
            change_password(login_in_use(request), given["new_password"])
        except TokenRefused:
            return custom401("Your password or login changed meanwhile. Please log in again.")
        return custom200("The password was changed. All other logins have ended.")


class RequestPasswordReset(PacedView):
    throttle_classes = (CodeThrottle,)
    failure_message = "The password was not reset"

    @describe(
        "request_password_reset",
        "Have a token mailed that sets a new password",
        takes=Address,
    )
    def post(self, request: Request) -> Response:
        email = Address.read(request.data)["email"]
        account_mail.request_password_reset(email, timezone.now())
        return custom200("If this address has an account, we have mailed it a way to continue.")


class ResetPassword(PublicView):
    throttle_classes = (CodeThrottle,)
    failure_message = "The password was not reset"

    @describe("reset_password", "Set a new password with a mailed token", takes=PasswordReset)
    def post(self, request: Request) -> Response:
        given = PasswordReset.read(request.data)
        try:
            user = password_reset.user_of(given["token"])
            refuse_weak_password("password", given["password"], user)
            password_reset.reset_password(given["token"], given["password"])
        except password_reset.ResetRefused:
            raise serializers.ValidationError(
                {"token": ["This token is wrong, too old or was used. Ask for a new one."]}
            ) from None
        return custom200("The password was changed. Please log in with it.")


def refuse_weak_password(field: str, password: str, user: UserProfile) -> None:
    """Raises ValidationError that names `field`."""
    try:
        validate_password(password, user)
    except DjangoValidationError as error:
        raise serializers.ValidationError({field: error.messages}) from None
