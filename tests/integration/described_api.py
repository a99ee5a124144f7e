"""A client that knows the address of the description, and nothing else of the API."""

import json
from typing import Any

from attrs import field, frozen
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import encode_multipart
from jsonschema import Draft202012Validator, FormatChecker

BOUNDARY = "a-boundary-of-parts"


@frozen
class Operation:
    path: str
    method: str
    says: dict[str, Any]

    def media_type(self, is_form: bool) -> str:
        """One that the operation takes; "" where it takes no body."""
        content = list(self.says.get("requestBody", {}).get("content", {}))
        if not content:
            return ""
        return next(str(each) for each in content if is_form is each.startswith("multipart"))

    def example(self, media_type: str) -> dict[str, Any]:
        content = self.says["requestBody"]["content"][media_type]
        found: dict[str, Any] = content["examples"]["Request"]["value"]
        return dict(found)


@frozen
class DescribedApi:
    """Every answer is held against what the description says of it."""

    document: dict[str, Any]
    operations: dict[str, Operation]
    done: set[str] = field(factory=set)

    @classmethod
    def read(cls) -> "DescribedApi":
        document = Client().get("/api/schema/").json()
        operations = {
            says["operationId"]: Operation(path, method, says)
            for path, methods in document["paths"].items()
            for method, says in methods.items()
        }
        return cls(document, operations)

    def call(
        self,
        name: str,
        changes: dict[str, Any] | None = None,
        *,
        token: str = "",
        query: dict[str, str] | None = None,
        form: bool = False,
        **path: Any,
    ) -> Any:
        """Send the example of the operation, with these changes; return the answer's `data`."""
        operation = self.operations[name]
        media_type = operation.media_type(form)
        body: Any = ""
        if media_type:
            body = {**operation.example(media_type), **(changes or {})}
            self.check(body, self._schema_of_body(operation, media_type))
            body = self._encode(body, form)
        answer = Client().generic(
            operation.method.upper(),
            operation.path.format(**path),
            body,
            content_type=f"{media_type}; boundary={BOUNDARY}" if form else media_type,
            headers={"Authorization": f"Bearer {token}"} if token else {},
            query_params=query or {},
        )
        self.done.add(name)
        return self._read(operation, answer)

    def check(self, value: Any, schema: dict[str, Any]) -> None:
        whole = {**schema, "components": self.document["components"]}
        files = {name: "" for name, part in _items(value) if isinstance(part, SimpleUploadedFile)}
        Draft202012Validator(whole, format_checker=FormatChecker()).validate(
            {**value, **files} if files else value
        )

    def _read(self, operation: Operation, answer: Any) -> Any:
        described = operation.says["responses"][str(answer.status_code)]["content"]
        schema = described[answer.headers["Content-Type"]]["schema"]
        if schema.get("format") == "binary":
            return b"".join(answer)
        body = answer.json()
        self.check(body, schema)
        assert answer.status_code < 300, body
        return body.get("data", body)

    def _schema_of_body(self, operation: Operation, media_type: str) -> dict[str, Any]:
        schema: dict[str, Any] = operation.says["requestBody"]["content"][media_type]["schema"]
        return schema

    def _encode(self, body: dict[str, Any], form: bool) -> Any:
        return encode_multipart(BOUNDARY, body) if form else json.dumps(body)

    def check_examples(self, name: str) -> int:
        """Hold the examples of an operation against its own schemas; return how many there are."""
        says = self.operations[name].says
        contents = [says.get("requestBody", {}), *says["responses"].values()]
        found = [
            (example, content["schema"])
            for part in contents
            for content in part.get("content", {}).values()
            for example in _examples(content)
        ]
        for example, schema in found:
            self.check(example, schema)
        return len(found)


def _items(value: Any) -> list[tuple[str, Any]]:
    return list(value.items()) if isinstance(value, dict) else []


def _examples(content: dict[str, Any]) -> list[Any]:
    named = [each["value"] for each in content.get("examples", {}).values()]
    return [*named, *([content["example"]] if "example" in content else [])]
