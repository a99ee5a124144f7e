"""Bodies, read as strictly as what they hold."""

import codecs
import json
import re
from collections.abc import Mapping
from io import BytesIO
from itertools import accumulate
from typing import IO, Any, NoReturn

from django.conf import settings
from django.http import UnreadablePostError
from django.utils.http import parse_header_parameters
from rest_framework.exceptions import ParseError, UnsupportedMediaType, ValidationError
from rest_framework.parsers import JSONParser, MultiPartParser

from medicare_django.api.exceptions import TooLarge
from medicare_django.api.fields import shown

MAX_DEPTH = 20
MAX_CONTAINERS = 1_000
MAX_VALUES = 20_000
MAX_NAMES = 2_000
"""In one object. Each that is not known is named in the answer."""
# Up to the end where a string is left open, and without a way back: no text makes it search twice.
_STRING = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.DOTALL)
_NO_BRACKET = re.compile(r"[^\[\]{}]+")
_STEPS = {"[": 1, "{": 1, "]": -1, "}": -1}
_UNREADABLE = "The request cannot be read as multipart/form-data."
_REPLACED = "\ufffd"  # what Django makes of bytes that are not UTF-8


class StrictJSONParser(JSONParser):
    """UTF-8 without a mark, no name twice, no NaN, and no deeper than `MAX_DEPTH`.

    Python's parser would keep the last of two values, and follow nesting until its stack is full,
    at a depth that differs from release to release.
    """

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        if media_type and "*" in media_type:  # which matches, but says nothing
            raise UnsupportedMediaType(media_type)
        try:
            text = codecs.decode(stream.read(), "utf-8")
            _check_structure(text)
            return json.loads(text, object_pairs_hook=_object, parse_constant=_refuse_constant)
        except ValueError:  # among them what is no UTF-8, and numbers of thousands of digits
            raise ParseError("The body cannot be read as JSON.") from None


def _check_structure(text: str) -> None:
    """Before anything is made of it: a small thing takes a hundred times the memory of its text."""
    without_strings = _STRING.sub("", text)
    brackets = _NO_BRACKET.sub("", without_strings)
    if max(accumulate(map(_STEPS.__getitem__, brackets)), default=0) > MAX_DEPTH:
        raise ParseError(f"The JSON is nested more than {MAX_DEPTH} levels deep.")
    if len(brackets) > 2 * MAX_CONTAINERS or without_strings.count(",") > MAX_VALUES:
        raise ParseError("The JSON holds too many values.")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(pairs) > MAX_NAMES:
        raise ParseError(f"An object has more than {MAX_NAMES} names.")
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValidationError({shown(name): ["Give one value."]})
        found[name] = value
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


class StrictMultiPartParser(MultiPartParser):
    """Read a text or a file by name, as JSON is read. One that is too long is refused unread."""

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
            errors[shown(name)] = ["Give one value."]
        elif _REPLACED in name or (isinstance(values[0], str) and _REPLACED in values[0]):
            errors[shown(name)] = ["Send text in UTF-8."]
        if values[-1] != "":  # what a form says of a field that nobody filled in
            found[name] = values[-1]
    if errors:
        raise ValidationError(errors)
    return found
