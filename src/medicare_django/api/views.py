from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from medicare_django.accounts.pace import paced
from medicare_django.api.throttles import AnonymousThrottle


class PublicView(APIView):
    """Reads no credentials at all: a stale token must not spoil what anyone may see."""

    authentication_classes = ()
    permission_classes = ()
    throttle_classes: Sequence[type[BaseThrottle]] = (AnonymousThrottle,)


class PacedView(PublicView):
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with paced():
            return super().dispatch(request, *args, **kwargs)
