"""What the booking service needs from whoever stores the data and tells the people."""

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from attrs import frozen

from medicare_core.appointments import Appointment
from medicare_core.availability import Busy, Schedule
from medicare_core.ids import AppointmentId, DoctorId, PatientId
from medicare_core.period import Period


class ScheduleRepository(Protocol):
    """The doctors' schedules, and what is in the way of them."""

    def get(self, doctor: DoctorId) -> Schedule:
        """Raise `NotFound` for a doctor who is unknown or no longer sees patients."""

    def busy(
        self,
        doctor: DoctorId,
        patient: PatientId | None,
        period: Period,
        excluding: AppointmentId | None = None,
    ) -> list[Busy]:
        """All that overlaps the period, in any order.

        Live appointments of the doctor (`slot_taken`) and of the patient with anybody
        (`patient_busy`), but for the excluded one; time off and closures (`time_off`) that `get`
        does not tell.
        """

    def get_many(self, doctors: Collection[DoctorId]) -> dict[DoctorId, Schedule]:
        """As `get`; those who are unknown or no longer see patients are left out."""

    def busy_of(self, doctors: Collection[DoctorId], period: Period) -> dict[DoctorId, list[Busy]]:
        """As `busy`, for each of them and no patient; with a number of reads that does not grow."""


class AppointmentRepository(Protocol):
    """The appointments. Live ones hold their cells, once per doctor and once per patient."""

    def get(self, appointment: AppointmentId) -> Appointment:
        """Raise `NotFound` for an unknown one."""

    def upcoming(self, doctor: DoctorId | None, now: datetime) -> list[Appointment]:
        """The live ones, of one doctor or of all, that are not over; in order of their start."""

    def add(self, appointment: Appointment) -> None:
        """Raise `WriteConflict` if one of its cells is held.

        Who keeps patients raises `NotFound` for one who is unknown or may book nothing any more.
        """

    def update(self, appointment: Appointment) -> None:
        """Store its new state; cells it no longer needs are free. Raises as `get` and `add`."""


class Event(StrEnum):
    BOOKED = "booked"
    RESCHEDULED = "rescheduled"
    CANCELLED = "cancelled"


class Notifier(Protocol):
    """Tells the people; what it is told is undone with the transaction."""

    def notify(self, event: Event, appointment: Appointment, previous: Period | None) -> None:
        """`appointment` as it is now; `previous` is the time that a rescheduled one had."""


@frozen
class UnitOfWork:
    """The ports of one transaction, or, outside of one, ports to read without a lock."""

    schedules: ScheduleRepository
    appointments: AppointmentRepository
    notifier: Notifier


Begin = Callable[[DoctorId | None], AbstractContextManager[UnitOfWork]]
"""Open a transaction with that doctor locked, or with all of them for None.

Leaving normally commits, an exception undoes everything. A transaction that lost against another
one, or waited too long for it, raises `WriteConflict`.
"""
