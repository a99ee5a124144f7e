"""The id that all lines of one request, or of one background task, have in common."""

import re
import time
from collections.abc import Callable
from contextvars import ContextVar
from logging import getLogger
from typing import Any
from uuid import uuid4

from attrs import frozen
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.functional import empty

HEADER = "X-Request-ID"
_TOLD = re.compile(r"[0-9A-Za-z-]{8,64}")

logger = getLogger(__name__)


@frozen
class Origin:
    """What the lines that are written now are about."""

    id: str = ""
    request: HttpRequest | None = None


_NOTHING = Origin()
_origin: ContextVar[Origin] = ContextVar("origin", default=_NOTHING)


def request_id() -> str:
    """The id of the request or task that this thread is at work on; "" where there is none."""
    return _origin.get().id


def user_id() -> str:
    """Who sent the request, as far as somebody has asked that already; else ""."""
    return _user_of(_origin.get().request)


def request_ids(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Give each request an id, send it back, and write one line about its answer.

    The line names the route rather than the path, and no query: both may hold what is personal.
    """

    def answer(request: HttpRequest) -> HttpResponseBase:
        begun = time.perf_counter()
        identified = Origin(_id_of(request), request)
        _origin.set(identified)  # until `forget`: Django has a word to say after us
        response = get_response(request)
        response.headers[HEADER] = identified.id
        _log(request, response, time.perf_counter() - begun)
        return response

    return answer


def begin_task(task_id: str = "", **_: Any) -> None:
    _origin.set(Origin(task_id))


def forget(**_: Any) -> None:
    _origin.set(_NOTHING)


def _id_of(request: HttpRequest) -> str:
    """Take over the one of our own proxy, so that its log and ours can be laid side by side."""
    told = request.headers.get(HEADER, "")
    if settings.TRUSTED_PROXIES and _TOLD.fullmatch(told):
        return told
    return uuid4().hex


def _log(request: HttpRequest, response: HttpResponseBase, seconds: float) -> None:
    found = request.resolver_match
    fields = {
        "method": request.method,
        "route": f"/{found.route}" if found else "-",
        "status": response.status_code,
        "milliseconds": round(1000 * seconds),
    }
    line = "%(method)s %(route)s %(status)s in %(milliseconds)s ms"
    logger.info(line, fields, extra={"fields": fields})


def _user_of(request: HttpRequest | None) -> str:
    user = getattr(request, "user", None)
    # A page finds out lazily who asks, and writing a line must not make it: that is a query.
    user = getattr(user, "_wrapped", user)
    if user is None or user is empty or user.pk is None:
        return ""
    return str(user.pk)
