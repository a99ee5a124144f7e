"""What all pages of administrators start from."""

from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

from medicare_core.errors import NotFound
from medicare_django.web.portals import STAFF, PortalView


class StaffView(PortalView):
    portal = STAFF

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return super().dispatch(request, *args, **kwargs)
        except NotFound as gone:  # since this request began
            raise Http404 from gone
