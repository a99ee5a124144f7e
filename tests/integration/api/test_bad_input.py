"""Whatever is sent, the answer is the right status, in the envelope, and names the field."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from medicare_django.accounts import tokens
from medicare_django.accounts.models import Doctor
from tests.integration.factories import (
    PASSWORD,
    make_admin,
    make_doctor,
    make_hours,
    make_patient,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
NOW = datetime(2031, 6, 2, 7, tzinfo=UTC)  # a Monday, 09:00 in Berlin
BODY = "non_field_errors"


@pytest.fixture
def doctor() -> Doctor:
    doctor = make_doctor(timezone="Europe/Berlin")
    make_hours(doctor, "09:00", "12:00")
    return doctor


BOOKING = {"doctor": 1, "date": "2031-06-03", "time": "09:30"}
REGISTRATION = {
    "name": "Noor",
    "email": "noor@example.org",
    "password": PASSWORD,
    "confirm_password": PASSWORD,
}
HOURS = {
    "start_date": "2031-06-02",
    "start_time": "09:00",
    "end_time": "12:00",
    "repeat_pattern": "weekly",
    "repeat_days": ["Monday"],
}
ABSENCE = {"start_date": "2031-06-10"}
NEW_DOCTOR = {
    "name": "Dr Ada Okafor",
    "email": "ada@example.org",
    "specialization": "Cardiology",
    "hospital": "St Anne",
    "address": "1 Hill Street",
}
GOOD: dict[str, tuple[str, dict[str, Any]]] = {
    "book-appointment/": ("patient", BOOKING),
    "register/": ("anonymous", REGISTRATION),
    "login/": ("anonymous", {"email": "noor@example.org", "password": PASSWORD}),
    "token/": ("anonymous", {"email": "noor@example.org", "password": PASSWORD}),
    "verify-email/": ("anonymous", {"email": "noor@example.org", "otp": "123456"}),
    "resend-otp/": ("anonymous", {"email": "noor@example.org"}),
    "refresh/": ("anonymous", {"refresh": "x"}),
    "logout/": ("anonymous", {"refresh": "x"}),
    "password/change/": ("patient", {"old_password": PASSWORD, "new_password": "so long a word"}),
    "password/reset/": ("anonymous", {"email": "noor@example.org"}),
    "password/reset/confirm/": ("anonymous", {"token": "x", "password": "so long a word"}),
    "availability/": ("doctor", HOURS),
    "time-off/": ("doctor", ABSENCE),
    "closures/": ("admin", ABSENCE),
    "create-doctor/": ("admin", NEW_DOCTOR),
}
INTEGERS: list[Any] = [
    *(-1, 0, 10**30, 1.5, 1.0, True, "1", None, [1], {}),
    *("1; DROP TABLE", " 1 ", "1_000", "\u0663", "NaN"),
]
DATES: list[Any] = [
    *("2031-02-30", "2031-13-01", "10000-01-01", "-001-01-01", "2031-02-29"),
    *("20310603", "2031-W05-1", "2031-6-3", "\u0662\u0660\u0663\u0661-\u0660\u0666-\u0660\u0663"),
    *("0001-01-01", "9999-12-31", 20310603, True, ["2031-06-03"], " ", "2031-06-03\x00"),
]
TIMES: list[Any] = [
    *("24:00", "25:61", "10:30:60", "-1:00", "10:30 AM", "10:30:59.999999", "10:31:07"),
    *("10:30+05:00", "10:30Z", "1030", "10", "T10:30", "\u0661\u0660:\u0663\u0660", 1030, None),
]
TEXTS: list[Any] = [
    " ",
    "\u200b",
    "A\x00",
    "A\r\nBcc: x@example.org",
    "A\u202eb",
    123,
    True,
    [],
    {},
    None,
]
EMAILS: list[Any] = [
    *("a@x", "a@x..org", "a@x.org.", "a b@x.org", "a@b@x.org", "a@x.org\x00", "a", "@x.org"),
    *("a@[127.0.0.1]", f"{'a' * 300}@x.org", "a\r\n@x.org", '"a b"@x.org', 5, None, ["a@x.org"]),
]
PASSWORDS: list[Any] = [
    "x" * 11,
    "noor@example.org",
    "password1234",
    "x" * 257,
    "x" * 100_000,
    " " * 12,
]
PASSWORDS += ["abcdefgh\x00ijkl", 123456789012, None]
FIELDS: list[tuple[str, str, Any]] = [
    *(("book-appointment/", "doctor", value) for value in INTEGERS),
    *(("book-appointment/", "date", value) for value in DATES),
    *(("book-appointment/", "time", value) for value in [*TIMES, "10:32"]),
    *(("availability/", "start_date", value) for value in DATES),
    *(("availability/", "start_time", value) for value in [*TIMES, "10:32"]),
    *(("availability/", "end_time", value) for value in [*TIMES, "10:32", "09:00"]),
    *(("availability/", "slot_minutes", value) for value in [*INTEGERS, 7, 1441]),
    *(("availability/", "repeat_interval", value) for value in [*INTEGERS, 53]),
    *(("time-off/", "start_date", value) for value in DATES),
    *(("closures/", "end_date", value) for value in [*DATES, "2031-06-09"]),
    *(("register/", "name", value) for value in [*TEXTS, "x" * 151]),
    *(("register/", "email", value) for value in EMAILS),
    *(("register/", "password", value) for value in PASSWORDS),
    *(("register/", "age", value) for value in [-1, 200, 0.5, "NaN", True, "\uff13\uff10"]),
    *(("register/", "gender", value) for value in ["x", 1, [], {}]),
    *(
        ("register/", "phone_number", value)
        for value in ["030 1234567", "letters", "+" + "9" * 30, "+49 30 1234567;ext=5", 30]
    ),
    *(("login/", "email", value) for value in [[], {}, 5, None, "", "x" * 100_000, "a\x00"]),
    *(("login/", "password", value) for value in [[], {}, 5, None, "", "x" * 100_000]),
    *(
        ("verify-email/", "otp", value)
        for value in ["000000", "12345", "1234567", "\uff11" * 6, 123456, None, ""]
    ),
    *(("refresh/", "refresh", value) for value in ["", None, 5, "x" * 1_000_000]),
    *(("password/change/", "old_password", value) for value in ["wrong", 5, None, ""]),
    *(("password/change/", "new_password", value) for value in PASSWORDS[2:]),
    *(("password/reset/", "email", value) for value in EMAILS),
    *(("password/reset/confirm/", "token", value) for value in ["x", "", 5, None, "\ud800"]),
    *(("create-doctor/", "email", value) for value in EMAILS),
    *(("create-doctor/", "specialization", value) for value in [*TEXTS, "x" * 101]),
    *(("create-doctor/", "timezone", value) for value in ["Mars/Base", "localtime", 5, None, ""]),
]


def send(role: str, method: str, path: str, body: Any = None, **options: Any) -> Any:
    """Send JSON, or what `body` is as it stands, as somebody of this role."""
    users = {"patient": make_patient, "doctor": lambda: make_doctor().user, "admin": make_admin}
    headers = options.pop("headers", {})
    if role in users:
        access = tokens.start_login(users[role](), timezone.now()).access
        headers["Authorization"] = f"Bearer {access}"
    raw = body if isinstance(body, str | bytes) else json.dumps(body)
    options = {"content_type": "application/json", "headers": headers, **options}
    client = Client(raise_request_exception=False)
    return client.generic(method, f"/api/{path}", raw, **options)


def check(answer: Any, status: int, *fields: str) -> None:
    body = answer.json()
    assert (answer.status_code, body["status_code"]) == (status, status), body
    assert set(fields) <= set(body["errors"]), body["errors"]
    assert all(body["errors"].values())


@pytest.mark.parametrize(
    ("path", "field", "value"), FIELDS, ids=[f"{p}{f}={v!r:.30}" for p, f, v in FIELDS]
)
def test_a_value_that_means_nothing_is_400_and_named(
    doctor: Doctor, path: str, field: str, value: Any
) -> None:
    role, good = GOOD[path]
    asked = {**good, field: value}
    if path == "register/" and field == "password":
        asked["confirm_password"] = value
    check(send(role, "POST", path, asked), 400, field)


@pytest.mark.parametrize("path", GOOD)
def test_fields_that_are_missing_or_unknown_are_all_named(doctor: Doctor, path: str) -> None:
    role, good = GOOD[path]
    needed = {*good} - {"repeat_pattern", "repeat_days"}
    check(send(role, "POST", path, {}), 400, *needed)
    unknown = {"is_staff": True, "role": "admin", "status": "booked", "price": 0, "user": 1}
    check(send(role, "POST", path, {**good, **unknown}), 400, *unknown)
    many = {f"field{number}": number for number in range(1_001)}
    check(send(role, "POST", path, {**good, **many}), 400, *many)


BODIES: dict[str, str | bytes] = {
    "null": "null",
    "list": "[]",
    "text": '"x"',
    "number": "5",
    "truncated": '{"a": ',
    "trailing comma": '{"a": 1,}',
    "deep lists": "[" * 100_000,
    "deep objects": '{"a":' * 5_000,
    "NaN": '{"a": NaN}',
    "Infinity": '{"a": Infinity}',
    "long number": "9" * 5_000,
    "byte order mark": "\ufeff{}",
    "invalid UTF-8": b'{"a": "\xff"}',
}


@pytest.mark.parametrize("path", GOOD)
@pytest.mark.parametrize("body", BODIES.values(), ids=list(BODIES))
def test_a_body_that_is_no_object_is_400(path: str, body: str | bytes) -> None:
    check(send(GOOD[path][0], "POST", path, body), 400, BODY)


@pytest.mark.parametrize("path", GOOD)
def test_a_name_given_twice_and_a_number_beyond_all_are_named(path: str) -> None:
    role, good = GOOD[path]
    name = next(iter(good))
    twice = json.dumps(good)[:-1] + f', "{name}": 1}}'
    check(send(role, "POST", path, twice), 400, name)
    check(send(role, "POST", path, f'{{"{name}": 1e999}}'), 400, name)
    check(send(role, "POST", path, f'{{"{name}": "\\ud800"}}'), 400, name)


@pytest.mark.parametrize("path", GOOD)
def test_a_body_that_is_too_large_is_413(path: str) -> None:
    check(send(GOOD[path][0], "POST", path, '{"a": "' + "x" * 10_000_000 + '"}'), 413)


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/xml", "", "application/x-www-form-urlencoded"]
)
@pytest.mark.parametrize("path", GOOD)
def test_what_is_not_json_is_415(path: str, content_type: str) -> None:
    check(send(GOOD[path][0], "POST", path, "a=1", content_type=content_type), 415)


ADDRESSES = [
    "doctors/{}/",
    "doctors/{}/image/",
    "doctor/{}/timeslots/?date=2031-06-03",
    "doctor/{}/availability/?date=2031-06-03",
    "availability/{}/",
    "appointments/{}/cancel/",
    "reports/{}/file/",
]
NUMBERS = ["-1", "0", "1.5", "x", "9" * 30, "9" * 4500, "%00", "1;2", "\u0663", "..", "1%2F.."]


@pytest.mark.parametrize("path", ADDRESSES)
@pytest.mark.parametrize("number", NUMBERS, ids=[number[:9] for number in NUMBERS])
def test_an_id_in_the_path_that_cannot_be_is_404(path: str, number: str) -> None:
    role = "doctor" if path.startswith("availability") else "patient"
    method = "DELETE" if "cancel" in path else "GET"
    check(send(role, method, path.format(number)), 404)


QUERIES = [
    *(("doctor/{}/timeslots/", query, "date") for query in ("", "date=", "date=%00", "date=x")),
    ("doctor/{}/timeslots/", f"date={'2' * 10_000}", "date"),
    ("doctor/{}/timeslots/", "date=2031-06-03&date=2031-06-03", "date"),
    ("doctor/{}/timeslots/", "date=2031-06-03T00:00", "date"),
    ("doctors/", "page=0", "page"),
    ("doctors/", "page=-1", "page"),
    ("doctors/", "page=abc", "page"),
    ("doctors/", "page=%D9%A3", "page"),
    ("doctors/", "page_size=0", "page_size"),
    ("doctors/", "date=2031-02-30", "date"),
    ("doctors/", "search=%E2%80%AE", "search"),
]


@pytest.mark.parametrize(("path", "query", "field"), QUERIES)
def test_a_query_that_means_nothing_is_400_and_named(
    doctor: Doctor, path: str, query: str, field: str
) -> None:
    check(send("anonymous", "GET", f"{path.format(doctor.pk)}?{query}"), 400, field)


def test_pages_beyond_the_end_are_404_and_sizes_are_capped(doctor: Doctor) -> None:
    check(send("anonymous", "GET", f"doctors/?page={10**9}"), 404)
    check(send("anonymous", "GET", f"doctors/?page={'9' * 4500}"), 404)
    assert send("anonymous", "GET", f"doctors/?page_size={10**9}").status_code == 200
    assert send("anonymous", "GET", "doctors/?ordering=password").status_code == 200


@pytest.mark.parametrize(
    "credentials",
    [
        *("Bearer", "Bearer ", "bearer a b c", "Bearer \u00e9", "Basic eDp4", "Token x", "x"),
        f"Bearer {'x' * 64_000}",
        "Bearer eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJ1c2VyX2lkIjoiMSJ9.",
    ],
    ids=range(9),
)
def test_credentials_that_cannot_be_read_are_401(credentials: str) -> None:
    check(send("", "GET", "profile/", headers={"Authorization": credentials}), 401)


@pytest.mark.parametrize(
    ("role", "method", "path"),
    [
        ("patient", "GET", "book-appointment/"),
        ("anonymous", "POST", "doctors/"),
        ("patient", "TRACE", "profile/"),
        ("patient", "PUT", "profile/"),
        ("admin", "DELETE", "closures/"),
        ("anonymous", "PROPFIND", "doctors/"),
        ("anonymous", "OPTIONS", "register/"),
    ],
)
def test_a_method_that_is_not_there_is_405(role: str, method: str, path: str) -> None:
    check(send(role, method, path, headers={"X-HTTP-Method-Override": "GET"}), 405)


def test_head_is_answered_like_get_without_a_body(doctor: Doctor) -> None:
    answer = send("anonymous", "HEAD", "doctors/")
    assert (answer.status_code, answer.content) == (200, b"")


def test_a_path_without_its_slash_is_404_and_loses_nothing_by_a_redirect() -> None:
    check(send("anonymous", "POST", "login", {"email": "a@x.org", "password": "x"}), 404)


def test_only_json_is_spoken() -> None:
    check(send("anonymous", "GET", "doctors/", headers={"Accept": "application/xml"}), 406)
    answer = send("anonymous", "GET", "doctors/?format=api")
    assert answer.headers["Content-Type"] == "application/json"


def test_a_form_is_not_taken_for_json() -> None:
    client = Client()
    answer = client.post("/api/login/", {"email": "a@x.org", "password": "x"})
    check(answer, 415)
    file = SimpleUploadedFile("x.json", b"{}", "application/json")
    check(client.post("/api/register/", {"file": file}), 415)


@pytest.mark.parametrize(
    "name", ["\U0001f469\u200d\U0001f52c", "O'Brien", "\u674e", "\u0645\u0631\u064a\u0645", "<b>"]
)
def test_names_in_any_script_are_kept_as_they_are(name: str) -> None:
    answer = send("anonymous", "POST", "register/", {**REGISTRATION, "name": name})
    assert answer.status_code == 201, answer.json()


@pytest.mark.parametrize("password", ["\U0001f40e\U0001f50b" * 6, "ends in a blank  "])
def test_a_password_is_kept_exactly(password: str) -> None:
    body = {**REGISTRATION, "password": password, "confirm_password": password}
    assert send("anonymous", "POST", "register/", body).status_code == 201
    asked = {"email": REGISTRATION["email"], "password": password}
    assert send("anonymous", "POST", "login/", asked).status_code == 200
    asked["password"] = password.strip()[:-1]
    check(send("anonymous", "POST", "login/", asked), 401)


@pytest.mark.parametrize("path", ["register/", "resend-otp/", "password/reset/"])
def test_a_text_that_is_too_long_is_refused_before_it_is_looked_at(path: str) -> None:
    """A domain of such signs takes a second for each hundred thousand to be turned into ASCII."""
    asked = {**GOOD[path][1], "email": "a@" + "\ufdfa" * 300_000}
    answer = send("anonymous", "POST", path, asked)
    check(answer, 400, "email")
    assert "254" in answer.json()["errors"]["email"][0]


def test_an_address_with_a_line_break_behind_it_is_trimmed() -> None:
    body = {**REGISTRATION, "email": "noor@example.org\n"}
    answer = send("anonymous", "POST", "register/", body)
    assert answer.json()["data"] == {"email": "noor@example.org"}
