from collections.abc import Iterable
from contextlib import AbstractContextManager
from itertools import count
from uuid import UUID
from zoneinfo import ZoneInfo

import attrs
from django.conf import settings

from medicare_core.availability import AvailabilityRule, Schedule, TimeOff
from medicare_core.ids import AppointmentId, DoctorId, PatientId
from medicare_core.ports import Event, UnitOfWork
from medicare_django.accounts.models import Doctor, UserProfile
from medicare_django.notifications.models import Kind, Notification
from medicare_django.scheduling import models
from medicare_django.scheduling.wiring import booking_service


class DjangoBackEnd:
    """The site's database as the contracts want it; empty at the start of a test."""

    def __init__(self) -> None:
        self._service = booking_service()
        self._numbers = count(1)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(settings.TIME_ZONE)

    @property
    def unlocked(self) -> UnitOfWork:
        return self._service.unlocked

    def begin(self, doctor: DoctorId | None) -> AbstractContextManager[UnitOfWork]:
        return self._service.begin(doctor)

    def add_doctor(self, schedule: Schedule) -> DoctorId:
        row = Doctor.objects.create(user=self._user(), timezone=schedule.zone.key)
        doctor = DoctorId(row.pk)
        self.set_rules(doctor, schedule.rules)
        return doctor

    def add_patient(self) -> PatientId:
        return PatientId(self._user().pk)

    def retire_doctor(self, doctor: DoctorId) -> None:
        UserProfile.objects.filter(doctor=doctor).update(is_active=False)

    def set_rules(self, doctor: DoctorId, rules: Iterable[AvailabilityRule]) -> None:
        models.DoctorAvailability.objects.filter(doctor=doctor).delete()
        for rule in rules:
            fields = attrs.asdict(rule, recurse=False)
            models.DoctorAvailability.objects.create(doctor_id=doctor, **fields)

    def add_time_off(self, doctor: DoctorId, time_off: TimeOff) -> None:
        fields = attrs.asdict(time_off)
        models.TimeOff.objects.create(doctor=Doctor.objects.get(pk=doctor), **fields)

    def close_clinic(self, closure: TimeOff) -> None:
        models.TimeOff.objects.create(doctor=None, **attrs.asdict(closure))

    def notices(self) -> list[tuple[Event, AppointmentId, int]]:
        return [
            (
                Event(row.kind),
                AppointmentId(UUID(row.params["appointment"])),
                row.params["revision"],
            )
            for row in Notification.objects.exclude(kind=Kind.REMINDER).order_by("id")
        ]

    def _user(self) -> UserProfile:
        number = next(self._numbers)
        return UserProfile.objects.create(email=f"person{number}@example.com", name="A Person")
