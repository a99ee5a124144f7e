"""Bodies, read as strictly as their fields."""

import codecs
import json
import re
from collections.abc import Mapping
from itertools import accumulate
from typing import IO, Any, NoReturn

from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.parsers import JSONParser

from medicare_django.api.fields import shown

MAX_DEPTH = 20
# Up to the end where a string is left open, so that no text makes the search start over and over.
_STRING = re.compile(r'"(?:[^"\\]+|\\.)*(?:"|\Z)', re.DOTALL)
_NO_BRACKET = re.compile(r"[^\[\]{}]+")
_STEPS = {"[": 1, "{": 1, "]": -1, "}": -1}


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
        try:
            text = codecs.decode(stream.read(), "utf-8")
            if _depth(text) > MAX_DEPTH:
                raise ParseError(f"The JSON is nested more than {MAX_DEPTH} levels deep.")
            return json.loads(text, object_pairs_hook=_object, parse_constant=_refuse_constant)
        except ValueError:  # among them what is no UTF-8, and numbers of thousands of digits
            raise ParseError("The body cannot be read as JSON.") from None


def _depth(text: str) -> int:
    brackets = _NO_BRACKET.sub("", _STRING.sub("", text))
    return max(accumulate(map(_STEPS.__getitem__, brackets)), default=0)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in found if names.count(name) > 1)
        raise ValidationError({shown(twice): ["Give one value."]})
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)
