"""Fills the calendars: every visit is booked and cancelled through the core, as of its own day."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from math import exp
from random import Random

from attrs import evolve, frozen

from medicare_core.appointments import Appointment
from medicare_core.booking import BookingService
from medicare_core.errors import TimeRefused
from medicare_core.ids import DoctorId, PatientId
from medicare_core.period import Period
from medicare_core.policy import BookingPolicy
from medicare_core.ports import Event
from medicare_core.slots import Slot
from medicare_django.scheduling import models

FULLEST = 0.7  # of the times, so that there is something left to book whatever the settings are
CANCELLED = 0.08  # of the visits
LONGEST_LEAD = timedelta(days=21)  # between the booking and the visit, for those that are over

Offer = tuple[DoctorId, Slot]


@frozen
class Wave:
    """So many visits between these doctors and these patients, `days` dates from `first_on`.

    The further a date is from now the emptier: to about a third after `spread` days.
    """

    name: str
    doctors: Sequence[DoctorId]
    patients: Sequence[PatientId]
    first_on: date
    days: int
    spread: int
    wanted: int


class TellsNobody:
    """A notifier for invented people, who want no mail."""

    def notify(self, event: Event, appointment: Appointment, previous: Period | None) -> None:
        pass


def make_visits(service: BookingService, wave: Wave, now: datetime) -> Iterator[None]:
    """One visit a step, until with those that are there already it is what the wave wants."""
    random = Random(f"demo {wave.name}")  # noqa: S311 - no secret: the same every time
    there, offers = _count_visits(wave), _list_offers(service, wave)
    wanted = min(wave.wanted, int(FULLEST * (there + len(offers))))
    for doctor, slot in _shuffle(random, offers, wave.spread, now):
        if there >= wanted:
            return
        patient = random.choice(wave.patients)
        asked_at = min(now, slot.period.starts_at - _choose_lead(random, service.policy))
        is_cancelled = random.random() < CANCELLED
        try:
            visit = service.book(doctor, patient, slot.starts_at, now=asked_at)
        except TimeRefused:
            continue
        if is_cancelled:
            service.cancel(visit.id, now=asked_at)
        there += 1
        yield


def _count_visits(wave: Wave) -> int:
    last_on = wave.first_on + timedelta(wave.days - 1)
    visits = models.Appointment.objects.filter(date__range=(wave.first_on, last_on))
    return visits.filter(doctor__in=wave.doctors, patient__in=wave.patients).count()


def _list_offers(service: BookingService, wave: Wave) -> list[Offer]:
    """What was free the day before it all began; whether it may be booked is for `book` to say."""
    before = datetime.combine(wave.first_on, time.min, UTC) - timedelta(1)
    lenient = evolve(service, policy=BookingPolicy(0, wave.days + 1))
    return [
        (doctor, slot)
        for doctor in wave.doctors
        for slot in lenient.free_slots(doctor, wave.first_on, wave.days, now=before)
    ]


def _shuffle(random: Random, offers: list[Offer], spread: int, now: datetime) -> list[Offer]:
    """In a random order in which an offer near to now is more likely to come early."""

    def rank(offer: Offer) -> float:
        distance = abs(offer[1].period.starts_at - now) / timedelta(1)
        return random.expovariate(exp(-distance / spread))

    return sorted(offers, key=rank)


def _choose_lead(random: Random, policy: BookingPolicy) -> timedelta:
    """Early enough to book and to cancel."""
    least = timedelta(minutes=max(policy.notice_minutes, policy.cancel_cutoff_minutes))
    most = min(LONGEST_LEAD, timedelta(policy.horizon_days))
    return least + random.random() * max(most - least, timedelta(0))
