from http import HTTPStatus
from typing import Any

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from medicare_django.accounts import codes
from medicare_django.accounts.models import UserProfile
from medicare_django.api.passwords import Address, refuse_weak_password
from medicare_django.api.profile import Person
from medicare_django.api.responses import custom200, custom201
from medicare_django.api.schema import describe
from medicare_django.api.texts import Email, NewPassword, Password, Text
from medicare_django.api.throttles import CodeThrottle, RegistrationThrottle
from medicare_django.api.views import PacedView, PublicView
from medicare_django.notifications import account_mail

# The same for every reason and for addresses that nobody registered: it tells nothing.
_WITHOUT_CODE = "If no code arrives, ask for a new password: that verifies the address as well."
_CODE_REFUSED = "This code is wrong or no longer valid. Please ask for a new one."


class Registration(Person):
    email = Email()
    password = NewPassword()
    confirm_password = Password()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = super().validate(attrs)
        if attrs["password"] != attrs.pop("confirm_password"):
            raise serializers.ValidationError(
                {"confirm_password": ["The two passwords are not the same."]}
            )
        draft = UserProfile(name=attrs["name"], email=attrs["email"])
        refuse_weak_password("password", attrs["password"], draft)
        return attrs


class Code(Address):
    otp = Text(max_length=20)


class Register(PublicView):
    throttle_classes = (RegistrationThrottle,)
    failure_message = "Registration failed"

    @describe(
        "register",
        "Make an account; a code goes to the e-mail",
        takes=Registration,
        gives=Address,
        status=HTTPStatus.CREATED,
    )
    def post(self, request: Request) -> Response:
        given = Registration.read(request.data)
        account_mail.register(given.pop("password"), given, timezone.now())
        return custom201(
            f"Please verify your e-mail with the code that we have mailed you. {_WITHOUT_CODE}",
            {"email": given["email"]},
        )


class VerifyEmail(PacedView):
    throttle_classes = (CodeThrottle,)
    failure_message = "Verification failed"

    @describe("verify_email", "Prove an e-mail with the code that was mailed to it", takes=Code)
    def post(self, request: Request) -> Response:
        given = Code.read(request.data)
        try:
            codes.verify(given["email"], given["otp"], timezone.now())
        except codes.CodeRefused:
            raise serializers.ValidationError({"otp": [_CODE_REFUSED]}) from None
        return custom200("Your e-mail is verified. Please log in.")


class ResendCode(PacedView):
    throttle_classes = (CodeThrottle,)
    failure_message = "No code was sent"

    @describe("resend_otp", "Have another code mailed", takes=Address)
    def post(self, request: Request) -> Response:
        account_mail.resend_code(Address.read(request.data)["email"], timezone.now())
        return custom200(
            f"If this address waits to be verified, we have mailed it a code. {_WITHOUT_CODE}"
        )
