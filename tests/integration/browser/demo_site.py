"""The site with its demo data: a real server, on a database and with mails of its own.

The server is a process beside the tests rather than Django's live server within them. So it is
the very one that people use, middleware, mail thread and all; nothing of Django runs in the thread
in which Playwright keeps its event loop; and the database is a file, which is filled once and then
copied, so that each module of tests begins with the same demo.
"""

import http.client
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from email.message import Message
from enum import StrEnum
from itertools import count
from pathlib import Path
from typing import Any

from attrs import Factory, frozen
from playwright.sync_api import StorageState

from tests.integration import served_site
from tests.integration.browser import clock
from tests.integration.served_site import part, soon

PASSWORD = "medicare-demo"
REMINDER = "Your appointment: "
SEED = """
import django, time_machine
from django.core.management import call_command
from tests.integration.browser.clock import NOW
with time_machine.travel(NOW, tick=False):
    django.setup()
    call_command("migrate", verbosity=0)
    call_command("seed_demo")
"""


class Role(StrEnum):
    PATIENT = "patient"
    DOCTOR = "doctor"
    ADMIN = "admin"

    @property
    def email(self) -> str:
        return f"{self}@example.com"

    @property
    def login_path(self) -> str:
        return "/login/" if self is Role.PATIENT else f"/{self}/login/"


@frozen
class Site:
    port: int
    mails_in: Path
    logins: dict[Role, StorageState] = Factory(dict)
    """The cookies of who has logged in, for all windows that are opened after."""
    _numbers: Iterator[int] = Factory(lambda: count(1))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def new_address(self) -> str:
        """Give an e-mail that nobody has yet."""
        return f"new{next(self._numbers)}@example.net"

    def new_ip(self) -> str:
        return f"10.0.{'{}.{}'.format(*divmod(next(self._numbers), 256))}"

    def new_patient(self, name: str = "Noor Haddad") -> str:
        """Register somebody with `PASSWORD`, verified and without appointments; give the e-mail."""
        email = self.new_address()
        words = {"password": PASSWORD, "confirm_password": PASSWORD}
        self.post("register", {"name": name, "email": email, **words}, 201)
        self.post("verify-email", {"email": email, "otp": self.mailed_code(email)}, 200)
        return email

    def mails(self, email: str, number: int) -> list[str]:
        """Wait until there are so many, and give the text of each.

        Without reminders: they are due by the database's clock, which is months ahead of the demo's.
        """

        def news() -> list[Message]:
            mails = served_site.mails_to(email, self.mails_in)
            return [mail for mail in mails if not mail["Subject"].startswith(REMINDER)]

        return [part(mail, "text/plain") for mail in soon(news, number)]

    def mailed_code(self, email: str, number: int = 1) -> str:
        """Give the code in the last of so many mails."""
        return _in_the_last(self.mails(email, number), r"\b[0-9]{6}\b")

    def mailed_path(self, email: str, number: int = 1) -> str:
        """Give where the link in the last of so many mails leads, as a path of this site."""
        return _in_the_last(self.mails(email, number), rf"(?<={re.escape(self.url)})/\S+")

    def post(self, path: str, body: dict[str, Any], expected: int) -> None:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
            headers = {"Content-Type": "application/json", "X-Forwarded-For": self.new_ip()}
            connection.request("POST", f"/api/{path}/", json.dumps(body), headers)
            response = connection.getresponse()
            answer = response.read().decode()
        assert response.status == expected, answer


def seed(folder: Path) -> None:
    """Make the demo clinic once; `site` serves copies of it."""
    subprocess.run(
        [sys.executable, "-c", SEED],
        env=served_site.demo_environment(folder),
        cwd=served_site.ROOT,
        check=True,
    )


@contextmanager
def site(seeded: Path, folder: Path, *, clock_stands: bool = False) -> Iterator[Site]:
    shutil.copytree(seeded, folder, dirs_exist_ok=True)
    port = served_site.free_port()
    environment = served_site.demo_environment(folder) | {
        "PORT": str(port),  # of the links in mails
        "TRUSTED_PROXIES": "1",  # so that each window can come from an address of its own
    }
    if clock_stands:
        environment[clock.STANDS] = "1"
    with served_site.served(port, environment, "tests.integration.browser.timed_wsgi:application"):
        yield Site(port, folder / "mails")


def _in_the_last(mails: list[str], pattern: str) -> str:
    found = re.search(pattern, mails[-1])
    assert found is not None, f"no {pattern} in {mails[-1]}"
    return found[0]
