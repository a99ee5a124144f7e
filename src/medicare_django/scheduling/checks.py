"""Refuses settings under which the booking of a time would no longer be safe."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, register
from django.db import connections

_ISOLATION = "read committed"


@register()
def check_databases(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    for alias in connections:
        connection = connections[alias]
        found += _problems(alias, connection.vendor, connection.settings_dict)
    return found


def _problems(alias: str, vendor: str, settings: dict[str, Any]) -> list[CheckMessage]:
    options = settings.get("OPTIONS", {})
    found: list[CheckMessage] = []
    if settings.get("ATOMIC_REQUESTS"):
        found.append(
            Error(
                f"ATOMIC_REQUESTS is on for the database {alias!r}.",
                hint="Switch it off: a booking is its own transaction and may be tried again.",
                id="scheduling.E001",
            )
        )
    if vendor == "sqlite" and options.get("transaction_mode") != "IMMEDIATE":
        found.append(
            Error(
                f"SQLite ({alias!r}) does not lock when a transaction begins.",
                hint='Set OPTIONS["transaction_mode"] to "IMMEDIATE".',
                id="scheduling.E002",
            )
        )
    if vendor in {"postgresql", "mysql"} and not _is_read_committed(vendor, options):
        found.append(
            Error(
                f"The isolation level of the database {alias!r} is not READ COMMITTED.",
                hint='Leave OPTIONS["isolation_level"] out.',
                id="scheduling.E003",
            )
        )
    return found


def _is_read_committed(vendor: str, options: dict[str, Any]) -> bool:
    """Judge by the name; PostgreSQL's driver has an enumeration of the levels."""
    level = options.get("isolation_level", _ISOLATION)
    name = str(getattr(level, "name", level)).replace("_", " ").lower()
    return name == _ISOLATION
