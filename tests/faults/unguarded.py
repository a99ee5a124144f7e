"""The same code with guards taken away: what a control run must see go wrong, and what not."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

from django.db import connection

from medicare_core.appointments import Appointment as Visit
from medicare_core.ids import DoctorId
from medicare_core.ports import Begin, UnitOfWork
from medicare_django.scheduling import repositories
from medicare_django.scheduling.models import Appointment

PAUSE_SECONDS = 0.001
"""Between the look and the insert, where a busy machine has a pause of its own."""


def take_guards_away() -> None:
    """For the rest of this process."""
    for name, replacement in (("_lock", _lock), ("_hold", _hold)):
        assert hasattr(repositories, name)
        setattr(repositories, name, replacement)
    _pause_before(repositories.AppointmentRepository, "add")
    if connection.vendor == "sqlite":
        # Its transactions come one after the other, so it is a guard too.
        assert hasattr(repositories, "beginning")
        repositories.beginning = _beginning_without_transaction


def read_before_the_lock() -> None:
    """As a careless path might, with an isolation that holds on to what was read: for the rest of
    this process a lock is worth nothing, and the cells are all that is left.
    """
    level = import_module("psycopg").IsolationLevel.REPEATABLE_READ
    levels = {"postgresql": level, "mysql": "repeatable read"}
    connection.settings_dict["OPTIONS"]["isolation_level"] = levels[connection.vendor]
    usual = repositories._lock

    def lock(doctor: DoctorId | None) -> None:
        Appointment.objects.first()
        usual(doctor)

    repositories._lock = lock


def _lock(_doctor: DoctorId | None) -> None:
    pass


def _hold(_appointment: Visit) -> None:
    pass


def _pause_before(owner: type, method: str) -> None:
    usual = getattr(owner, method)

    def after_a_pause(*arguments: object) -> object:
        time.sleep(PAUSE_SECONDS)
        return usual(*arguments)

    setattr(owner, method, after_a_pause)


def _beginning_without_transaction(work: UnitOfWork) -> Begin:
    @contextmanager
    def begin(_doctor: DoctorId | None) -> Iterator[UnitOfWork]:
        yield work

    return begin
