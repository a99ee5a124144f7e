"""The REST API as a client sees it: JSON in, status and JSON out."""

import json
from typing import Any

from attrs import frozen
from django.test import Client

from medicare_django.accounts.codes import code_text
from medicare_django.accounts.models import OneTimeCode, UserProfile
from tests.integration.factories import PASSWORD


@frozen
class Answer:
    status: int
    body: Any
    headers: dict[str, str]

    @property
    def data(self) -> Any:
        return self.body["data"]

    @property
    def errors(self) -> Any:
        return self.body["errors"]


def call(method: str, path: str, body: Any = None, *, token: str = "", **headers: str) -> Answer:
    """Send `body` as JSON to /api/<path>; every answer of the API has to be JSON."""
    if token:
        headers["Authorization"] = f"Bearer {token}"
    response = Client(raise_request_exception=False).generic(
        method,
        f"/api/{path}",
        data="" if body is None else json.dumps(body),
        content_type="application/json",
        headers=headers,
    )
    return Answer(response.status_code, response.json(), dict(response.headers))


def post(path: str, body: Any = None, *, token: str = "") -> Answer:
    return call("POST", path, body, token=token)


def get(path: str, *, token: str = "") -> Answer:
    return call("GET", path, token=token)


def log_in(user: UserProfile, password: str = PASSWORD) -> Any:
    """Return `access`, `refresh` and `user`."""
    answer = post("login/", {"email": user.email, "password": password})
    assert answer.status == 200, answer
    return answer.data


def mailed_code(email: str) -> str:
    """Return the code in force that proves this address, as the mail would show it."""
    code = OneTimeCode.objects.filter(email=email).latest("id")
    text = code_text(code)
    assert text is not None
    return text
