"""Writes that lost against somebody else's: nothing is wrong with them, and they may be tried again."""

import time
from collections.abc import Callable
from random import SystemRandom
from sqlite3 import SQLITE_BUSY, SQLITE_LOCKED
from typing import TypeVar

from django.db import InterfaceError, InternalError, OperationalError, connection

R = TypeVar("R")

UNAVAILABLE = (OperationalError, InterfaceError, InternalError)
"""What a database raises that is busy, gone, or for reading only: as PostgreSQL's own are internal
errors that it takes no writes, being a standby, and that a transaction was left alone for too long.
"""

_ATTEMPTS = 3
_LONGEST_PAUSE = 0.05  # seconds, for each time that was lost
_chance = SystemRandom()

# Cannot be serialised; deadlock; a lock was not to be had in time.
_POSTGRES = {"40001", "40P01", "55P03"}
# A lock was not to be had in time; deadlock; what was read is old (MariaDB).
_MYSQL = {1205, 1213, 1020}
_SQLITE = {SQLITE_BUSY, SQLITE_LOCKED}
_PRIMARY_CODE = 0xFF  # what else there is in an SQLite code says which kind of it


def has_lost(error: OperationalError) -> bool:
    """Whether it was a deadlock or a lock that was waited for too long, in any of the databases."""
    cause = error.__cause__
    if getattr(cause, "sqlstate", None) in _POSTGRES:
        return True
    if (getattr(cause, "sqlite_errorcode", 0) & _PRIMARY_CODE) in _SQLITE:
        return True
    return bool(error.args) and error.args[0] in _MYSQL


def pause(lost: int) -> None:
    """Wait a moment by chance, so that those who met do not meet again; longer every time."""
    time.sleep(lost * _chance.uniform(0, _LONGEST_PAUSE))


def insist(write: Callable[[], R]) -> R:
    """Do it again where it lost, unless that undid more than itself: a transaction around it."""
    for lost in range(1, _ATTEMPTS):
        try:
            return write()
        except OperationalError as error:
            if connection.in_atomic_block or not has_lost(error):
                raise
        pause(lost)
    return write()
