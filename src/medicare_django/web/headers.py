from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

_NOT_NEEDED = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"


def page_headers(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Say on every answer what its page may not do, and how long a browser may keep it.

    None shows a page again after its reader has logged out.
    """

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response.headers.setdefault("Permissions-Policy", _NOT_NEEDED)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if settings.SESSION_COOKIE_NAME in request.COOKIES and not _is_static(request):
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    return answer


def _is_static(request: HttpRequest) -> bool:
    return request.path_info.startswith(settings.STATIC_URL)
