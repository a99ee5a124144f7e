import logging
from datetime import datetime
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest
from django.db import OperationalError
from django.test import Client
from rest_framework.exceptions import ErrorDetail, Throttled
from rest_framework.response import Response

from medicare_core.errors import (
    BookingError,
    InvalidValue,
    NotFound,
    NotLive,
    RefusalCode,
    TimeRefused,
    TooLate,
    WriteConflict,
)
from medicare_django.api.exceptions import handle
from medicare_django.api.responses import flatten_errors, try_except_wrapper
from tests.integration.api_client import call, get, log_in, post
from tests.integration.factories import make_patient


class Booking:
    failure_message = "Booking failed"

    def __init__(self, error: Exception) -> None:
        self.error = error

    @try_except_wrapper
    def post(self) -> Response:
        raise self.error


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
@pytest.mark.parametrize("path", ["", "nothing/", "login", "profile/x/"])
def test_unknown_paths_answer_in_the_envelope(method: str, path: str) -> None:
    answer = call(method, path, {} if method != "GET" else None)
    assert answer.body == {
        "status": "Not Found",
        "status_code": 404,
        "message": "Not Found.",
        "errors": {"non_field_errors": ["Not Found."]},
    }
    assert answer.status == 404


def test_pages_outside_the_api_are_pages() -> None:
    assert Client().get("/nothing/").headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "TRACE"])
def test_a_wrong_method_is_405(method: str) -> None:
    answer = call(method, "login/")
    assert (answer.status, answer.body["status"]) == (405, "Method Not Allowed")
    assert "POST" in answer.headers["Allow"]


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/xml", "multipart/form-data; boundary=x", ""]
)
def test_only_json_is_read(content_type: str) -> None:
    response = Client().generic("POST", "/api/login/", "x", content_type=content_type)
    assert (response.status_code, response.json()["status_code"]) == (415, 415)


@pytest.mark.parametrize(
    "body", ["{", '{"email": NaN}', '{"a": 1,}', "9" * 5000, "\ufeff{}", b"\xff"]
)
def test_json_that_cannot_be_read_is_400(body: str | bytes) -> None:
    response = Client().generic("POST", "/api/login/", body, content_type="application/json")
    assert (response.status_code, list(response.json()["errors"])) == (400, ["non_field_errors"])


def test_a_foreign_host_is_answered_in_the_envelope() -> None:
    response = Client().get("/api/profile/", headers={"host": "evil.example"})
    assert (response.status_code, response.json()["status_code"]) == (400, 400)


def test_a_body_that_is_too_large_is_413() -> None:
    answer = post("login/", {"email": "x" * 3_000_000})
    assert (answer.status, answer.body["status"]) == (413, "Request Entity Too Large")


def test_without_credentials_it_is_401() -> None:
    answer = get("profile/")
    assert (answer.status, answer.body["status"]) == (401, "Unauthorized")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert call("GET", "profile/", Authorization="Basic eDp4").status == 401


@pytest.mark.django_db
def test_an_unexpected_error_is_500_and_its_text_stays_out_of_answer_and_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    token = log_in(make_patient())["access"]
    broken = patch(
        "medicare_django.api.profile.role_of", side_effect=RuntimeError("ada@example.org")
    )
    with broken, caplog.at_level(logging.ERROR):
        answer = get("profile/", token=token)
    assert (answer.status, answer.body["status"]) == (500, "Internal Server Error")
    assert "ada@example.org" not in str(answer.body)
    assert "RuntimeError in an API view" in caplog.text
    assert "ada@example.org" not in caplog.text


def test_a_busy_database_asks_for_another_try() -> None:
    response = handle(OperationalError("database is locked"), {})
    assert (response.status_code, response["Retry-After"]) == (503, "1")


def test_a_throttled_client_is_told_how_long() -> None:
    response = handle(Throttled(wait=12.2), {})
    assert (response.status_code, response["Retry-After"]) == (429, "13")
    assert response.data["status"] == "Too Many Requests"


@pytest.mark.parametrize(
    ("reason", "field"),
    [(reason, "date" if reason in {"too_far", "time_off"} else "time") for reason in RefusalCode],
)
def test_a_refused_time_names_its_field_and_code(reason: RefusalCode, field: str) -> None:
    start = datetime(2030, 1, 7, 9, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    response = Booking(TimeRefused(reason, (start,))).post()
    assert response.data == {
        "status": "Conflict",
        "status_code": 409,
        "message": "Booking failed",
        "errors": {field: [reason.sentence]},
        "code": reason.value,
        "alternatives": [
            {"date": "2030-01-07", "time": "09:30", "starts_at": "2030-01-07T09:30:00+01:00"}
        ],
    }
    assert response.status_code == 409
    assert "alternatives" not in Booking(TimeRefused(reason)).post().data


@pytest.mark.parametrize(
    ("error", "status", "errors", "code"),
    [
        (TooLate("Too late."), 409, {"time": ["Too late."]}, "too_late"),
        (NotLive("Over."), 409, {"time": ["Over."]}, "not_live"),
        (InvalidValue("doctor", "No."), 400, {"doctor": ["No."]}, None),
        (NotFound("No such doctor."), 404, {"non_field_errors": ["No such doctor."]}, None),
        (WriteConflict("Again."), 503, {"non_field_errors": ["Again."]}, "write_conflict"),
    ],
)
def test_each_error_of_the_core_has_its_answer(
    error: BookingError, status: int, errors: dict[str, Any], code: str | None
) -> None:
    response = Booking(error).post()
    assert (response.status_code, response.data["errors"]) == (status, errors)
    assert response.data.get("code") == code


def test_other_errors_are_not_swallowed() -> None:
    with pytest.raises(ZeroDivisionError):
        Booking(ZeroDivisionError()).post()


def test_nested_errors_are_flattened_to_paths() -> None:
    detail = {
        "name": [ErrorDetail("Required.")],
        "address": {"street": ["Too long."], "non_field_errors": ["Incomplete."]},
        "repeat_days": {2: ["Not a day."]},
        "items": [{}, {"size": ["Too big.", "Odd."]}],
    }
    assert flatten_errors(detail) == {
        "name": ["Required."],
        "address.street": ["Too long."],
        "address": ["Incomplete."],
        "repeat_days[2]": ["Not a day."],
        "items[1].size": ["Too big.", "Odd."],
    }
    assert flatten_errors(["Bad."]) == {"non_field_errors": ["Bad."]}
