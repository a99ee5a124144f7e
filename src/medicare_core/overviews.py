"""Many doctors at once, read through the ports in a few calls however many they are."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime
from itertools import chain

from attrs import evolve

from medicare_core.agendas import around
from medicare_core.appointments import Appointment
from medicare_core.availability import Busy, Schedule
from medicare_core.ids import DoctorId
from medicare_core.period import Period, to_minutes_up
from medicare_core.policy import BookingPolicy
from medicare_core.ports import ScheduleRepository
from medicare_core.slots import Agenda, Slot
from medicare_core.stranding import stranded
from medicare_core.utilisation import Utilisation, utilisation
from medicare_core.wall_clock import DAY

_SOON_DAYS = 14


def first_free_on(
    schedules: ScheduleRepository,
    policy: BookingPolicy,
    doctors: Collection[DoctorId],
    on: date,
    now: datetime,
) -> dict[DoctorId, Slot]:
    """The earliest free time of each on this date of their own wall clock, where there is one."""
    listed = {
        doctor: Agenda(schedule, now, policy, busy).free_slots(on)
        for doctor, schedule, busy in _those_who_see_patients(schedules, doctors, around(on))
    }
    return {doctor: slots[0] for doctor, slots in listed.items() if slots}


def next_free(
    schedules: ScheduleRepository,
    policy: BookingPolicy,
    doctors: Collection[DoctorId],
    now: datetime,
) -> dict[DoctorId, Slot | None]:
    """The earliest free time of each up to the horizon.

    Of those who have one soon, as most do, nothing later is read; two more calls tell of the rest.
    """
    soon = evolve(policy, horizon_days=min(_SOON_DAYS, policy.horizon_days))
    found = _first_free(schedules, soon, doctors, now)
    late = [doctor for doctor, slot in found.items() if slot is None]
    if late and soon != policy:
        found |= _first_free(schedules, policy, late, now)
    return found


def utilisation_of(
    schedules: ScheduleRepository, doctors: Collection[DoctorId], first_on: date, days: int
) -> dict[DoctorId, Utilisation]:
    """Of each on these dates of their own wall clock, be they past or to come."""
    span = around(first_on, days)
    return {
        doctor: utilisation(schedule, busy, first_on, days)
        for doctor, schedule, busy in _those_who_see_patients(schedules, doctors, span)
    }


def sees_patients(schedules: ScheduleRepository, doctor: DoctorId | None) -> bool:
    """None is the clinic, which is always there."""
    return doctor is None or bool(schedules.get_many([doctor]))


def stranded_of(
    schedules: ScheduleRepository, appointments: Sequence[Appointment]
) -> list[Appointment]:
    """Those of these, which come in order, that the schedules of their doctors do not cover.

    Whoever no longer sees patients covers none.
    """
    if not appointments:
        return []
    own = defaultdict[DoctorId, list[Appointment]](list)
    for each in appointments:
        own[each.doctor].append(each)
    span = Period(appointments[0].period.start, max(each.period.end for each in appointments))
    found, left = list[Appointment](), dict(own)
    for doctor, schedule, busy in _those_who_see_patients(schedules, own, span):
        found += stranded(schedule, busy, left.pop(doctor))
    found += chain.from_iterable(left.values())
    return sorted(found, key=lambda each: (each.period, each.doctor))


def _first_free(
    schedules: ScheduleRepository,
    policy: BookingPolicy,
    doctors: Collection[DoctorId],
    now: datetime,
) -> dict[DoctorId, Slot | None]:
    whole = up_to_horizon(policy, now)
    return {
        doctor: Agenda(schedule, now, policy, busy).first_free()
        for doctor, schedule, busy in _those_who_see_patients(schedules, doctors, whole)
    }


def up_to_horizon(policy: BookingPolicy, now: datetime) -> Period:
    """All that may be booked now, in any zone, and the longest visit after it."""
    minute = to_minutes_up(now)
    return Period(minute, minute + (policy.horizon_days + 3) * DAY)


def _those_who_see_patients(
    schedules: ScheduleRepository, doctors: Collection[DoctorId], span: Period
) -> Iterator[tuple[DoctorId, Schedule, list[Busy]]]:
    busy = schedules.busy_of(doctors, span)
    for doctor, schedule in schedules.get_many(doctors).items():
        yield doctor, schedule, busy[doctor]
