"""Many processes that want the same few times at once, through the site's own booking service.

Day by day: nobody begins with the next one before all are ready for it.
"""

import random
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime

from django.db import connections
from django.utils import timezone

from medicare_core.booking import BookingService
from medicare_core.errors import RefusalCode, TimeRefused, WriteConflict
from medicare_core.ids import DoctorId, PatientId
from medicare_django.scheduling.consistency import find_faults
from medicare_django.scheduling.models import Appointment
from medicare_django.scheduling.wiring import booking_service
from tests.faults.clinic import Clinic, open_clinic
from tests.faults.figures import Race
from tests.faults.notices import wrong_notices
from tests.faults.overlaps import count_overlaps
from tests.faults.processes import at_once
from tests.faults.unguarded import read_before_the_lock, take_guards_away

PROCESSES = 8
ATTEMPTS_A_DAY = 20
"""Of each process: together they want far more than the day has."""
DOCTORS, PATIENTS = 2, 12
BOOKED, CONFLICT = "booked", "write_conflict"

Book = Callable[[DoctorId, PatientId, datetime], str]
"""Gives what became of it: `BOOKED`, the code of a refusal, or the name of what went wrong."""


def through_the_service(attempts: int, seed: int) -> Race:
    clinic = open_clinic(DOCTORS, PATIENTS)
    return race(clinic, attempts, seed, lambda: booking_through(booking_service()))


def without_guards(attempts: int, seed: int) -> Race:
    take_guards_away()
    return through_the_service(attempts, seed)


def with_stale_snapshots(attempts: int, seed: int) -> Race:
    read_before_the_lock()
    return through_the_service(attempts, seed)


def race(clinic: Clinic, attempts: int, seed: int, book: Callable[[], Book]) -> Race:
    """Each process makes a `book` of its own."""
    days = -(-attempts // (PROCESSES * ATTEMPTS_A_DAY))

    def work(number: int, wait: Callable[[], object]) -> Counter[str]:
        chance, own, ends = random.Random(f"{seed}/{number}"), book(), Counter[str]()
        for day in range(days):
            wait()
            for _ in range(ATTEMPTS_A_DAY):
                doctor, patient = chance.choice(clinic.doctors), chance.choice(clinic.patients)
                start = clinic.start(day, chance.choice(clinic.times))
                ends[own(doctor, patient, start)] += 1
        return ends

    began = time.monotonic()
    ends = at_once(PROCESSES, work)
    return counted(ends, time.monotonic() - began)


def counted(ends: Counter[str], seconds: float) -> Race:
    lost = {code.value: ends[code.value] for code in RefusalCode if ends[code.value]}
    known = {BOOKED, CONFLICT, *lost}
    return Race(
        attempts=ends.total(),
        booked=ends[BOOKED],
        lost=lost,
        conflicts=ends[CONFLICT],
        others={name: count for name, count in ends.items() if name not in known},
        live=Appointment.objects.filter(status="booked").count(),
        overlaps=count_overlaps(),
        faults=find_faults().faults.total(),
        wrong_notices=wrong_notices()[:5],
        seconds=round(seconds, 1),
    )


def booking_through(service: BookingService) -> Book:
    def book(doctor: DoctorId, patient: PatientId, start: datetime) -> str:
        try:
            service.book(doctor, patient, start, now=timezone.now())
        except TimeRefused as refused:
            return refused.code
        except WriteConflict:
            return CONFLICT
        except Exception as error:  # none of these is promised: they are told by name
            connections.close_all()
            return type(error).__name__
        return BOOKED

    return book
