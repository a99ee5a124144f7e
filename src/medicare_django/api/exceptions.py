"""The one place where what went wrong, expected or not, becomes an answer."""

import logging
import math
import traceback
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views import defaults
from rest_framework import exceptions
from rest_framework.response import Response

from medicare_core.errors import WriteConflict
from medicare_django.accounts.contention import UNAVAILABLE
from medicare_django.accounts.lockout import Locked
from medicare_django.accounts.pictures import BUSY, PicturesBusy
from medicare_django.api.responses import (
    custom400,
    custom503,
    failure,
    failure_body,
    failure_message_of,
    flatten_errors,
)

logger = logging.getLogger(__name__)

_PLAIN_CODES = {"permission_denied", "invalid", "error"}


class TooLarge(exceptions.APIException):
    """`detail` may name the field, as that of a ValidationError does."""

    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class TooMany(exceptions.Throttled):
    """`wait` is the seconds that the second of its two sentences tells."""

    extra_detail_singular = "You can try again in {wait} second."
    extra_detail_plural = "You can try again in {wait} seconds."


def handle(error: Exception, context: dict[str, Any]) -> Response:
    """Answer any error of an API view; what nobody expected is logged and answered with 500."""
    if isinstance(error, exceptions.ValidationError):
        return custom400(failure_message_of(context.get("view")), flatten_errors(error.detail))
    known = _as_api_exception(error)
    if known is not None:
        return _answer(known)
    if isinstance(error, (WriteConflict, *UNAVAILABLE)):
        _log(error)
        return custom503("The database is busy. Please try again.")
    if isinstance(error, PicturesBusy):
        return custom503(BUSY, retry_after=5)
    _log(error)
    return failure(
        HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong on our side. Please try again."
    )


def _as_api_exception(error: Exception) -> exceptions.APIException | None:
    if isinstance(error, exceptions.Throttled) and not isinstance(error, TooMany):
        return TooMany(getattr(error, "wait", None), "Too many requests.")
    if isinstance(error, exceptions.APIException):
        return error
    if isinstance(error, Locked):
        return TooMany(error.seconds, "Too many attempts.")
    if isinstance(error, Http404):
        return exceptions.NotFound()
    if isinstance(error, PermissionDenied):
        return exceptions.PermissionDenied()
    if isinstance(error, RequestDataTooBig):
        return TooLarge("The request is too large.")
    if isinstance(error, SuspiciousOperation):
        return exceptions.ParseError("The request cannot be read.")
    return None


def _answer(error: exceptions.APIException) -> Response:
    more: dict[str, Any] = {}
    code = error.get_codes()
    if isinstance(error, exceptions.PermissionDenied) and code not in _PLAIN_CODES:
        more["code"] = code
    errors = flatten_errors(error.detail)
    message = next(iter(errors.values()))[0]
    response = failure(HTTPStatus(error.status_code), message, errors, **more)
    wait = getattr(error, "wait", None)
    if wait is not None:
        response["Retry-After"] = str(max(1, math.ceil(wait)))
    challenge = getattr(error, "auth_header", None)
    if challenge:
        response["WWW-Authenticate"] = challenge
    return response


def _log(error: Exception) -> None:
    # Where, but not what: the text of an error may hold what the client sent.
    frames = "".join(traceback.format_tb(error.__traceback__))
    logger.error("%s in an API view\n%s", type(error).__name__, frames)


def _outside_views(status: HTTPStatus, page: Callable[..., HttpResponse]) -> Callable[..., Any]:
    """Answer under /api/ with the envelope where no API view was reached, elsewhere with a page."""

    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.path_info.startswith("/api/"):
            try:
                return page(request, *args, **kwargs)
            except UNAVAILABLE:  # which alone could tell who is reading
                request.user = AnonymousUser()
                return page(request, *args, **kwargs)
        body = failure_body(status, f"{status.phrase}.")
        return JsonResponse(body, status=status)

    return answer


bad_request = _outside_views(HTTPStatus.BAD_REQUEST, defaults.bad_request)
permission_denied = _outside_views(HTTPStatus.FORBIDDEN, defaults.permission_denied)
page_not_found = _outside_views(HTTPStatus.NOT_FOUND, defaults.page_not_found)
server_error = _outside_views(HTTPStatus.INTERNAL_SERVER_ERROR, defaults.server_error)
