import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings
from time_machine import Traveller, travel

import servers
from binaries import Missing, at_hand


@pytest.fixture(autouse=True)
def media_root(settings: Settings, tmp_path: Path) -> Path:
    """No test writes files among those of the site that is developed here."""
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path / "media"


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
    try:
        at_hand("redis")
    except Missing as missing:
        if os.environ.get("CI") == "true":
            pytest.fail(str(missing))
        pytest.skip(str(missing))
    with tempfile.TemporaryDirectory() as folder, servers.redis(Path(folder)) as server:
        yield server
