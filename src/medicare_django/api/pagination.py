from typing import Any, cast

from django.core.paginator import Page
from django.db.models import QuerySet
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from medicare_django.api.responses import custom200


class Pages(PageNumberPagination):
    """A page that does not exist is 404; what cannot be read as a number is 400."""

    page_size = 20
    max_page_size = 100
    page_size_query_param = "page_size"
    last_page_strings = ()
    message = "OK"

    def get_page_number(self, request: Request, paginator: Any) -> int:
        return _number(request, "page", 1, "Enter a whole number from 1 on.")

    def get_page_size(self, request: Request) -> int:
        size = _number(request, "page_size", self.page_size, "Enter a whole number from 1 to 100.")
        return min(size, self.max_page_size)

    def get_paginated_response(self, data: Any) -> Response:
        page = cast("Page[Any]", self.page)
        found = {
            "count": page.paginator.count,
            "next": self.get_next_link(),
            "previous": self.get_previous_link(),
            "results": data,
        }
        return custom200(self.message, found)


def paged(
    view: APIView,
    rows: QuerySet[Any],
    data: type[BaseSerializer[Any]],
    **context: Any,
) -> Response:
    """Answer with the page that the view's request asks for."""
    pages = Pages()
    page = pages.paginate_queryset(rows, view.request, view)
    return pages.get_paginated_response(data(page, many=True, context=context).data)


def _number(request: Request, name: str, default: int, message: str) -> int:
    """Read one number in ASCII digits, huge ones as the largest that anybody needs."""
    texts = request.query_params.getlist(name) or [str(default)]
    text = texts[-1]
    if len(texts) > 1 or not (text.isascii() and text.isdigit() and text.strip("0")):
        raise ValidationError({name: [message]})
    # Python refuses to read thousands of digits.
    digits = text.lstrip("0")
    return int(digits) if len(digits) < 10 else 10**9
