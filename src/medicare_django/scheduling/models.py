from typing import Any, ClassVar
from uuid import uuid4
from zoneinfo import ZoneInfo

import attrs
from django.conf import settings
from django.db import models

from medicare_core import availability
from medicare_core.appointments import AppointmentStatus
from medicare_core.availability import Repeat
from medicare_core.period import to_instant
from medicare_django.accounts.models import Doctor, UserProfile
from medicare_django.scheduling.fields import WeekdaysField

RULE_FIELDS = [field.name for field in attrs.fields(availability.AvailabilityRule)]
"""The columns of a rule bear the names, and keep the order, of the core's fields."""


def default_slot_minutes() -> int:
    return settings.SLOT_MINUTES


class DoctorAvailability(models.Model):
    """The fields of `medicare_core.availability.AvailabilityRule`; edited through the service."""

    doctor = models.ForeignKey(Doctor, models.CASCADE, related_name="availability")
    start_date = models.DateField()
    end_date = models.DateField(null=True, blank=True)
    start_time = models.TimeField()
    end_time = models.TimeField()
    repeat_pattern = models.CharField(
        max_length=6, choices=[(each.value, each.value) for each in Repeat], default=Repeat.NONE
    )
    repeat_days = WeekdaysField(blank=True, default=frozenset)
    repeat_interval = models.PositiveSmallIntegerField(default=1)
    slot_minutes = models.PositiveSmallIntegerField(default=default_slot_minutes)

    class Meta:
        verbose_name_plural = "doctor availability"
        ordering: ClassVar = ["start_date", "start_time", "id"]

    def __str__(self) -> str:
        return f"{self.repeat_pattern} from {self.start_date}, {self.start_time}-{self.end_time}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Raises the core's `InvalidValue`, which names the field."""
        self.rule()
        super().save(*args, **kwargs)

    def rule(self) -> availability.AvailabilityRule:
        """Raises the core's `InvalidValue`, which names the field."""
        return availability.AvailabilityRule(*(getattr(self, name) for name in RULE_FIELDS))


class TimeOff(models.Model):
    """A doctor's absence or, without a doctor, a closure of the clinic.

    The local fields are those of `medicare_core.availability.TimeOff`, in the doctor's or the
    clinic's zone; `starts_at` and `ends_at` are what they come to.
    """

    doctor = models.ForeignKey(
        Doctor, models.CASCADE, null=True, blank=True, related_name="time_off"
    )
    start_date = models.DateField()
    end_date = models.DateField(null=True, blank=True)
    start_time = models.TimeField(null=True, blank=True)
    end_time = models.TimeField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True, default="")
    starts_at = models.DateTimeField(editable=False)
    ends_at = models.DateTimeField(editable=False)

    class Meta:
        verbose_name_plural = "time off and closures"
        ordering: ClassVar = ["starts_at", "id"]
        indexes: ClassVar = [models.Index(fields=["doctor", "ends_at"], name="time_off_of_doctor")]

    def __str__(self) -> str:
        return f"{self.start_date} to {self.end_date or self.start_date}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Raises the core's `InvalidValue`, which names the field."""
        local = availability.TimeOff(
            self.start_date, self.end_date, self.start_time, self.end_time
        )
        self.starts_at, self.ends_at = map(to_instant, local.span(self._zone()))
        super().save(*args, **kwargs)

    def _zone(self) -> ZoneInfo:
        """As it is by now: an admin may have changed it since `doctor` was read."""
        if self.doctor_id is None:
            return ZoneInfo(settings.TIME_ZONE)
        return ZoneInfo(Doctor.objects.values_list("timezone", flat=True).get(pk=self.doctor_id))


class Appointment(models.Model):
    """Written by the repository only. `date` and `time` are what the patient was promised."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    doctor = models.ForeignKey(Doctor, models.PROTECT, related_name="appointments")
    patient = models.ForeignKey(UserProfile, models.PROTECT, related_name="appointments")
    date = models.DateField()
    time = models.TimeField()
    timezone = models.CharField("time zone", max_length=64)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    status = models.CharField(
        max_length=10, choices=[(each.value, each.value) for each in AppointmentStatus]
    )
    revision = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-starts_at", "id"]
        indexes: ClassVar = [
            models.Index(fields=["doctor", "starts_at"], name="appointments_of_doctor"),
            models.Index(fields=["patient", "starts_at"], name="appointments_of_patient"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")), name="ends_after_it_starts"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.date} {self.time:%H:%M} {self.timezone}"


class OccupiedCell(models.Model):
    """Five minutes of UTC that a live appointment holds: what makes double booking impossible.

    `cell` numbers them from 1970. The cells of an appointment are those of its doctor and period.
    """

    pk = models.CompositePrimaryKey("doctor_id", "cell")
    doctor = models.ForeignKey(Doctor, models.PROTECT, db_index=False, related_name="+")
    patient = models.ForeignKey(UserProfile, models.PROTECT, db_index=False, related_name="+")
    cell = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["patient", "cell"], name="one_place_at_a_time"),
        ]

    def __str__(self) -> str:
        return str(self.cell)


class BookingKey(models.Model):
    """Which appointment came of a request that bore a key, so that asking again makes no second one.

    `key` and `wish`, what was asked for, are digests.
    """

    patient = models.ForeignKey(UserProfile, models.CASCADE, db_index=False, related_name="+")
    key = models.CharField(max_length=64)
    wish = models.CharField(max_length=64)
    appointment = models.ForeignKey(Appointment, models.CASCADE, related_name="+")
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["patient", "key"], name="one_booking_for_one_key"),
        ]

    def __str__(self) -> str:
        return self.key
