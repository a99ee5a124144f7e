import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

import servers
from binaries import KINDS
from tests.faults.databases import DATABASES, TITLES, Database, Databases
from tests.faults.figures import Table
from tests.faults.mail_site import MailSite, mail_site
from tests.faults.programs import ROOT
from tests.faults.sizes import Sizes, chosen_sizes, size_name
from tests.integration.canaries import nothing_personal_is_logged, trap
from tests.integration.real_servers import real_server, refuse_missing

__all__ = ["nothing_personal_is_logged", "trap"]  # fixtures

_TABLE = Table()


@pytest.fixture(scope="session")
def sizes() -> Sizes:
    return chosen_sizes()


@pytest.fixture(scope="session")
def databases() -> Iterator[Databases]:
    with Databases() as databases:
        yield databases


@pytest.fixture(scope="session")
def broker() -> Iterator[servers.Server]:
    with real_server("redis") as server:
        yield server


@pytest.fixture
def site(broker: servers.Server, tmp_path: Path) -> Iterator[MailSite]:
    if broker.process is None:
        broker.start()
    with Redis.from_url(broker.url) as redis:
        redis.flushall()
    with mail_site(broker, tmp_path) as site:
        yield site


@pytest.fixture(params=DATABASES, ids=[TITLES[name] for name in DATABASES])
def database(request: pytest.FixtureRequest, databases: Databases) -> Database:
    if request.param in KINDS:
        refuse_missing(request.param)
    return databases.get(request.param)


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
