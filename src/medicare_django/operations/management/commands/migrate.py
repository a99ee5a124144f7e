from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.commands import migrate
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

_LIMITS = {"answer_timeout", "read_timeout"}  # of PostgreSQL, of MariaDB


class Command(migrate.Command):
    """Django's, which waits for the answer to a statement as long as it takes; for a lock it does not."""

    def handle(self, *args: Any, **options: Any) -> None:
        with _patience(connections[options["database"]]):
            super().handle(*args, **options)


@contextmanager
def _patience(connection: BaseDatabaseWrapper) -> Iterator[None]:
    usual = connection.settings_dict
    options = {name: value for name, value in usual["OPTIONS"].items() if name not in _LIMITS}
    if options == usual["OPTIONS"]:
        yield
        return
    connection.close()
    connection.settings_dict = {**usual, "OPTIONS": options}
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict = usual
