import logging
from collections.abc import Callable
from http import HTTPStatus

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string

from medicare_core.errors import WriteConflict

logger = logging.getLogger(__name__)


class BusyPage:
    """Answers a page whose database is busy, or that lost against others, with 503 and a page.

    Nothing was changed then, and the browser still has what was typed. The API answers for itself.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, WriteConflict | OperationalError):
            return None
        logger.warning("A page was answered with 503: %s", type(error).__name__)
        # Without the request: who is reading could only be asked of the database.
        page = render_to_string("web/busy.html")
        headers = {"Retry-After": "5"}
        return HttpResponse(page, status=HTTPStatus.SERVICE_UNAVAILABLE, headers=headers)
