import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from celery import Celery, signals
from django.core.signals import request_finished
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from medicare_django.operations.logs import JsonLines
from medicare_django.operations.request_ids import request_id, user_id
from tests.integration.factories import browser_of, client_of, make_patient

TOLD = "5f3c-from-the-proxy"


class Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.form = JsonLines()
        self.written: list[dict[str, Any]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.written.append(json.loads(self.form.format(record)))

    def of(self, logger: str) -> list[dict[str, Any]]:
        return [line for line in self.written if line["logger"].endswith(logger)]


@pytest.fixture
def lines() -> Iterator[Lines]:
    handler = Lines()
    logging.getLogger().addHandler(handler)
    yield handler
    logging.getLogger().removeHandler(handler)


def test_all_lines_of_a_request_have_its_id(
    lines: Lines, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "django.request")
    first, second = Client().get("/api/no-such/"), Client().get("/no-such/")
    ids = [first["X-Request-ID"], second["X-Request-ID"]]
    assert len({*ids}) == 2
    assert [line["request_id"] for line in lines.of("django.request")] == ids
    assert [line["request_id"] for line in lines.of("request_ids")] == ids


@pytest.mark.django_db
def test_a_request_has_one_line_that_names_its_route_and_no_query(lines: Lines) -> None:
    patient = make_patient()
    client_of(patient).get("/api/appointments/history/?from=2030-01-01")
    Client().get("/api/doctors/77/")
    browser_of(patient).get("/appointments/")
    Client().post("/nobody/here/")
    found = [
        {name: line.get(name) for name in ("method", "route", "status", "user_id")}
        for line in lines.of("request_ids")
    ]
    me = str(patient.pk)
    assert found == [
        {"method": "GET", "route": "/api/appointments/history/", "status": 200, "user_id": me},
        {"method": "GET", "route": "/api/doctors/<id:doctor>/", "status": 404, "user_id": None},
        {"method": "GET", "route": "/appointments/", "status": 200, "user_id": me},
        {"method": "POST", "route": "-", "status": 404, "user_id": None},
    ]
    assert all(line["milliseconds"] >= 0 for line in lines.of("request_ids"))


def test_a_path_that_is_not_there_is_written_nowhere(lines: Lines) -> None:
    Client().get("/ada-lovelace-1815/")
    Client(HTTP_HOST="scanner.example").get("/")
    assert [(line["logger"][-11:], line["status"]) for line in lines.written] == [
        ("request_ids", 404),
        ("request_ids", 400),
    ]
    assert "ada-lovelace" not in str(lines.written)


@pytest.mark.parametrize(
    ("proxies", "told", "is_believed"),
    [
        (1, TOLD, True),
        (0, TOLD, False),
        (1, "short", False),
        (1, "x" * 65, False),
        (1, "ada@example.org", False),
        (1, TOLD + "\n", False),
        (1, "١٢٣٤٥٦٧٨", False),
    ],
)
def test_the_id_of_a_request_is_taken_over_from_our_own_proxy_alone(
    settings: Settings, proxies: int, told: str, *, is_believed: bool
) -> None:
    settings.TRUSTED_PROXIES = proxies
    given = Client().get("/no-such/", headers={"X-Request-ID": told})["X-Request-ID"]
    assert (given == told) is is_believed
    assert is_believed or len(given) == 32


@pytest.mark.django_db
def test_who_asks_is_told_and_never_asked_for(lines: Lines) -> None:
    browser = browser_of(make_patient())
    with CaptureQueriesContext(connection) as queries:
        browser.get("/favicon.ico")  # whose answer is the same for everybody
    assert "accounts_" not in str(queries.captured_queries)
    assert "user_id" not in lines.of("request_ids")[-1]


@pytest.mark.django_db  # whoever hears that a request is over looks after its connections
def test_a_request_that_is_over_leaves_no_id_behind() -> None:
    Client().get("/no-such/")
    request_finished.send(sender=None)
    assert (request_id(), user_id()) == ("", "")


def test_a_task_has_its_id_while_it_runs(settings: Settings) -> None:
    app = Celery("somewhere", broker="memory://", set_as_current=False)
    seen: list[str] = []

    @app.task(name="see")
    def see() -> None:
        seen.append(request_id())

    done = see.apply(task_id="the-id-of-the-task")
    assert done.successful()
    assert (seen, request_id()) == (["the-id-of-the-task"], "")
    assert signals.task_prerun.receivers
