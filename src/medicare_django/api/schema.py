"""The OpenAPI description: what each operation takes and answers, in the envelope.

A view's method says it with `describe`; `examples` has one of each. What follows from the view
itself (who may, which parsers, how often) is read off it.
"""

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any, TypeVar

from django.utils import timezone
from drf_spectacular.extensions import (
    OpenApiAuthenticationExtension,
    OpenApiSerializerExtension,
)
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
)
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated

from medicare_django.api.authentication import OptionalLogin
from medicare_django.api.examples import examples
from medicare_django.api.responses import success_body
from medicare_django.api.shapes import Failure, PageQuery, Refusal

_WITH_RETRY_AFTER = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}

View = TypeVar("View", bound=Callable[..., Any])
Shape = type[serializers.BaseSerializer[Any]] | serializers.BaseSerializer[Any]

_TAGS = {
    "registration": "Accounts",
    "sessions": "Accounts",
    "passwords": "Accounts",
    "profile": "Accounts",
    "doctors": "Doctors",
    "staff": "Doctors",
    "schedule": "Hours, time off and closures",
    "absences": "Hours, time off and closures",
    "appointments": "Appointments",
    "history": "Appointments",
    "reports": "Reports",
}


class Enveloped(OpenApiResponse):
    """A success; `paged` ones hold a page of what they list. The example is of the `usual` one."""

    def __init__(self, shape: Shape | None, *, paged: bool = False, usual: bool = True) -> None:
        super().__init__(shape)
        self.paged = paged
        self.usual = usual


def describe(
    operation: str,
    summary: str,
    *,
    takes: Shape | dict[str, type[serializers.Serializer[Any]]] | None = None,
    query: Iterable[type[serializers.Serializer[Any]]] = (),
    headers: Iterable[OpenApiParameter] = (),
    gives: Shape | None = None,
    lists: type[serializers.Serializer[Any]] | None = None,
    bare: Shape | None = None,
    files: tuple[str, ...] = (),
    status: HTTPStatus = HTTPStatus.OK,
    also: Shape | None = None,
    fails: Iterable[HTTPStatus] = (),
) -> Callable[[View], View]:
    """`lists` is a page of a shape, `bare` has no envelope, `files` are the types of a file.

    `headers` are those of the request, and those of answers that name their `response`.
    `also` is a second success, with 200.
    `fails` are the failures that the view itself does not show.
    """
    found: dict[Any, Any] = {}
    if files:
        found[(status.value, *files)] = OpenApiTypes.BINARY
    elif bare:
        found[status.value] = bare
    else:
        found[status.value] = Enveloped(lists or gives, paged=lists is not None)
    if also is not None:
        found[HTTPStatus.OK.value] = Enveloped(also, usual=False)
    asked: list[type[serializers.Serializer[Any]]] = [*query, *([PageQuery] if lists else [])]
    failures = set(fails)
    failures |= {HTTPStatus.BAD_REQUEST} if takes or asked else set()
    failures |= {HTTPStatus.NOT_FOUND} if lists else set()
    for each in failures:
        found[each.value] = Refusal if each is HTTPStatus.CONFLICT else Failure
    return extend_schema(
        operation_id=operation,
        summary=summary,
        request=takes,
        parameters=[*asked, *headers],
        responses=found,
    )


