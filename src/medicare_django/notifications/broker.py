"""The bell where there is a broker: its workers are told which mail is due.

Best effort, and quick about it: a broker that is down or frozen is waited for once in a while and
then left alone, since the sweep finds what nobody was told of.
"""

import logging
import os
import threading

from django.conf import settings
from kombu import Connection, Producer

from medicare_django.accounts.circuit_breaker import CircuitBreaker
from medicare_django.notifications import tasks

REST_SECONDS = 30.0
EXPIRY_SECONDS = 15 * 60
"""Rings that nobody has heard until then are not kept; clocks may differ by some minutes."""

logger = logging.getLogger(__name__)
_breaker = CircuitBreaker(REST_SECONDS)


class _Line(threading.local):
    """To the broker, of each thread its own. A process that was forked does not use its parent's."""

    connection: Connection | None = None
    producer: Producer | None = None
    process = 0

    def open(self) -> Producer:
        if self.producer is None or self.process != os.getpid():
            self.connection = Connection(
                settings.CELERY_BROKER_URL, transport_options=settings.BROKER_LINE_OPTIONS
            )
            # Whatever else makes a connection pauses when it fails, and tries once more.
            self.connection.ensure_connection(max_retries=0)
            self.producer, self.process = Producer(self.connection.channel()), os.getpid()
        return self.producer

    def close(self) -> None:
        """Without a word to the other side, which may not listen."""
        if self.connection is not None and self.process == os.getpid():
            self.connection.collect()
        self.connection = self.producer = None


_line = _Line()


def publish(pk: int) -> None:
    if not _breaker.lets_through():
        return
    try:
        tasks.deliver.apply_async(
            (pk,), producer=_line.open(), retry=False, expires=EXPIRY_SECONDS
        )
    except Exception as error:
        _breaker.failed()
        # Only the type: what an error says may name hosts and passwords.
        logger.warning(
            "No workers are told of mail for %.0f s: %s", REST_SECONDS, type(error).__name__
        )
        _line.close()
    else:
        _breaker.succeeded()
