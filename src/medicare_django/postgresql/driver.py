"""psycopg as Django asks for it, with connections that do not wait without an end."""

from typing import Any

import psycopg
from psycopg import (
    Binary,
    DatabaseError,
    DataError,
    Error,
    IntegrityError,
    InterfaceError,
    InternalError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
)
from psycopg.abc import RV, PQGen
from psycopg.pq import TransactionStatus
from psycopg.rows import TupleRow

__all__ = [
    "Binary",
    "Connection",
    "DataError",
    "DatabaseError",
    "Error",
    "IntegrityError",
    "InterfaceError",
    "InternalError",
    "NotSupportedError",
    "OperationalError",
    "ProgrammingError",
    "connect",
]


class Connection(psycopg.Connection[TupleRow]):
    """`answer_timeout`: seconds for each answer of the server; None waits as long as it takes.

    Who waited in vain is told so by an OperationalError, and the connection is closed: the next
    answer on it would be the one that was given up. What was asked for may be done all the same.
    """

    answer_timeout: float | None = None

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        if timeout is not None:
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(gen, interval, self.answer_timeout)
        except OperationalError as error:
            # Rows that come one by one may end in an error before the server is done with them.
            if error.sqlstate or self.pgconn.transaction_status != TransactionStatus.ACTIVE:
                raise  # it did answer, or is gone
            self.close()
            raise OperationalError(
                f"the server has not answered within {self.answer_timeout} seconds"
            ) from error


def connect(*, answer_timeout: float | None = None, **more: Any) -> Connection:
    connection = Connection.connect(**more)
    connection.answer_timeout = answer_timeout
    return connection
