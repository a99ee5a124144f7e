"""Statements that may take longer than a request waits for: those of a command that somebody runs."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db.backends.base.base import BaseDatabaseWrapper

_LIMITS = {"answer_timeout", "read_timeout"}  # of PostgreSQL, of MariaDB


@contextmanager
def long_statements(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Wait for each answer as long as it takes, but for a lock as long as ever.

    The limit is that of a connection, so another one is made; not in the midst of a transaction.
    """
    usual = connection.settings_dict
    options = {name: value for name, value in usual["OPTIONS"].items() if name not in _LIMITS}
    if connection.in_atomic_block or options == usual["OPTIONS"]:
        yield
        return
    connection.close()
    connection.settings_dict = {**usual, "OPTIONS": options}
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict = usual