class Schema(AutoSchema):
    def get_tags(self) -> list[str]:
        return [_TAGS[type(self.view).__module__.rpartition(".")[2]]]

    def get_auth(self) -> list[dict[str, Any]]:
        if OptionalLogin in self.view.authentication_classes:
            return [{}, {BearerToken.name: []}]
        return super().get_auth() if self.view.permission_classes else []

    def get_examples(self) -> list[OpenApiExample]:
        """Those of requests; what is answered stands with the answer."""
        example = self._example()
        if "takes" not in example:
            return []
        return [
            OpenApiExample("Request", example["takes"], request_only=True, media_type=media_type)
            for media_type in self.map_parsers()
        ]

    def _example(self) -> dict[str, Any]:
        return examples(timezone.localdate())[self.get_operation_id()]

    def _get_response_bodies(self, direction: Any = "response") -> Any:
        found = super()._get_response_bodies(direction)
        for status in self._failures():
            code = str(status.value)
            found.setdefault(code, self._get_response_for_code(Failure, code))
        return dict(sorted(found.items()))

    def _failures(self) -> Iterable[HTTPStatus]:
        yield HTTPStatus.SERVICE_UNAVAILABLE
        if self.view.permission_classes:
            yield HTTPStatus.UNAUTHORIZED
        if any(each is not IsAuthenticated for each in self.view.permission_classes):
            yield HTTPStatus.FORBIDDEN
        if "{" in self.path:
            yield HTTPStatus.NOT_FOUND
        if self.view.throttle_classes:
            yield HTTPStatus.TOO_MANY_REQUESTS
        if self.method in {"POST", "PUT", "PATCH"}:
            yield HTTPStatus.REQUEST_ENTITY_TOO_LARGE
            yield HTTPStatus.UNSUPPORTED_MEDIA_TYPE

    def _get_response_for_code(
        self, serializer: Any, status_code: str, *args: Any, **options: Any
    ) -> Any:
        found: Any = super()._get_response_for_code(  # type: ignore[no-untyped-call]  # not annotated
            serializer, status_code, *args, **options
        )
        status = HTTPStatus(int(status_code))
        found["description"] = status.phrase
        if status in _WITH_RETRY_AFTER:
            found["headers"] = {"Retry-After": {"schema": {"type": "integer"}}}
        if isinstance(serializer, Enveloped):
            content = found.setdefault("content", {}).setdefault("application/json", {})
            data = content.get("schema") or _object({})
            content["schema"] = _envelope(_page(data) if serializer.paged else data)
            if serializer.usual:
                content["example"] = success_body(status, "...", self._example()["gives"])
        elif status < HTTPStatus.BAD_REQUEST and "answers" in self._example():
            found["content"]["application/json"]["example"] = self._example()["answers"]
        return found


class BearerToken(OpenApiAuthenticationExtension):
    target_class = "medicare_django.api.authentication.LoginAuthentication"
    name = "access token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}


class StartShape(OpenApiSerializerExtension):
    """A start is said in one of two ways."""

    target_class = "medicare_django.api.appointments.Start"
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: Any) -> Any:
        found = auto_schema._map_serializer(  # noqa: SLF001 - as its documentation shows
            self.target, direction, bypass_extensions=True
        )
        ways = ["date", "time"], ["starts_at"]
        found["required"] = sorted({*found["required"]} - {*ways[0]})
        found["oneOf"] = [
            {"required": way, "properties": dict.fromkeys(other, False)}
            for way, other in (ways, ways[::-1])
        ]
        return found


def close_objects(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Unknown fields are refused, and none is answered that is not described."""
    for body in _bodies(result):
        body["required"] = True
    for component in result["components"]["schemas"].values():
        if component.get("type") == "object" and "properties" in component:
            component.setdefault("additionalProperties", False)
    _drop(result, "x-spec-enum-id")
    return result


def _bodies(result: dict[str, Any]) -> Iterable[dict[str, Any]]:
    """Those of which something is needed, even where it may be one thing or another."""
    for methods in result["paths"].values():
        for method in {"post", "put"} & {*methods}:
            if "requestBody" in methods[method]:
                yield methods[method]["requestBody"]


def _drop(part: Any, name: str) -> None:
    if isinstance(part, dict):
        part.pop(name, None)
    for each in part.values() if isinstance(part, dict) else part:
        if isinstance(each, dict | list):
            _drop(each, name)


def _envelope(data: dict[str, Any]) -> dict[str, Any]:
    head = {
        "status": {"type": "string"},
        "status_code": {"type": "integer"},
        "message": {"type": "string"},
    }
    return _object({**head, "data": data})


def _page(results: dict[str, Any]) -> dict[str, Any]:
    link = {"type": ["string", "null"], "format": "uri"}
    found = {"count": {"type": "integer"}, "next": link, "previous": link}
    return _object({**found, "results": {"type": "array", "items": results}})


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
