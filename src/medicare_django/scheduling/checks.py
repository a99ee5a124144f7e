"""Refuses settings, and databases, on which the booking of a time would no longer be safe."""

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

_ISOLATION = "read committed"
_UTC = re.compile(r"time_zone\s*=\s*['\"](\+00:00|UTC)['\"]", re.IGNORECASE)
_CHARACTERS = "utf8mb4"
_ENGINE = "InnoDB"


@register()
def check_databases(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    for alias in connections:
        connection = connections[alias]
        found += _problems(alias, connection.vendor, connection.settings_dict)
    return found


@register(Tags.database)
def check_tables(
    app_configs: Sequence[AppConfig] | None,
    databases: Collection[str] | None = None,
    **options: Any,
) -> list[CheckMessage]:
    """Asks the database itself; `migrate` does it before anything is made."""
    found: list[CheckMessage] = []
    for alias in databases or ():
        if connections[alias].vendor == "mysql":
            found += _problems_of_mysql(alias, connections[alias])
    return found


def _problems(alias: str, vendor: str, settings: dict[str, Any]) -> Iterator[CheckMessage]:
    options = settings.get("OPTIONS", {})
    if settings.get("ATOMIC_REQUESTS"):
        yield Error(
            f"ATOMIC_REQUESTS is on for the database {alias!r}.",
            hint="Switch it off: a booking is its own transaction and may be tried again.",
            id="scheduling.E001",
        )
    if vendor == "sqlite" and options.get("transaction_mode") != "IMMEDIATE":
        yield Error(
            f"SQLite ({alias!r}) does not lock when a transaction begins.",
            hint='Set OPTIONS["transaction_mode"] to "IMMEDIATE".',
            id="scheduling.E002",
        )
    if vendor in {"postgresql", "mysql"} and not _is_read_committed(vendor, options):
        yield Error(
            f"The isolation level of the database {alias!r} is not READ COMMITTED.",
            hint='Leave OPTIONS["isolation_level"] out.',
            id="scheduling.E003",
        )
    if vendor == "mysql" and not _UTC.search(options.get("init_command", "")):
        yield Error(
            f"The clock of the database {alias!r} may tell another time than UTC.",
            hint="Set OPTIONS[\"init_command\"] to SET time_zone = '+00:00', beside what it does.",
            id="scheduling.E004",
        )


def _is_read_committed(vendor: str, options: dict[str, Any]) -> bool:
    """Judge by the name; PostgreSQL's driver has an enumeration of the levels."""
    level = options.get("isolation_level", _ISOLATION)
    name = str(getattr(level, "name", level)).replace("_", " ").lower()
    return name == _ISOLATION


def _problems_of_mysql(alias: str, connection: BaseDatabaseWrapper) -> Iterator[CheckMessage]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT @@character_set_database, @@default_storage_engine")
        characters, engine = cursor.fetchone()
        cursor.execute(
            "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() "
            "AND table_type = 'BASE TABLE' AND engine <> %s",
            [_ENGINE],
        )
        (others,) = cursor.fetchone()
    if characters != _CHARACTERS:
        yield Error(
            f"The database {alias!r} cannot store every name: its characters are {characters}.",
            hint=f"Create it with CHARACTER SET {_CHARACTERS}.",
            id="scheduling.E005",
        )
    if engine != _ENGINE or others:
        yield Error(
            f"Tables of the database {alias!r} are, or would be, without transactions.",
            hint=f"Make {_ENGINE} the default storage engine, and that of all tables.",
            id="scheduling.E006",
        )
