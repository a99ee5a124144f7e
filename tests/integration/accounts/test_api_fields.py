from datetime import UTC, date, datetime, time
from typing import Any
from urllib.parse import urlencode

import pytest
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from medicare_django.accounts.models import UserProfile
from medicare_django.api.fields import Choice, StrictDate, StrictInstant, StrictInteger, StrictTime
from medicare_django.api.pagination import Pages
from medicare_django.api.texts import Text
from tests.integration.factories import make_patient


@pytest.mark.parametrize(
    ("field", "given", "value"),
    [
        (StrictInteger(), 7, 7),
        (Choice(["past", "all"]), "past", "past"),
        (Choice(["past", "all"], allow_blank=True), "", ""),
        (StrictDate(), "2030-02-28", date(2030, 2, 28)),
        (StrictTime(), "09:05", time(9, 5)),
        (StrictInstant(), "2030-01-07T09:30+01:00", datetime(2030, 1, 7, 8, 30, tzinfo=UTC)),
        (StrictInstant(), "2030-01-07T08:30:00Z", datetime(2030, 1, 7, 8, 30, tzinfo=UTC)),
    ],
)
def test_one_spelling_is_read(field: Any, given: Any, value: Any) -> None:
    assert field.run_validation(given) == value


@pytest.mark.parametrize(
    ("field", "values"),
    [
        (StrictInteger(), ["1", 1.5, 1.0, True, None, [1], {}, " 1 ", "\u0663", 10**30, -(10**30)]),
        (Choice(["past", "all"]), ["Past", " past", "", 1, True, None, [], {}, "\ud800"]),
        (
            StrictDate(),
            [
                "2025-02-29", "2025-13-01", "10000-01-01", "1999-12-31", "9999-12-31", "20250101",
                "2025-W05-1", "2025-1-5", "\u0662\u0660\u0662\u0665-01-01", "2025-01-01\x00",
                "2025-01-01 ", 20250101, True, None, [],
            ],
        ),
        (
            StrictTime(),
            [
                "24:00", "25:61", "10:30:00", "10:30:07", "10:30 AM", "10:30Z", "10:30+05:00",
                "1030", "10", "T10:30", "9:30", "\u0661\u0660:30", -1, None,
            ],
        ),
        (
            StrictInstant(),
            [
                "2030-01-07T09:30", "2030-01-07T09:30:30Z", "2030-01-07 09:30Z", "2030-01-07",
                "1999-01-07T09:30Z", "2000-01-01T00:00+14:00", "9999-12-31T23:59-23:59", "2030-13-07T09:30Z",
                "2030-01-07T09:30+25:00", "2030-01-07T09:30:00.5Z", 0, None,
            ],
        ),
    ],
)  # fmt: skip
def test_every_other_spelling_is_refused(field: Any, values: list[Any]) -> None:
    for value in values:
        with pytest.raises(serializers.ValidationError):
            field.run_validation(value)


@pytest.mark.parametrize(
    "text",
    [
        "\u3164", "\u2800", "\u115f\u1160", "\uffa0", "\u00ad", "\u200d", "\ufeff", "\u034f", "...",
        "\u0308", "Ada\u3164", "A\u2800da", "Ada\U000e0041", "A\ufff9da", "A\u200bda", "A\u2060da",
        "A\u00adda", "Ada\ufe0f", "Ada\u200d", "\u200cAda", "A\u180eda", "Ada\u202e",
    ],
)  # fmt: skip
def test_text_that_cannot_be_seen_is_refused(text: str) -> None:
    with pytest.raises(serializers.ValidationError):
        Text().run_validation(text)


@pytest.mark.parametrize(
    "text",
    [
        "Ada", "5", "\u2764", "\u0646\u06cc\u200c\u0644\u0648\u0641\u0631",
        "\u0936\u094d\u200d\u0930\u0940", "\U0001f469\u200d\U0001f52c", "D\u2019Arcy-Jones, jr.",
    ],
)  # fmt: skip
def test_text_in_any_script_is_read(text: str) -> None:
    assert Text().run_validation(f" {text} ") == text


def page(query: str) -> Any:
    pages = Pages()
    request = Request(APIRequestFactory().get(f"/api/x/?{query}"))
    users = UserProfile.objects.order_by("id")
    found = pages.paginate_queryset(users, request) or []
    return pages.get_paginated_response([user.pk for user in found]).data["data"]


@pytest.mark.django_db
def test_a_page_says_how_many_there_are_and_where_to_go_on() -> None:
    ids = [make_patient().pk for _ in range(3)]
    second = page("page=2&page_size=1")
    assert second["results"] == [ids[1]]
    assert second["count"] == 3
    assert second["previous"] == "http://testserver/api/x/?page_size=1"
    assert second["next"] == "http://testserver/api/x/?page=3&page_size=1"
    assert page("page_size=1000000000000")["results"] == ids


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["page", "page_size"])
@pytest.mark.parametrize(
    "number", ["0", "-1", "x", "1.5", "", "\u0663", "last", "1 ", "+1", "1_0"]
)
def test_what_is_no_number_of_pages_is_refused(name: str, number: str) -> None:
    with pytest.raises(serializers.ValidationError) as refused:
        page(urlencode({name: number}))
    assert refused.value.get_codes() == {name: ["invalid"]}


@pytest.mark.django_db
def test_a_page_is_asked_for_once() -> None:
    with pytest.raises(serializers.ValidationError):
        page("page=1&page=1")


@pytest.mark.django_db
@pytest.mark.parametrize("number", ["2", "9" * 5000])
def test_there_is_nothing_beyond_the_last_page(number: str) -> None:
    with pytest.raises(NotFound):
        page(f"page={number}")
