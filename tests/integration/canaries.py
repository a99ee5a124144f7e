"""Nothing that tells of a person belongs into the log: what the tests make up is looked for there.

The lines are taken as production would write them, those of our own modules before the masks as
well: these are a belt for what others write.
"""

import json
import logging
import re
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db.models.signals import post_save

from medicare_django.accounts import codes, password_reset
from medicare_django.accounts.models import OneTimeCode, RefreshToken, UserProfile
from medicare_django.operations.logs import JsonLines, message_of
from medicare_django.records.models import Report

_SHORTEST = 6  # what is shorter stands in a line by chance
_TELLING = (UserProfile, OneTimeCode, RefreshToken, Session, Report)
_TOKEN = re.compile(r"\beyJ[\w-]+\.[\w.-]+|/set-password/(?!\[)[^\s\"'<]+")
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")


class Trap(logging.Handler):
    """Hears all that is logged in this process, and knows what must not be in it."""

    def __init__(self) -> None:
        super().__init__()
        self._form = JsonLines()
        self._lines: list[str] = []
        self._canaries: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        self._lines += map(str, json.loads(self._form.format(record)).values())
        if record.name.startswith("medicare_django"):
            self._lines.append(message_of(record))

    def hear(self, text: str) -> None:
        self._lines.append(text)

    def watch_for(self, *canaries: str | None) -> None:
        self._canaries.update(each for each in canaries if each and len(each) >= _SHORTEST)

    def take(self) -> list[str]:
        """What was caught since the last time."""
        found = personal_in("\n".join(self._lines), self._canaries)
        self._lines.clear()
        self._canaries.clear()
        return found

    def listen(self) -> None:
        """Before each test: what a test sets up anew forgets who listened."""
        logging.getLogger().addHandler(self)
        logging.getLogger("django.server").addHandler(self)  # which keeps its lines to itself

    def set_up(self, patch: pytest.MonkeyPatch) -> None:
        for model in _TELLING:
            post_save.connect(self._release_row, sender=model)
        make = password_reset._make
        patch.setattr(password_reset, "_make", lambda *given: self._released(make(*given)))

    def take_down(self) -> None:
        logging.getLogger().removeHandler(self)
        logging.getLogger("django.server").removeHandler(self)
        for model in _TELLING:
            post_save.disconnect(self._release_row, sender=model)

    def _release_row(self, instance: Any, **_: Any) -> None:
        self.watch_for(*_canaries_of(instance))

    def _released(self, token: str) -> str:
        self.watch_for(token)
        return token


@pytest.fixture(scope="session")
def trap() -> Iterator[Trap]:
    trap = Trap()
    with pytest.MonkeyPatch.context() as patch:
        trap.set_up(patch)
        yield trap
        trap.take_down()


@pytest.fixture(autouse=True)
def nothing_personal_is_logged(trap: Trap, request: pytest.FixtureRequest) -> Iterator[None]:
    """Neither by this process, nor by those that the test starts, whose stderr is that of pytest."""
    trap.listen()
    yield
    for _phase, stream, text in request.node._report_sections:
        if stream == "stderr":
            trap.hear(text)
    assert trap.take() == []


def personal_in(text: str, canaries: Iterable[str]) -> list[str]:
    """The canaries that are in the text, and whatever looks like a token."""
    if not text:
        return []
    found = [each for each in canaries if each in text and _stands_alone(each, text)]
    return [*found, *_TOKEN.findall(text)]


def personal_in_file(log: Path, database: Path | None) -> list[str]:
    """The same for a process of its own; of its people only what its SQLite file tells is known."""
    text = log.read_text(errors="replace")
    people: set[str] = set()
    if database is not None:
        with sqlite3.connect(database) as connection:
            rows = connection.execute("SELECT name, email, phone_number FROM accounts_userprofile")
            people = {each for row in rows for each in row if len(each) >= _SHORTEST}
    return [*personal_in(text, people), *_ADDRESS.findall(text)]


def _canaries_of(instance: Any) -> Iterable[str | None]:
    if isinstance(instance, UserProfile):
        user = (instance.name, instance.email, instance.email_canonical, instance.phone_number)
        return (*user, instance._password)  # type: ignore[attr-defined]  # as it was given
    if isinstance(instance, OneTimeCode):
        return (instance.email, codes._text(instance))
    if isinstance(instance, RefreshToken):
        return (instance.jti,)
    if isinstance(instance, Session):
        return (instance.session_key,)
    assert isinstance(instance, Report)
    return (instance.report, instance.notes, instance.file_name)


def _stands_alone(canary: str, text: str) -> bool:
    """Six digits may be within a longer number, or the name of one person within another word."""
    return re.search(rf"(?<!\w){re.escape(canary)}(?!\w)", text) is not None
