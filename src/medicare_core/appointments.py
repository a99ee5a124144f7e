"""A patient's claim on a doctor's time, and the steps it may take."""

from enum import StrEnum
from zoneinfo import ZoneInfo

from attrs import evolve, field, frozen

from medicare_core.errors import NotLive
from medicare_core.ids import AppointmentId, DoctorId, PatientId
from medicare_core.period import Period


class AppointmentStatus(StrEnum):
    BOOKED = "booked"
    CANCELLED = "cancelled"


STEPS: dict[AppointmentStatus, frozenset[AppointmentStatus]] = {
    AppointmentStatus.BOOKED: frozenset({AppointmentStatus.BOOKED, AppointmentStatus.CANCELLED}),
    AppointmentStatus.CANCELLED: frozenset(),
}
"""Which status may follow which; a move leads from booked to booked."""


@frozen
class Appointment:
    """`zone` is the one in which the time was promised; `revision` counts moves and the cancel."""

    id: AppointmentId
    doctor: DoctorId
    patient: PatientId
    period: Period
    zone: ZoneInfo
    status: AppointmentStatus = field(
        default=AppointmentStatus.BOOKED, converter=AppointmentStatus
    )
    revision: int = 0

    @property
    def is_live(self) -> bool:
        """Whether it holds its time."""
        return self.status is AppointmentStatus.BOOKED

    def move(self, period: Period, zone: ZoneInfo) -> "Appointment":
        """Raises `NotLive` once it was cancelled."""
        return evolve(self._step(AppointmentStatus.BOOKED), period=period, zone=zone)

    def cancel(self) -> "Appointment":
        """Raises `NotLive` once it was cancelled."""
        return self._step(AppointmentStatus.CANCELLED)

    def _step(self, status: AppointmentStatus) -> "Appointment":
        if status not in STEPS[self.status]:
            raise NotLive("This appointment has been cancelled.")
        return evolve(self, status=status, revision=self.revision + 1)
