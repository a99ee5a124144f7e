from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings
from time_machine import Traveller, travel

from tests.integration.canaries import Trap


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
