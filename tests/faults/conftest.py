import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from binaries import Missing
from tests.faults.databases import DATABASES, TITLES, Database, Databases
from tests.faults.figures import Table
from tests.faults.programs import ROOT
from tests.faults.sizes import Sizes, chosen_sizes, size_name

_TABLE = Table()


@pytest.fixture(scope="session")
def sizes() -> Sizes:
    return chosen_sizes()


@pytest.fixture(scope="session")
def databases() -> Iterator[Databases]:
    with Databases() as databases:
        yield databases


@pytest.fixture(params=DATABASES, ids=[TITLES[name] for name in DATABASES])
def database(request: pytest.FixtureRequest, databases: Databases) -> Database:
    try:
        return databases.get(request.param)
    except Missing as missing:
        pytest.skip(str(missing))


@pytest.fixture
def seed() -> int:
    """What the campaign chooses by; pytest shows it where a test has failed."""
    seed = int(os.environ.get("FAULTS_SEED", random.randrange(10**6)))
    print(f"again with FAULTS_SEED={seed}")
    return seed


@pytest.fixture(scope="session")
def table() -> Table:
    return _TABLE


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _TABLE.rows:
        path = Path(os.environ.get("FAULTS_FIGURES", ROOT / "var" / f"faults-{size_name()}"))
        _TABLE.write(path)
        terminalreporter.write_line(f"\n{_TABLE.markdown()}\nin {path}.md and {path.name}.json")
