from rest_framework.views import APIView


class PublicView(APIView):
    """Reads no credentials at all: a stale token must not spoil what anyone may see."""

    authentication_classes = ()
    permission_classes = ()
