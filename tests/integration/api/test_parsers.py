import json
from io import BytesIO
from time import perf_counter
from typing import Any

import pytest
from rest_framework.exceptions import ParseError, UnsupportedMediaType, ValidationError

from medicare_django.api.parsers import MAX_DEPTH, MAX_NAMES, StrictJSONParser


def parse(body: str | bytes) -> Any:
    return StrictJSONParser().parse(BytesIO(body.encode() if isinstance(body, str) else body))


@pytest.mark.parametrize("value", [{"a": [1, {"b": None}]}, [], "x", 5, None, {"a": "]}[{" * 50}])
def test_json_is_read(value: Any) -> None:
    assert parse(json.dumps(value)) == value


@pytest.mark.parametrize(
    "body",
    ["", "{", "{'a': 1}", '{"a": 1,}', "NaN", '{"a": Infinity}', "9" * 5000, "\ufeff{}", b"\xff"],
)
def test_what_is_no_json_is_refused(body: str | bytes) -> None:
    with pytest.raises(ParseError):
        parse(body)


@pytest.mark.parametrize(("opens", "closes"), [("[", "]"), ('{"a":', "}")])
def test_nesting_has_an_end(opens: str, closes: str) -> None:
    parse(opens * MAX_DEPTH + "1" + closes * MAX_DEPTH)
    for depth in (MAX_DEPTH + 1, 5_000, 100_000):
        with pytest.raises(ParseError, match="nested"):
            parse(opens * depth + "1" + closes * depth)


@pytest.mark.parametrize("value", ["{}", '{"":0}', "[]", "0", '""'])
def test_a_list_of_many_small_things_is_refused_before_they_are_made(value: str) -> None:
    with pytest.raises(ParseError, match="too many"):
        parse("[" + ",".join([value] * 200_000) + "]")


def test_an_object_has_an_end_too() -> None:
    names = [f'"{number}": 0' for number in range(MAX_NAMES + 1)]
    assert len(parse("{" + ",".join(names[1:]) + "}")) == MAX_NAMES
    with pytest.raises(ParseError, match="names"):
        parse("{" + ",".join(names) + "}")


@pytest.mark.parametrize("media_type", ["*/*", "application/*"])
def test_a_type_that_says_nothing_is_not_taken_for_json(media_type: str) -> None:
    with pytest.raises(UnsupportedMediaType):
        StrictJSONParser().parse(BytesIO(b"{}"), media_type)


def test_brackets_in_strings_are_no_nesting() -> None:
    text = '\\"[[{' * 100
    assert parse(json.dumps({"note": text})) == {"note": text}


@pytest.mark.parametrize(
    ("body", "name"),
    [('{"n": 1, "n": 2}', "n"), ('{"a": {"b": 1, "b": 1}}', "b"), ('{"\\u006e":1,"n":2}', "n")],
)
def test_a_name_that_is_given_twice_is_named(body: str, name: str) -> None:
    with pytest.raises(ValidationError) as refused:
        parse(body)
    assert refused.value.detail == {name: ["Give one value."]}


@pytest.mark.parametrize(
    "body",
    [
        '\\"' * 1_000_000,
        '"' * 2_000_000,
        '"' + "\\" * 2_000_001,
        '"' + "a" * 2_000_000 + "\\",
        '"' + "a\\" * 1_000_000,
        "{" + ",".join(f'"{n}":0' for n in range(200_000)) + ',"0":0}',
    ],
    ids=range(6),
)
def test_no_text_takes_long_to_be_refused(body: str) -> None:
    """Quadratic work would take minutes, and exponential work for ever."""
    started = perf_counter()
    with pytest.raises(ParseError):
        parse(body)
    assert perf_counter() - started < 30
