"""The bell: says that mail is due. Losing a ring is harmless, since a sweep finds the mail.

With `REDIS_URL` the workers behind the broker hear it. Without, one daemon thread per web process
does, which works the outbox and looks by itself every few seconds. It is started by `wsgi` only, so
tests and management commands have none.
"""

import os
import threading
from collections.abc import Callable
from multiprocessing.util import Finalize
from time import monotonic

from django.conf import settings
from django.db import connections

from medicare_django.notifications import broker, delivery

DAILY_SECONDS = 24 * 60 * 60.0
FIRST_DAILY_SECONDS = 10 * 60.0
"""Not at the start, when there is enough to do, and early enough for who starts often."""


class _Bell:
    """`wanted`: this process, or the one it was forked from, has started the bell."""

    def __init__(self, *, wanted: bool, daily: Callable[[], None]) -> None:
        self.wanted = wanted
        self.daily = daily
        self.daily_at = monotonic() + FIRST_DAILY_SECONDS
        self.lock = threading.Lock()
        self.rung = threading.Event()
        self.stopped = threading.Event()
        self.thread: threading.Thread | None = None

    def run_thread(self) -> None:
        with self.lock:
            if self.thread is None or not self.thread.is_alive():
                self.stopped.clear()
                self.thread = threading.Thread(target=self.work, name="mail-bell", daemon=True)
                self.thread.start()
                # Not `atexit`, which the worker processes of a web server never come to.
                Finalize(None, stop, exitpriority=0)

    def work(self) -> None:
        try:
            while not self.stopped.is_set():
                self.rung.clear()
                delivery.sweep(self.stopped.is_set)
                self.do_daily()
                self.rung.wait(delivery.SWEEP_SECONDS)
        finally:
            connections.close_all()

    def do_daily(self) -> None:
        if monotonic() > self.daily_at:
            self.daily_at = monotonic() + DAILY_SECONDS
            self.daily()


def _do_nothing() -> None:
    pass


_bell = _Bell(wanted=False, daily=_do_nothing)


def start(daily: Callable[[], None] = _do_nothing) -> None:
    """Begin to work the queue in this process; does nothing where `REDIS_URL` is set.

    `daily` is done beside it once a day, and must not raise.
    """
    if settings.REDIS_URL:
        return
    _bell.wanted, _bell.daily = True, daily
    _bell.run_thread()


def ring(pk: int) -> None:
    """Say that this mail is due. Brings the thread back if it died or was left behind by a fork."""
    if settings.REDIS_URL:
        broker.publish(pk)
    elif _bell.wanted:
        _bell.run_thread()
        _bell.rung.set()


def stop() -> None:
    """Let the thread finish the mail in its hands, and wait for it for some seconds."""
    _bell.wanted = False
    _bell.stopped.set()
    _bell.rung.set()
    if _bell.thread is not None:
        _bell.thread.join(timeout=10)


def _forget_thread() -> None:
    # Threads do not survive a fork, and their locks may have been held at that moment.
    global _bell  # noqa: PLW0603 - the bell belongs to the process, as the module does
    _bell = _Bell(wanted=_bell.wanted, daily=_bell.daily)


os.register_at_fork(after_in_child=_forget_thread)
