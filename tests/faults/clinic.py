"""The clinic of a campaign: few doctors, few patients, and times of every length to fight over."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.core.management import call_command
from django.utils import timezone

from medicare_core.ids import DoctorId, PatientId
from medicare_django.accounts.models import Doctor, UserProfile
from medicare_django.scheduling.models import DoctorAvailability
from medicare_django.scheduling.wiring import booking_service

ZONE = "UTC"
# Lengths, and the starts of their grids: every one overlaps all the others.
GRIDS = {
    15: time(9, 0),
    20: time(9, 5),
    30: time(9, 10),
    45: time(9, 20),
    60: time(9, 25),
}
END = time(12, 0)


@dataclass(frozen=True)
class Clinic:
    doctors: tuple[DoctorId, ...]
    patients: tuple[PatientId, ...]
    first_on: date
    times: tuple[time, ...]
    """The starts of an empty day, which is the same for all doctors and on all days."""

    def start(self, day: int, at: time) -> datetime:
        return datetime.combine(self.first_on + timedelta(days=day), at, ZoneInfo(ZONE))


def open_clinic(doctors: int, patients: int) -> Clinic:
    """Empty the database first."""
    call_command("flush", interactive=False, inhibit_post_migrate=True, verbosity=0)
    first_on = timezone.now().date() + timedelta(days=2)
    own = tuple(_make_doctor(number, first_on) for number in range(doctors))
    theirs = tuple(PatientId(_make_person("patient", number).pk) for number in range(patients))
    free = booking_service().free_slots(own[0], first_on, now=timezone.now())
    return Clinic(own, theirs, first_on, tuple(slot.starts_at.time() for slot in free))


def _make_doctor(number: int, first_on: date) -> DoctorId:
    doctor = Doctor.objects.create(user=_make_person("doctor", number), timezone=ZONE)
    for minutes, start_time in GRIDS.items():
        DoctorAvailability.objects.create(
            doctor=doctor,
            start_date=first_on,
            start_time=start_time,
            end_time=END,
            repeat_pattern="daily",
            slot_minutes=minutes,
        )
    return DoctorId(doctor.pk)


def _make_person(role: str, number: int) -> UserProfile:
    return UserProfile.objects.create(
        email=f"{role}{number}@example.org", name=f"A {role}", is_email_verified=True
    )
