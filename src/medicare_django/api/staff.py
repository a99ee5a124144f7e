"""The people who work at the clinic, as admins keep them."""

from http import HTTPStatus
from typing import Any

from django.utils import timezone
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from medicare_django.accounts.doctors import EmailTaken
from medicare_django.accounts.models import UserProfile
from medicare_django.accounts.timezones import validate_timezone
from medicare_django.api.doctors import DoctorData
from medicare_django.api.fields import StrictSerializer, checked
from medicare_django.api.files import PictureUpload
from medicare_django.api.parsers import StrictJSONParser, StrictMultiPartParser
from medicare_django.api.passwords import refuse_weak_password
from medicare_django.api.permissions import IsAdmin
from medicare_django.api.responses import custom201
from medicare_django.api.schema import describe
from medicare_django.api.texts import Email, NewPassword, Phone, Text
from medicare_django.notifications import account_mail

_OF_THE_PERSON = ("name", "email", "phone_number")


class NewDoctor(StrictSerializer):
    name = Text(max_length=150)
    email = Email()
    specialization = Text(max_length=100)
    hospital = Text(max_length=150)
    address = Text(max_length=255)
    password = NewPassword(required=False)
    phone_number = Phone(required=False, allow_blank=True)
    timezone = Text(required=False, max_length=64)

    def validate_timezone(self, name: str) -> str:
        checked(validate_timezone, name)
        return name

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "password" in attrs:
            draft = UserProfile(name=attrs["name"], email=attrs["email"])
            refuse_weak_password("password", attrs["password"], draft)
        return attrs


class NewDoctorForm(NewDoctor):
    """A picture can only come with a form."""

    image = PictureUpload(required=False)


class CreatedDoctor(DoctorData):
    email = serializers.CharField(source="user.email")
    phone_number = serializers.CharField(source="user.phone_number", allow_blank=True)


class CreateDoctor(APIView):
    permission_classes = (IsAuthenticated, IsAdmin)
    parser_classes = (StrictJSONParser, StrictMultiPartParser)
    failure_message = "The doctor was not created"

    @describe(
        "create_doctor",
        "Create a doctor, who is mailed an invitation unless a password is given",
        takes={"application/json": NewDoctor, "multipart/form-data": NewDoctorForm},
        gives=CreatedDoctor,
        status=HTTPStatus.CREATED,
    )
    def post(self, request: Request) -> Response:
        given = NewDoctorForm.read(request.data)
        password = given.pop("password", None)
        person = {name: given.pop(name) for name in _OF_THE_PERSON if name in given}
        try:
            doctor = account_mail.create_doctor(password, person, given, timezone.now())
        except EmailTaken:
            raise serializers.ValidationError(
                {"email": ["There is an account with this address already."]}
            ) from None
        said = "The doctor was created."
        if password is None:
            said += " We have mailed them a link to choose a password."
        return custom201(said, CreatedDoctor(doctor).data)
