import json
import logging
import subprocess
import sys
from io import StringIO
from typing import Any

import pytest
from django.db import IntegrityError

from medicare_django.operations.logs import JsonLines, PlainLines, Terse
from medicare_django.operations.request_ids import forget
from tests.integration.served_site import ROOT, demo_environment

FRAME = f"{__name__}:raise_both"
WRITE = """
import django, logging
django.setup()
logging.getLogger("medicare_django.somewhere").info("to ada@example.org")
logging.getLogger("medicare_django.operations.request_ids").info("GET / 200")
"""


class Log(logging.Logger):
    def __init__(self, form: logging.Formatter) -> None:
        super().__init__("somewhere")
        self.written = StringIO()
        handler = logging.StreamHandler(self.written)
        handler.setFormatter(form)
        self.addHandler(handler)

    def line(self) -> str:
        [line] = self.written.getvalue().splitlines()
        return line

    def fields(self) -> dict[str, Any]:
        fields: dict[str, Any] = json.loads(self.line())
        return fields


@pytest.fixture(autouse=True)
def _no_request() -> None:
    """That of another test goes on where its answer was not closed."""
    forget()


@pytest.fixture
def log() -> Log:
    return Log(JsonLines())


@pytest.fixture
def plain() -> Log:
    return Log(PlainLines())


class Unspeakable:
    def __str__(self) -> str:
        raise ValueError("ada@example.org")


def raise_both() -> None:
    try:
        dict[str, str]()["Ada Okafor"]
    except KeyError as error:
        raise IntegrityError("DETAIL: Key (email)=(ada@example.org) already exists") from error


def test_a_line_is_an_object_without_what_is_not_known(log: Log) -> None:
    log.warning("Doctor %s\nhas %d hours", 7, 0)
    fields = log.fields()
    assert fields.pop("time").endswith("+00:00")
    assert fields == {
        "level": "WARNING",
        "logger": "somewhere",
        "message": "Doctor 7\nhas 0 hours",
    }


@pytest.mark.parametrize("name", ["log", "plain"])
def test_of_an_exception_types_and_places_are_told_and_no_text(
    request: pytest.FixtureRequest, name: str
) -> None:
    log: Log = request.getfixturevalue(name)
    try:
        raise_both()
    except IntegrityError:
        log.exception("It failed")
    line = log.line()
    assert "django.db.utils.IntegrityError at" in line
    assert "from builtins.KeyError at" in line
    assert line.count(FRAME) == 2
    assert "ada" not in line.lower()


def test_an_exception_that_is_meant_to_hide_another_hides_it(log: Log) -> None:
    try:
        try:
            raise_both()
        except IntegrityError:
            raise ValueError from None
    except ValueError:
        log.exception("It failed")
    assert " from " not in log.fields()["exception"]


def test_a_chain_that_bites_its_tail_ends(log: Log) -> None:
    first, second = ValueError(), TypeError()
    first.__cause__, second.__cause__ = second, first
    log.error("It failed", exc_info=first)
    assert log.fields()["exception"] == "builtins.ValueError at ? from builtins.TypeError at ?"


def test_a_deep_recursion_is_told_by_its_end(log: Log) -> None:
    def fall(depth: int) -> None:
        if depth == 0:
            raise_both()
        fall(depth - 1)

    try:
        fall(200)
    except IntegrityError:
        log.exception("It failed")
    told = log.fields()["exception"]
    assert told.count(":fall:") < 30
    assert told.count(FRAME) == 2  # of both exceptions


@pytest.mark.parametrize(
    ("message", "arguments"),
    [
        ("%d", ("many",)),
        ("%s %s", ("one",)),
        ("%s", (Unspeakable(),)),
        ("\ud800 %s", ("\udfff\x00",)),
        (object(), ()),
        (b"\xff", ()),
    ],
)
def test_whatever_is_to_be_written_makes_one_line(
    log: Log, message: Any, arguments: tuple[Any, ...]
) -> None:
    log.error(message, *arguments)
    assert log.fields()["message"]
    assert log.line().isascii()


def test_of_what_celery_says_without_its_broker_the_sentence_is_left(log: Log) -> None:
    log.addFilter(Terse())
    try:
        raise_both()
    except IntegrityError:
        log.exception("Message Error: %s\n%s", "nobody answers", ["a stack"])
    log.warning("%s", "consumer.py:427: CPendingDeprecationWarning: ...")
    assert log.fields()["message"] == "nobody answers"
    assert "exception" not in log.fields()


def test_everything_goes_through_the_masks(log: Log) -> None:
    log.error("to %s", "ada@example.org", extra={"fields": {"route": "/x/bob@example.org/"}})
    assert log.fields()["message"] == "to [email]"
    assert "bob" not in log.line()


@pytest.mark.parametrize("demo", ["1", "0"])
def test_production_writes_for_machines_and_a_demo_for_people(demo: str, tmp_path: Any) -> None:
    environment = demo_environment(tmp_path) | {
        "DEMO": demo,
        "SECRET_KEY": "for-the-tests-only-" + "s" * 50,
        "JWT_SIGNING_KEY": "for-the-tests-only-" + "j" * 64,
    }
    done = subprocess.run(
        [sys.executable, "-c", WRITE],
        env=environment,
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    lines = done.stderr.splitlines()
    if demo == "1":
        [line] = lines  # and none for a request
        assert line.endswith(" INFO medicare_django.somewhere: to [email]")
    else:
        assert [json.loads(line)["message"] for line in lines] == ["to [email]", "GET / 200"]
