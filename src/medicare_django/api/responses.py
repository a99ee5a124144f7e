"""The envelope: the shape of every answer under /api/."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import wraps
from http import HTTPStatus
from typing import Any, ParamSpec

from rest_framework.response import Response

from medicare_core.errors import (
    BookingError,
    InvalidValue,
    NotFound,
    TimeRefused,
    WriteConflict,
)

Errors = Mapping[str, Sequence[str]]
P = ParamSpec("P")

NON_FIELD = "non_field_errors"
CHALLENGE = 'Bearer realm="api"'
_NAMED_ON_DATE = {"too_far", "time_off"}


def custom200(message: str, data: Any = None) -> Response:
    return _success(HTTPStatus.OK, message, data)


def custom201(message: str, data: Any = None) -> Response:
    return _success(HTTPStatus.CREATED, message, data)


def custom400(message: str, errors: Errors, **more: Any) -> Response:
    return failure(HTTPStatus.BAD_REQUEST, message, errors, **more)


def custom401(message: str, errors: Errors | None = None, **more: Any) -> Response:
    response = failure(HTTPStatus.UNAUTHORIZED, message, errors, **more)
    response["WWW-Authenticate"] = CHALLENGE
    return response


def custom403(message: str, errors: Errors | None = None, **more: Any) -> Response:
    return failure(HTTPStatus.FORBIDDEN, message, errors, **more)


def custom404(message: str, errors: Errors | None = None, **more: Any) -> Response:
    return failure(HTTPStatus.NOT_FOUND, message, errors, **more)


def custom409(message: str, errors: Errors, **more: Any) -> Response:
    return failure(HTTPStatus.CONFLICT, message, errors, **more)


def custom422(message: str, errors: Errors, **more: Any) -> Response:
    return failure(HTTPStatus.UNPROCESSABLE_ENTITY, message, errors, **more)


def custom503(
    message: str, errors: Errors | None = None, *, retry_after: int | None = 1, **more: Any
) -> Response:
    """`retry_after` is in seconds; None where another try would not help."""
    response = failure(HTTPStatus.SERVICE_UNAVAILABLE, message, errors, **more)
    if retry_after is not None:
        response["Retry-After"] = str(retry_after)
    return response


def failure(
    status: HTTPStatus, message: str, errors: Errors | None = None, **more: Any
) -> Response:
    return Response(failure_body(status, message, errors, **more), status=status)


def failure_body(
    status: HTTPStatus, message: str, errors: Errors | None = None, **more: Any
) -> dict[str, Any]:
    """Without `errors` the message is all there is to say. `more` stands at top level."""
    return {
        "status": status.phrase,
        "status_code": status.value,
        "message": message,
        "errors": errors or {NON_FIELD: [message]},
        **more,
    }


def flatten_errors(detail: Any, path: str = "") -> dict[str, list[str]]:
    """Turn nested errors into sentences by field: `address.street`, `repeat_days[2]`."""
    found: dict[str, list[str]] = {}
    for field, sentence in _sentences(detail, path):
        found.setdefault(field or NON_FIELD, []).append(sentence)
    return found


def _sentences(detail: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(detail, Mapping):
        for key, part in detail.items():
            yield from _sentences(part, _below(path, key))
    elif isinstance(detail, list | tuple):
        for i, part in enumerate(detail):
            yield from _sentences(part, path if isinstance(part, str) else f"{path}[{i}]")
    else:
        yield path, str(detail)


def _below(path: str, key: str | int) -> str:
    if key == NON_FIELD:
        return path
    if isinstance(key, int):
        return f"{path}[{key}]"
    return f"{path}.{key}" if path else key


def try_except_wrapper(view: Callable[P, Response]) -> Callable[P, Response]:
    """Answer the core's errors with the envelope; all others pass to the exception handler.

    The message of a failure is the `failure_message` of the view's class.
    """

    @wraps(view)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> Response:
        try:
            return view(*args, **kwargs)
        except BookingError as error:
            return _booking_failure(failure_message_of(args[0] if args else None), error)

    return wrapped


def failure_message_of(view: object) -> str:
    return getattr(view, "failure_message", "Request failed")


def _booking_failure(message: str, error: BookingError) -> Response:
    if isinstance(error, InvalidValue):
        return custom400(message, {error.field: [error.message]})
    if isinstance(error, NotFound):
        return custom404(error.message)
    if isinstance(error, WriteConflict):
        return custom503(error.message, code=error.code)
    field = "date" if error.code in _NAMED_ON_DATE else "time"
    more = {"code": error.code, **_alternatives(error)}
    return custom409(message, {field: [error.message]}, **more)


def _alternatives(error: BookingError) -> dict[str, Any]:
    if not isinstance(error, TimeRefused) or not error.alternatives:
        return {}
    return {
        "alternatives": [
            {
                "date": start.date().isoformat(),
                "time": start.strftime("%H:%M"),
                "starts_at": start.isoformat(),
            }
            for start in error.alternatives
        ]
    }


def _success(status: HTTPStatus, message: str, data: Any) -> Response:
    return Response(success_body(status, message, data), status=status)


def success_body(status: HTTPStatus, message: str, data: Any) -> dict[str, Any]:
    return {
        "status": "Success" if status is HTTPStatus.OK else status.phrase,
        "status_code": status.value,
        "message": message,
        "data": {} if data is None else data,
    }
