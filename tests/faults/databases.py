"""One database of each kind, made when it is first asked for and thrown away at the end."""

from contextlib import ExitStack
from dataclasses import dataclass, field
from tempfile import TemporaryDirectory
from typing import Self

import servers
from binaries import KINDS
from tests.faults.programs import run_django, site_environment

DATABASES = ("sqlite", "postgres", "mariadb")
TITLES = {"sqlite": "SQLite", **{name: kind.title for name, kind in KINDS.items()}}


@dataclass(frozen=True)
class Database:
    """`environment` is that of a process of the site on this database."""

    name: str
    environment: dict[str, str]

    @property
    def title(self) -> str:
        return TITLES[self.name]


@dataclass
class Databases:
    known: dict[str, Database] = field(default_factory=dict)
    running: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.running.close()

    def get(self, name: str) -> Database:
        """With its tables, and with whatever earlier campaigns left there; its server has to be at hand."""
        if name not in self.known:
            self.known[name] = self._make(name)
        return self.known[name]

    def _make(self, name: str) -> Database:
        if name == "sqlite":
            folder = self.running.enter_context(TemporaryDirectory(prefix="medicare-sqlite-"))
            url = f"sqlite:///{folder}/site.sqlite3"
        else:
            url = self.running.enter_context(servers.temporary(name)).url
        environment = site_environment(DATABASE_URL=url)
        run_django(environment, "migrate", "--no-input", "--verbosity", "0")
        return Database(name, environment)
