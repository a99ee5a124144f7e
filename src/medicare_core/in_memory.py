"""The ports over dictionaries: a real back end for tests, examples and small tools."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from threading import Lock, get_ident
from typing import NamedTuple
from zoneinfo import ZoneInfo

from attrs import evolve

from medicare_core.appointments import Appointment
from medicare_core.availability import Busy, Schedule, TimeOff
from medicare_core.errors import NotFound, RefusalCode, WriteConflict
from medicare_core.ids import AppointmentId, DoctorId, PatientId
from medicare_core.period import Period, to_minutes_down
from medicare_core.ports import Event, UnitOfWork


class Notice(NamedTuple):
    """What a notifier was told."""

    event: Event
    appointment: Appointment
    previous: Period | None


class InMemoryClinic:
    """Schedules, closures, appointments and notices in one process, one transaction at a time.

    Give `begin` and `unlocked` to a `BookingService`.
    """

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone
        self.schedules: dict[DoctorId, Schedule] = {}
        self.closures: list[TimeOff] = []
        self.appointments: dict[AppointmentId, Appointment] = {}
        self.notices: list[Notice] = []
        self.unlocked = UnitOfWork(_Schedules(self), _Appointments(self), _Notices(self))
        self._lock = Lock()
        self._holder: int | None = None

    @contextmanager
    def begin(self, doctor: DoctorId | None) -> Iterator[UnitOfWork]:
        """One lock serves all doctors. Raises RuntimeError inside of another one."""
        del doctor
        if self._holder == get_ident():
            raise RuntimeError("A transaction cannot be begun inside another one.")
        with self._lock:
            self._holder = get_ident()
            before = (dict(self.schedules), list(self.closures))
            booked, told = dict(self.appointments), list(self.notices)
            try:
                yield self.unlocked
            except BaseException:
                self.schedules, self.closures = before
                self.appointments, self.notices = booked, told
                raise
            finally:
                self._holder = None

    def add_time_off(self, doctor: DoctorId, time_off: TimeOff) -> None:
        schedule = self.schedules[doctor]
        self.schedules[doctor] = evolve(schedule, exceptions=(*schedule.exceptions, time_off))

    def live(self) -> list[Appointment]:
        return [each for each in list(self.appointments.values()) if each.is_live]


class _Schedules:
    def __init__(self, clinic: InMemoryClinic) -> None:
        self._clinic = clinic

    def get(self, doctor: DoctorId) -> Schedule:
        try:
            return self._clinic.schedules[doctor]
        except KeyError:
            raise NotFound("There is no such doctor.") from None

    def busy(
        self,
        doctor: DoctorId,
        patient: PatientId | None,
        period: Period,
        excluding: AppointmentId | None = None,
    ) -> list[Busy]:
        spans = [closure.span(self._clinic.zone) for closure in self._clinic.closures]
        found = [Busy(*span, RefusalCode.TIME_OFF) for span in spans]
        for each in self._clinic.live():
            ends = (each.period.start, each.period.end)
            if each.id == excluding:
                continue
            if each.doctor == doctor:
                found.append(Busy(*ends, RefusalCode.SLOT_TAKEN))
            if each.patient == patient:
                found.append(Busy(*ends, RefusalCode.PATIENT_BUSY))
        return [each for each in found if each.start < period.end and period.start < each.end]

    def get_many(self, doctors: Collection[DoctorId]) -> dict[DoctorId, Schedule]:
        schedules = self._clinic.schedules
        return {doctor: schedules[doctor] for doctor in doctors if doctor in schedules}

    def busy_of(self, doctors: Collection[DoctorId], period: Period) -> dict[DoctorId, list[Busy]]:
        return {doctor: self.busy(doctor, None, period) for doctor in doctors}


class _Appointments:
    def __init__(self, clinic: InMemoryClinic) -> None:
        self._clinic = clinic

    def get(self, appointment: AppointmentId) -> Appointment:
        try:
            return self._clinic.appointments[appointment]
        except KeyError:
            raise NotFound("There is no such appointment.") from None

    def upcoming(self, doctor: DoctorId | None, now: datetime) -> list[Appointment]:
        minute = to_minutes_down(now)
        found = (each for each in self._clinic.live() if each.period.end > minute)
        own = (each for each in found if doctor in (None, each.doctor))
        return sorted(own, key=lambda each: (each.period, each.doctor))

    def add(self, appointment: Appointment) -> None:
        self._hold(appointment)

    def update(self, appointment: Appointment) -> None:
        self.get(appointment.id)
        self._hold(appointment)

    def _hold(self, appointment: Appointment) -> None:
        cells = set(appointment.period.cells) if appointment.is_live else set()
        for other in self._clinic.live():
            shared = other.doctor == appointment.doctor or other.patient == appointment.patient
            if other.id != appointment.id and shared and cells & set(other.period.cells):
                raise WriteConflict("Somebody else took this time first.")
        self._clinic.appointments[appointment.id] = appointment


class _Notices:
    def __init__(self, clinic: InMemoryClinic) -> None:
        self._clinic = clinic

    def notify(self, event: Event, appointment: Appointment, previous: Period | None) -> None:
        self._clinic.notices.append(Notice(event, appointment, previous))
