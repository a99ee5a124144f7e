"""The ways to log in, as those who stand before them see them."""

from typing import Any

from attrs import frozen
from django.test import Client

from tests.integration.factories import PASSWORD

HERE, THERE = "198.51.100.1", "198.51.100.2"


@frozen
class Door:
    """A way to log in. `refused` and `entered` are its statuses."""

    path: str
    refused: int
    entered: int

    def enter(
        self, email: str, password: str = PASSWORD, address: str = HERE, **headers: str
    ) -> Any:
        client = Client(REMOTE_ADDR=address, raise_request_exception=False)
        if not self.path.startswith("/api/"):
            form = {"email": email, "password": password, "next": "/admin/"}
            return client.post(self.path, form, headers=headers)
        body = {"email": email, "password": password}
        return client.post(self.path, body, content_type="application/json", headers=headers)

    def fail(self, email: str, **more: str) -> int:
        status: int = self.enter(email, "wrong", **more).status_code
        return status


ADMIN = Door("/admin/login/", refused=200, entered=302)
PAGES = [
    Door("/login/", refused=200, entered=302),
    Door("/doctor/login/", refused=200, entered=302),
    ADMIN,
]
LOGIN = Door("/api/login/", refused=401, entered=200)
TOKEN = Door("/api/token/", refused=401, entered=200)
