from http import HTTPStatus

from django.http import HttpResponse
from django.template.loader import render_to_string


def busy_page() -> HttpResponse:
    """Nothing was changed; the browser still has what was typed.

    Without the request, since who is reading could only be asked of the database.
    """
    page = render_to_string("web/busy.html")
    headers = {"Retry-After": "5"}
    return HttpResponse(page, status=HTTPStatus.SERVICE_UNAVAILABLE, headers=headers)
