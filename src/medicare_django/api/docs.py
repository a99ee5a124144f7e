"""The description of the API: for machines, and as a page for people. Open to anyone."""

from functools import cache
from typing import Any

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from medicare_django.api.throttles import AnonymousThrottle
from medicare_django.api.views import PublicView

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@cache
def description() -> Any:
    """Made once: it takes longer than any other answer, and anyone may ask for it."""
    return SchemaGenerator().get_schema(request=None, public=True)


class Description(PublicView):
    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        return Response(description())


class Page(SpectacularSwaggerSplitView):
    authentication_classes = ()
    permission_classes = ()
    throttle_classes = (AnonymousThrottle,)
    template_name = "api/docs.html"  # the package's own has an inline style
    url_name = "schema"

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        if response.exception:  # in the envelope, as everywhere
            request.accepted_renderer, request.accepted_media_type = (
                JSONRenderer(),
                "application/json",
            )
        answer = super().finalize_response(request, response, *args, **kwargs)
        answer["Content-Security-Policy"] = _POLICY
        return answer
