"""The header by which a client asks again without booking again."""

import re
from http import HTTPStatus

from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
MAX_LENGTH = 255
_PATTERN = "^[!-~]+$"

PARAMETER = OpenApiParameter(
    HEADER,
    {"type": "string", "minLength": 1, "maxLength": MAX_LENGTH, "pattern": _PATTERN},
    OpenApiParameter.HEADER,
    description=(
        "Anything new for each booking, such as a UUID. The same request under the same key, sent "
        "again, is answered with the appointment that came of the first."
    ),
)
REPLAY = OpenApiParameter(
    REPLAYED,
    {"type": "string", "enum": ["true"]},
    OpenApiParameter.HEADER,
    response=[HTTPStatus.CREATED.value],
    description="There if an earlier request made the booking.",
)


def idempotency_key(request: Request) -> str | None:
    """Raises ValidationError, which names the header."""
    key = request.headers.get(HEADER)
    if key is not None and not (len(key) <= MAX_LENGTH and re.fullmatch(_PATTERN, key)):
        told = f"Send 1 to {MAX_LENGTH} printable ASCII characters without spaces."
        raise ValidationError({HEADER: [told]})
    return key
