"""The demo data as a whole, made in small steps that may be broken off and taken up again."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.utils import timezone

from medicare_django.scheduling.demo.clinic import Clinic, add_admin, open_clinic
from medicare_django.scheduling.demo.visits import TellsNobody, Wave, make_visits
from medicare_django.scheduling.models import Appointment
from medicare_django.scheduling.wiring import booking_service

APPOINTMENTS = 3000
PAST_DAYS = 120
UPCOMING_DAYS = 60


def fill(now: datetime, appointments: int = APPOINTMENTS) -> Iterator[float]:
    """Tell after each visit which part of them is there.

    Every step looks at what is in the database already, so that a run that was broken off is
    completed by the next one. The admin comes last: without that account it is not complete.
    """
    service = booking_service(TellsNobody())
    today = timezone.localdate(now)
    clinic = open_clinic(service, today - timedelta(today.weekday()), now)
    done = Appointment.objects.count()
    for wave in _waves(clinic, today, appointments, service.policy.horizon_days):
        for _ in make_visits(service, wave, now):
            done += 1
            yield min(1.0, done / appointments)
    add_admin()
    yield 1.0


def _waves(clinic: Clinic, today: date, appointments: int, horizon_days: int) -> list[Wave]:
    """Two thirds lie in the past. The small waves come first and are part of the large ones."""
    everybody, patient = (clinic.doctors, clinic.patients), (clinic.doctors, clinic.patients[:1])
    doctor = (clinic.doctors[:1], clinic.patients)
    past, upcoming = today - timedelta(PAST_DAYS), min(UPCOMING_DAYS, horizon_days + 1)
    return [
        Wave("patient, past", *patient, past, PAST_DAYS, 90, 8),
        Wave("patient, upcoming", *patient, today + timedelta(1), min(28, upcoming), 28, 4),
        Wave("doctor, this week", *doctor, today, min(7, upcoming), 30, 48),
        Wave("past", *everybody, past, PAST_DAYS, 30, appointments * 2 // 3),
        Wave("upcoming", *everybody, today, upcoming, 15, appointments - appointments * 2 // 3),
    ]
