from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from pytest_django.fixtures import Settings
from time_machine import Traveller, travel

import servers
from tests.integration.canaries import nothing_personal_is_logged, trap
from tests.integration.real_servers import real_server

__all__ = ["nothing_personal_is_logged", "trap"]  # fixtures


@pytest.fixture(autouse=True)
def media_root(settings: Settings, tmp_path: Path) -> Path:
    """No test writes files among those of the site that is developed here."""
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path / "media"


@pytest.fixture(autouse=True, scope="session")
def _no_zones_in_the_database() -> Iterator[None]:
    """No query asks a database for local dates or times: MySQL knows no zones unless it is fed."""

    def refuse(*_: object) -> None:
        raise AssertionError("This query lets the database reckon with time zones.")

    with pytest.MonkeyPatch.context() as patch:
        for name in ("cast_date", "cast_time", "extract", "trunc"):
            patch.setattr(type(connection.ops), f"datetime_{name}_sql", refuse)
        yield


@pytest.fixture
def no_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    """What tells nobody by its time whether there is an account takes hardly any."""
    monkeypatch.setattr("medicare_django.accounts.pace.PACE", 0.001)


@pytest.fixture
def clock(request: pytest.FixtureRequest) -> Iterator[Traveller]:
    """Stands still at the `NOW` of the test's module, until it is moved."""
    with travel(request.module.NOW, tick=False) as moving:
        yield moving


@pytest.fixture(scope="module")
def redis_server() -> Iterator[servers.Server]:
    with real_server("redis") as server:
        yield server
