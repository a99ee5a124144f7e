"""What is turned away before Django reads it: over the WSGI callable, as servers call it."""

import json
from io import BytesIO
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest
from attrs import frozen
from django.core.wsgi import get_wsgi_application
from django.utils import timezone

from medicare_django.accounts import tokens
from medicare_django.front_door import front_door
from tests.integration.api_client import call
from tests.integration.factories import make_patient

# A request looks after the connection, if an earlier test has left one open.
pytestmark = pytest.mark.django_db
JSON = "application/json"


@frozen
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes


class Unread(BytesIO):
    def read(self, size: int | None = -1) -> bytes:
        raise AssertionError("It was read.")


def ask(path: str, **environ: Any) -> Reply:
    setup_testing_defaults(environ)
    environ |= {"PATH_INFO": path, "QUERY_STRING": "page_size=%FF", "HTTP_HOST": "testserver"}
    started: list[tuple[int, dict[str, str]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], *_: object) -> Any:
        started.append((int(status[:3]), dict(headers)))

    body = b"".join(front_door(get_wsgi_application())(environ, start_response))
    [(status, headers)] = started
    return Reply(status, headers, body)


@pytest.mark.parametrize(
    "charset",
    ["zlib", "bz2", "hex", "punycode", "undefined", "utf-7", "UTF-16", "latin-1", "nonsense", ""],
)
def test_only_utf_8_is_read(charset: str) -> None:
    reply = ask("/api/doctors/", CONTENT_TYPE=f"{JSON}; charset={charset}")
    body = json.loads(reply.body)
    assert (reply.status, body["status_code"], body["status"]) == (
        415,
        415,
        "Unsupported Media Type",
    )
    assert repr(charset) in body["message"]
    assert body["errors"] == {"non_field_errors": [body["message"]]}
    assert reply.headers["Content-Length"] == str(len(reply.body))


@pytest.mark.parametrize(
    "kind", [f"{JSON}; charset*=zlib''%41", f"{JSON}; a*=nonsense'en'x", f"{JSON}; a*0*=bz2''%FF"]
)
def test_a_content_type_that_nobody_can_read_is_no_error_of_ours(kind: str) -> None:
    assert ask("/api/doctors/", CONTENT_TYPE=kind).status < 500


@pytest.mark.parametrize(
    "kind",
    ["", JSON, f"{JSON}; charset=utf-8", f'{JSON};CHARSET="UTF-8"', f"{JSON}; charset=utf8"],
)
def test_utf_8_by_any_of_its_names_passes(kind: str) -> None:
    assert ask("/api/nothing/", CONTENT_TYPE=kind).status == 404


def test_a_body_in_chunks_is_asked_for_whole() -> None:
    chunked = {"REQUEST_METHOD": "POST", "CONTENT_TYPE": JSON, "HTTP_TRANSFER_ENCODING": "chunked"}
    reply = ask("/api/login/", **chunked)
    body = json.loads(reply.body)
    assert (reply.status, body["status_code"], body["status"]) == (411, 411, "Length Required")
    assert "Content-Length" in body["message"]


def test_outside_the_api_the_answer_is_plain_text() -> None:
    reply = ask("/admin/login/", CONTENT_TYPE="text/plain; charset=zlib")
    assert (reply.status, reply.headers["Content-Type"]) == (415, "text/plain; charset=utf-8")
    assert reply.body == b"Send text in UTF-8, not in 'zlib'."


def test_a_page_that_was_sent_too_much_says_how_much_it_takes() -> None:
    reply = ask("/reports/upload/", **{"CONTENT_LENGTH": "20000000", "wsgi.input": Unread()})
    assert (reply.status, reply.headers["Content-Type"]) == (413, "text/html; charset=utf-8")
    assert b"10 MB at most" in reply.body
    assert b"web/medicare.css" in reply.body
    assert reply.headers["Content-Length"] == str(len(reply.body))
    assert "default-src 'none'" in reply.headers["Content-Security-Policy"]


@pytest.mark.parametrize(("path", "status"), [("doctors/", 405), ("login/", 405), ("none/", 404)])
def test_options_is_answered_as_any_method_that_is_not_there(path: str, status: int) -> None:
    answer = call("OPTIONS", path)
    assert (answer.status, answer.body["status_code"]) == (status, status)
    assert "errors" in answer.body


@pytest.mark.parametrize(
    ("length", "status"),
    [("-1", 400), ("x", 400), ("\u0663", 400), ("10" * 9, 413), ("9" * 5000, 413)],
)
def test_a_length_that_cannot_be_is_refused_before_anything_is_read(
    length: str, status: int
) -> None:
    reply = ask("/api/login/", **{"CONTENT_LENGTH": length, "wsgi.input": Unread()})
    assert (reply.status, json.loads(reply.body)["status_code"]) == (status, status)


def test_a_content_type_that_takes_long_to_read_is_refused() -> None:
    reply = ask("/api/doctors/", CONTENT_TYPE='a/b; x="' + ";" * 200_000)
    assert (reply.status, reply.headers["Cache-Control"]) == (415, "no-store")


def test_a_body_that_was_cut_off_is_not_acted_on() -> None:
    body = {"CONTENT_LENGTH": "3", "wsgi.input": BytesIO(b"{}"), "REQUEST_METHOD": "POST"}
    reply = ask("/api/login/", CONTENT_TYPE=JSON, **body)
    assert (reply.status, "cut off" in json.loads(reply.body)["message"]) == (400, True)


@pytest.mark.django_db(transaction=True)
def test_who_asks_is_looked_at_after_the_whole_body_has_come() -> None:
    """A body that is held back must not act for a login that ended meanwhile."""
    user = make_patient()
    access = tokens.start_login(user, timezone.now()).access

    class Late(BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            tokens.end_logins(user, timezone.now())
            return super().read(size)

    body = b'{"place": "Rome"}'
    late = {"CONTENT_LENGTH": str(len(body)), "wsgi.input": Late(body), "REQUEST_METHOD": "PATCH"}
    credentials = {"HTTP_AUTHORIZATION": f"Bearer {access}"}
    assert ask("/api/profile/", CONTENT_TYPE=JSON, **credentials, **late).status == 401
    user.refresh_from_db()
    assert user.place == ""
