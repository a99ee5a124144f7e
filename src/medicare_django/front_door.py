"""Turns away, before Django reads them, requests that it would misread or stumble over.

Django decodes the query with the `charset` of the body, whatever codec that names; and a body in
chunks, whose length nobody told, it takes for none. The body is read here, whole: who is asking is
looked at before what is asked, and a body that came late would act for somebody who has been logged
out meanwhile.
"""

import json
from collections.abc import Iterable
from http import HTTPStatus
from io import BytesIO
from typing import TYPE_CHECKING

from csp.utils import build_policy
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.http import parse_header_parameters

from medicare_django.api.responses import failure_body

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_DIGITS = 18  # Python refuses to read thousands
_LONGEST_TYPE = 256
_CHARSETS = {"utf-8", "utf8"}
_HTML = "text/html; charset=utf-8"


def front_door(application: "WSGIApplication") -> "WSGIApplication":
    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        refusal = _refusal(environ) or _read_body(environ)
        if refusal is None:
            return application(environ, start_response)
        return _refuse(*refusal, environ, start_response)

    return answer


def _refusal(environ: "WSGIEnvironment") -> tuple[HTTPStatus, str] | None:
    if "HTTP_TRANSFER_ENCODING" in environ:
        return HTTPStatus.LENGTH_REQUIRED, "Send the body whole, with its Content-Length."
    content_type = environ.get("CONTENT_TYPE", "")
    if len(content_type) > _LONGEST_TYPE:  # which would take time to read
        return HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "The Content-Type is too long."
    try:
        _, parameters = parse_header_parameters(content_type)
    except (LookupError, ValueError):
        return HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "The Content-Type cannot be read."
    charset = parameters.get("charset", "utf-8")
    if charset.strip().lower() not in _CHARSETS:
        return HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"Send text in UTF-8, not in {charset[:40]!a}."
    return None


def _read_body(environ: "WSGIEnvironment") -> tuple[HTTPStatus, str] | None:
    text = environ.get("CONTENT_LENGTH", "").lstrip("0") or "0"
    if not (text.isascii() and text.isdigit()):
        return HTTPStatus.BAD_REQUEST, "The Content-Length cannot be read."
    if len(text) > _DIGITS or int(text) > settings.FILE_UPLOAD_MAX_MEMORY_SIZE:
        return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The request is too large."
    body = environ["wsgi.input"].read(int(text))
    if len(body) < int(text):
        return HTTPStatus.BAD_REQUEST, "The body was cut off."
    environ["wsgi.input"] = BytesIO(body)
    return None


def _refuse(
    status: HTTPStatus,
    message: str,
    environ: "WSGIEnvironment",
    start_response: "StartResponse",
) -> Iterable[bytes]:
    if environ.get("PATH_INFO", "").startswith("/api/"):
        kind, text = "application/json", json.dumps(failure_body(status, message))
    elif status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:  # the one that people bring about
        megabytes = settings.MAX_UPLOAD_BYTES // 2**20
        kind, text = _HTML, render_to_string("413.html", {"megabytes": megabytes})
    else:
        kind, text = "text/plain; charset=utf-8", message
    body = text.encode()
    headers = [
        ("Content-Type", kind),
        ("Content-Length", str(len(body))),
        ("Content-Security-Policy", build_policy()),
        ("X-Content-Type-Options", "nosniff"),
        ("Cache-Control", "no-store"),
    ]
    start_response(f"{status.value} {status.phrase}", headers)
    return [body]
