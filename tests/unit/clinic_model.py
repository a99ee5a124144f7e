"""What a clinic should have come to: plain lists, looked through minute by minute."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from attrs import define, field, frozen

from medicare_core.appointments import Appointment
from medicare_core.availability import Schedule, TimeOff
from medicare_core.errors import BookingError, NotLive, TooLate
from medicare_core.ids import AppointmentId, DoctorId, PatientId
from medicare_core.period import Period
from medicare_core.policy import Actor, BookingPolicy
from medicare_core.ports import Event
from tests.unit.oracle import MINUTE, Oracle

FIRST_ON = date(2031, 3, 27)  # three days before Europe's clocks change
NOW = datetime(2031, 3, 27, 6, tzinfo=UTC)
POLICY = BookingPolicy(notice_minutes=60, horizon_days=6, cancel_cutoff_minutes=120)


@frozen
class Timetable:
    """When everybody works: `zone` is the clinic's, in which closures are told."""

    zone: ZoneInfo
    schedules: dict[DoctorId, Schedule] = field(eq=False)
    closures: tuple[TimeOff, ...] = ()

    def covers(self, doctor: DoctorId, period: Period) -> bool:
        worked = worked_minutes(self.schedules[doctor], self.zone, self.closures)
        return worked.issuperset(minutes(period))


@define
class Records:
    """The appointments as they are now, and all that the notifier was told."""

    appointments: dict[AppointmentId, Appointment] = field(factory=dict)
    notices: list[tuple[Event, AppointmentId, int]] = field(factory=list)

    def keep(self, event: Event, appointment: Appointment) -> None:
        self.appointments[appointment.id] = appointment
        self.notices.append((event, appointment.id, appointment.revision))

    def pick(self, number: int) -> Appointment | None:
        known = list(self.appointments.values())
        return known[number % len(known)] if known else None

    def live(self) -> list[Appointment]:
        return [each for each in self.appointments.values() if each.is_live]

    def upcoming(self, now: datetime) -> list[Appointment]:
        due = [each for each in self.live() if each.period.ends_at > now]
        return sorted(due, key=lambda each: (each.period, each.doctor))

    def is_free(
        self,
        period: Period,
        doctor: DoctorId,
        patient: PatientId,
        but: AppointmentId | None = None,
    ) -> bool:
        held = {
            minute
            for each in self.live()
            if each.id != but and (each.doctor == doctor or each.patient == patient)
            for minute in minutes(each.period)
        }
        return held.isdisjoint(minutes(period))


def hindrance(appointment: Appointment, now: datetime, by: Actor) -> type[BookingError] | None:
    """Why it may not be moved or cancelled."""
    if not appointment.is_live:
        return NotLive
    period = appointment.period
    if by is Actor.CLINIC:
        return TooLate if now >= period.ends_at else None
    cutoff = POLICY.cancel_cutoff_minutes * MINUTE
    return TooLate if now > period.starts_at - cutoff else None


def minutes(period: Period) -> range:
    return range(period.start, period.end)


@lru_cache(maxsize=256)
def worked_minutes(
    schedule: Schedule, zone: ZoneInfo, closures: tuple[TimeOff, ...]
) -> frozenset[int]:
    """The minutes of two weeks in which a doctor sees patients."""
    begin = FIRST_ON - timedelta(days=1)
    hours = Oracle(schedule, NOW, POLICY, (), begin, 14, tick=5)
    shut = Oracle(Schedule(zone, (), closures), NOW, POLICY, (), begin, 14, tick=5)
    return frozenset(hours.worked - shut.away)
