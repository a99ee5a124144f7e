"""What many operations take or answer alike, for the description."""

from typing import Any

from rest_framework import serializers

from medicare_core.errors import NotLive, RefusalCode, TooLate, WriteConflict
from medicare_django.api.fields import Choice
from medicare_django.api.pagination import Pages
from medicare_django.api.permissions import IsEmailVerified
from medicare_django.api.transport import HTTPS_REQUIRED


class PageQuery(serializers.Serializer[Any]):
    page = serializers.IntegerField(required=False, min_value=1, default=1)
    page_size = serializers.IntegerField(required=False, min_value=1, default=Pages.page_size)


class Failure(serializers.Serializer[Any]):
    """`errors` maps a field, or `non_field_errors`, to sentences."""

    status = serializers.CharField()
    status_code = serializers.IntegerField()
    message = serializers.CharField()
    errors = serializers.DictField(  # type: ignore[assignment]  # its metaclass takes it away
        child=serializers.ListField(child=serializers.CharField())
    )
    code = Choice([IsEmailVerified.code, WriteConflict.code, HTTPS_REQUIRED], required=False)


class Alternative(serializers.Serializer[Any]):
    date = serializers.DateField()
    time = serializers.CharField()
    starts_at = serializers.DateTimeField()


class Refusal(Failure):
    """Why a time cannot be had, and up to three of the nearest that can."""

    code = Choice([*(each.value for each in RefusalCode), TooLate.code, NotLive.code])
    alternatives = Alternative(many=True, required=False)
