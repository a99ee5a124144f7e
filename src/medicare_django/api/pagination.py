from typing import Any, cast

from django.core.paginator import Page
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response

from medicare_django.api.responses import custom200


class Pages(PageNumberPagination):
    """A page that does not exist is 404; what cannot be read as a page size is 400."""

    page_size = 20
    max_page_size = 100
    page_size_query_param = "page_size"
    message = "OK"

    def get_page_size(self, request: Request) -> int | None:
        text = request.query_params.get("page_size")
        if text is None:
            return self.page_size
        if not (text.isascii() and text.isdigit() and text.strip("0")):
            raise ValidationError({"page_size": ["Enter a whole number from 1 to 100."]})
        # Long digits are not worth reading: Python refuses to read thousands of them.
        return min(int(text[:9]), self.max_page_size) if len(text) < 10 else self.max_page_size

    def get_paginated_response(self, data: Any) -> Response:
        page = cast("Page[Any]", self.page)
        found = {
            "count": page.paginator.count,
            "next": self.get_next_link(),
            "previous": self.get_previous_link(),
            "results": data,
        }
        return custom200(self.message, found)
