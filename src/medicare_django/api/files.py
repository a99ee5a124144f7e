"""Files, as they come in."""

from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.negotiation import DefaultContentNegotiation

from medicare_django.accounts.pictures import PictureFile, picture_file
from medicare_django.api.exceptions import TooLarge
from medicare_django.api.fields import checked


@extend_schema_field(OpenApiTypes.BINARY)
class FileUpload(serializers.Field[Any, Any, Any, Any]):
    """Of at most `MAX_UPLOAD_BYTES`. Raises TooLarge, which names the field."""

    default_error_messages = {"invalid": "Send a file, as a part of multipart/form-data."}

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, UploadedFile):
            self.fail("invalid")
        if (data.size or 0) > settings.MAX_UPLOAD_BYTES:
            sentence = f"Upload a file of at most {settings.MAX_UPLOAD_BYTES // 2**20} MB."
            raise TooLarge({str(self.field_name): [sentence]})
        return data


class PictureUpload(FileUpload):
    """Cleaned, and ready to be assigned to a `PictureField`."""

    def to_internal_value(self, data: Any) -> PictureFile:
        return checked(picture_file, super().to_internal_value(data))


class AnyAccept(DefaultContentNegotiation):
    """A file is of the type that it is, whatever is asked for."""

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type
