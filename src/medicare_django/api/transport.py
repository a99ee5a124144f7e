"""What holds for every answer under /api/, whichever view gives it."""

from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase

from medicare_django.api.responses import failure_body

HTTPS_REQUIRED = "https_required"
_INSECURE = "Use https: what was sent by http may have been read on its way."


def api_transport(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Refuse http where a page would be redirected, and let nobody keep a copy of an answer.

    A redirect would hide from a program that its password went over the wire for all to see.
    """

    def answer(request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith("/api/"):
            return get_response(request)
        is_refused = settings.SECURE_SSL_REDIRECT and not request.is_secure()
        response = _refusal() if is_refused else get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return answer


def _refusal() -> HttpResponse:
    return JsonResponse(
        failure_body(HTTPStatus.FORBIDDEN, _INSECURE, code=HTTPS_REQUIRED),
        status=HTTPStatus.FORBIDDEN,
    )
