"""Bodies, read as strictly as what they hold."""

from io import BytesIO
from typing import IO, Any

from django.conf import settings
from django.http import UnreadablePostError
from django.utils.http import parse_header_parameters
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.parsers import MultiPartParser

from medicare_django.api.exceptions import TooLarge

_UNREADABLE = "The request cannot be read as multipart/form-data."
_REPLACED = "\ufffd"  # what Django makes of bytes that are not UTF-8


class StrictMultiPartParser(MultiPartParser):
    """Read a text or a file by name, as JSON is read; a body that is too long is refused before it is read."""

    def parse(  # type: ignore[override]  # a dictionary, so that serializers take it as from JSON
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Any = None,
    ) -> dict[str, Any]:
        length = int(parser_context["request"].META.get("CONTENT_LENGTH") or 0)
        if length > settings.FILE_UPLOAD_MAX_MEMORY_SIZE:
            raise TooLarge("The request is too large.")
        body = _whole_body(stream, media_type or "")
        try:
            parsed = super().parse(body, media_type, parser_context)
        except ParseError:
            raise ParseError(_UNREADABLE) from None
        return _single_values([*parsed.data.lists(), *parsed.files.lists()])


def _whole_body(stream: IO[bytes], media_type: str) -> IO[bytes]:
    """Refuse one that was cut off, which Django would read as far as it goes."""
    _, parameters = parse_header_parameters(media_type)
    closing = f"--{parameters.get('boundary', '')}--"
    try:
        body = stream.read()
    except UnreadablePostError:
        raise ParseError(_UNREADABLE) from None
    if closing.encode(errors="replace") not in body:
        raise ParseError(_UNREADABLE)
    return BytesIO(body)


def _single_values(parts: list[tuple[str, list[Any]]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    for name, values in parts:
        if name in found or len(values) > 1:
            errors[name[:100]] = ["Give one value."]
        elif _REPLACED in name or (isinstance(values[0], str) and _REPLACED in values[0]):
            errors[name[:100]] = ["Send text in UTF-8."]
        found[name] = values[-1]
    if errors:
        raise serializers.ValidationError(errors)
    return found
