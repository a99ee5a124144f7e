"""What stands between a claim and a time: the agenda, read through the ports."""

from collections.abc import Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

from attrs import frozen

from medicare_core.appointments import Appointment
from medicare_core.availability import Busy
from medicare_core.errors import RefusalCode
from medicare_core.ids import DoctorId, PatientId
from medicare_core.period import Period, to_minutes_up
from medicare_core.policy import BookingPolicy
from medicare_core.ports import UnitOfWork
from medicare_core.slots import Agenda, Slot, check_days, meant_instants
from medicare_core.wall_clock import DAY, local_day, reading, to_utc

ALTERNATIVES = 3
_REACHES = (2, 14)  # days around a refused time that are searched before the whole horizon


@frozen
class Claim:
    """Who wants a time; `held` is the appointment that is to be moved, whose time is no obstacle."""

    doctor: DoctorId
    patient: PatientId | None = None
    held: Appointment | None = None

    def busy(self, work: UnitOfWork, period: Period) -> list[Busy]:
        held = None if self.held is None else self.held.id
        return work.schedules.busy(self.doctor, self.patient, period, held)


@frozen
class FreeSlots:
    """Free times in order, and the zone of the doctor's wall clock."""

    zone: ZoneInfo
    slots: tuple[Slot, ...]

    def __iter__(self) -> Iterator[Slot]:
        return iter(self.slots)

    def __len__(self) -> int:
        return len(self.slots)


def agenda_of(
    work: UnitOfWork, policy: BookingPolicy, claim: Claim, now: datetime, period: Period
) -> Agenda:
    schedule = work.schedules.get(claim.doctor)
    return Agenda(schedule, now, policy, claim.busy(work, period))


def find(
    work: UnitOfWork, policy: BookingPolicy, claim: Claim, start: datetime, now: datetime
) -> Slot | RefusalCode:
    """The free time that starts then, or why there is none.

    Whether one start is free depends on no more than a day, the longest visit, after it.
    """
    schedule = work.schedules.get(claim.doctor)
    meant = meant_instants(schedule.zone, start)
    if not meant:
        return RefusalCode.NONEXISTENT_TIME
    period = Period(meant[0], meant[-1] + DAY)
    return Agenda(schedule, now, policy, claim.busy(work, period)).find(start)


def nearest_free(
    work: UnitOfWork, policy: BookingPolicy, claim: Claim, start: datetime, now: datetime
) -> list[Slot]:
    """At most `ALTERNATIVES` times closest to the one that was wanted, the nearest first."""
    zone = work.schedules.get(claim.doctor).zone
    minute = to_minutes_up(now)
    today, last = local_day(zone, minute), policy.last_day(now, zone)
    end = (last + 2) * DAY  # no last day, in any zone, lasts longer
    wanted = min(max(_minute_meant(zone, start), minute), end)
    current = None if claim.held is None else claim.held.period
    found: list[Slot] = []
    for reach in (*_REACHES, policy.horizon_days + 2):
        first, final = max(today, wanted // DAY - reach), min(last, wanted // DAY + reach)
        span = Period((first - 1) * DAY, (final + 3) * DAY)
        agenda = agenda_of(work, policy, claim, now, span)
        nearest = agenda.nearest_free(wanted, first, final, ALTERNATIVES + 1)
        found = [slot for slot in nearest if slot.period != current][:ALTERNATIVES]
        sure = (reach - 1) * DAY  # nothing beyond the reach, in any zone, is closer than this
        if sum(abs(slot.period.start - wanted) <= sure for slot in found) == ALTERNATIVES:
            break
    return found


def around(first_on: date, days: int = 1) -> Period:
    """All that these local dates may be in any zone, and the longest visit after them."""
    first = check_days(first_on, days)
    return Period((first - 1) * DAY, (first + days + 2) * DAY)


def _minute_meant(zone: ZoneInfo, start: datetime) -> int:
    """The start as a UTC minute; one in a gap means the end of the gap."""
    if start.tzinfo is None:
        return to_utc(zone, reading(start))
    return meant_instants(zone, start)[0]
