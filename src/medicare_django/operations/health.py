"""`/healthz`: the process lives. `/readyz`: it can serve, and what goes on behind it.

What cannot be asked is said to be unreachable after `PATIENCE`, however long a frozen server or a
locked file takes. An answer counts for a second, and one request at a time looks for a new one, so
that a stranger who asks without end costs the database next to nothing.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from functools import cache
from http import HTTPStatus
from time import monotonic

from django.conf import settings
from django.db import connection, connections
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.http.response import HttpResponseBase
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from medicare_django.operations.unsent_mail import oldest_unsent_seconds

PATIENCE = 2.0  # seconds, for all that is asked
FRESH_SECONDS = 1.0
LATE_SECONDS = 300  # of a mail, which ought to leave within five

OK, UNREACHABLE, MISSING, UNKNOWN = "ok", "unreachable", "missing", "unknown"
OLDEST = "oldest_unsent_mail_seconds"

logger = logging.getLogger(__name__)

Parts = Mapping[str, str | int | None]


def health(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Answer probes before anybody minds that they come by http and under no name of the site."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        body = _ANSWERS.get(request.path_info)
        return get_response(request) if body is None else _answer(request, body)

    return answer


class Readiness:
    """What one process knows of its surroundings."""

    def __init__(self) -> None:
        self._looking = threading.Lock()
        self._looks: dict[str, _Look] = {}
        self._parts: Parts | None = None
        self._seen_at = 0.0

    def parts(self) -> Parts:
        """What was seen last, while that is fresh or somebody else has gone to look."""
        if self._parts is not None and self._is_fresh():
            return self._parts
        if not self._looking.acquire(blocking=self._parts is None):
            assert self._parts is not None  # noqa: S101 - or we would have waited
            return self._parts
        try:
            if self._parts is None or not self._is_fresh():
                self._parts, self._seen_at = self._look(), monotonic()
            return self._parts
        finally:
            self._looking.release()

    def _is_fresh(self) -> bool:
        return monotonic() - self._seen_at < FRESH_SECONDS

    def _look(self) -> Parts:
        known_migrations()  # read from the disk once, which takes longer than to ask anybody
        deadline = monotonic() + PATIENCE
        for part, (look, at_worst) in _looks().items():
            stuck = self._looks.get(part)
            if stuck is None or not stuck.is_alive():
                self._looks[part] = _Look(part, look, at_worst)
                self._looks[part].start()
        for thread in self._looks.values():
            thread.join(max(0.0, deadline - monotonic()))
        return {name: word for each in self._looks.values() for name, word in each.found.items()}


class _Look(threading.Thread):
    """Asks in a thread, which can be left alone with whoever does not answer."""

    def __init__(self, part: str, look: Callable[[], Parts], at_worst: Parts) -> None:
        super().__init__(name=f"look-at-{part}", daemon=True)
        self.part, self.look, self.found = part, look, at_worst

    def run(self) -> None:
        try:
            self.found = self.look()
        except Exception as error:  # drivers have their own
            # Only the type: what an error says may name hosts.
            logger.warning("No answer from the %s: %s", self.part, type(error).__name__)
        finally:
            connections.close_all()


_readiness = Readiness()


@cache
def known_migrations() -> Mapping[tuple[str, str], frozenset[tuple[str, str]]]:
    """Those that come with the code, each with those that it may stand for."""
    graph = MigrationLoader(None).graph
    return {key: frozenset(found.replaces) for key, found in graph.nodes.items() if found}


def _looks() -> dict[str, tuple[Callable[[], Parts], Parts]]:
    looks: dict[str, tuple[Callable[[], Parts], Parts]] = {
        "database": (
            _look_at_database,
            {"database": UNREACHABLE, "migrations": UNKNOWN, OLDEST: None},
        )
    }
    if settings.REDIS_URL:
        looks["broker"] = (_look_at_broker, {"broker": UNREACHABLE})
    return looks


def _look_at_database() -> Parts:
    applied = set(MigrationRecorder(connection).applied_migrations())
    missing = [
        key
        for key, replaced in known_migrations().items()
        if key not in applied and not (replaced and replaced <= applied)
    ]
    if missing:  # and perhaps the table of the mails among them
        return {"database": OK, "migrations": MISSING, OLDEST: None}
    return {"database": OK, "migrations": OK, OLDEST: oldest_unsent_seconds()}


def _look_at_broker() -> Parts:
    once = Retry(NoBackoff(), 0)
    with Redis.from_url(settings.REDIS_URL, **settings.BROKER_LINE_OPTIONS, retry=once) as broker:
        broker.ping()
    return {"broker": OK}


def _alive() -> tuple[HTTPStatus, Parts]:
    return HTTPStatus.OK, {"status": "ok"}


def _ready() -> tuple[HTTPStatus, Parts]:
    """Unavailable is only what cannot serve: without broker or mail, bookings still go on."""
    parts = _readiness.parts()
    if (parts["database"], parts["migrations"]) != (OK, OK):
        return HTTPStatus.SERVICE_UNAVAILABLE, {"status": "unavailable", **parts}
    oldest = parts[OLDEST]
    is_late = isinstance(oldest, int) and oldest > LATE_SECONDS
    is_well = parts.get("broker", OK) == OK and not is_late
    return HTTPStatus.OK, {"status": "ok" if is_well else "degraded", **parts}


_ANSWERS = {"/healthz": _alive, "/readyz": _ready}


def _answer(request: HttpRequest, body: Callable[[], tuple[HTTPStatus, Parts]]) -> HttpResponse:
    if request.method not in {"GET", "HEAD"}:
        return HttpResponseNotAllowed(["GET", "HEAD"])
    status, parts = body()
    response = JsonResponse(parts, status=status)
    response["Cache-Control"] = "no-store"
    response["Content-Length"] = len(response.content)
    response["X-Content-Type-Options"] = "nosniff"
    return response
