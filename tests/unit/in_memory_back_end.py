from collections.abc import Iterable
from contextlib import AbstractContextManager
from itertools import count
from zoneinfo import ZoneInfo

from attrs import evolve

from medicare_core.availability import AvailabilityRule, Schedule, TimeOff
from medicare_core.ids import AppointmentId, DoctorId, PatientId
from medicare_core.in_memory import InMemoryClinic
from medicare_core.ports import Event, UnitOfWork


class InMemoryBackEnd:
    """The in-memory clinic as the contracts and the state machine want it."""

    def __init__(self) -> None:
        self._clinic = InMemoryClinic(ZoneInfo("Europe/London"))
        self._ids = count(1)

    @property
    def zone(self) -> ZoneInfo:
        return self._clinic.zone

    @property
    def unlocked(self) -> UnitOfWork:
        return self._clinic.unlocked

    def begin(self, doctor: DoctorId | None) -> AbstractContextManager[UnitOfWork]:
        return self._clinic.begin(doctor)

    def add_doctor(self, schedule: Schedule) -> DoctorId:
        doctor = DoctorId(next(self._ids))
        self._clinic.schedules[doctor] = schedule
        return doctor

    def add_patient(self) -> PatientId:
        return PatientId(next(self._ids))

    def retire_doctor(self, doctor: DoctorId) -> None:
        del self._clinic.schedules[doctor]

    def set_rules(self, doctor: DoctorId, rules: Iterable[AvailabilityRule]) -> None:
        schedules = self._clinic.schedules
        schedules[doctor] = evolve(schedules[doctor], rules=rules)

    def add_time_off(self, doctor: DoctorId, time_off: TimeOff) -> None:
        self._clinic.add_time_off(doctor, time_off)

    def close_clinic(self, closure: TimeOff) -> None:
        self._clinic.closures.append(closure)

    def notices(self) -> list[tuple[Event, AppointmentId, int]]:
        return [
            (notice.event, notice.appointment.id, notice.appointment.revision)
            for notice in self._clinic.notices
        ]
