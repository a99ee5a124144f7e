"""Patients as admins keep them."""

from collections.abc import Collection
from contextlib import nullcontext, suppress
from datetime import datetime

from django.db.models import QuerySet

from medicare_core.appointments import AppointmentStatus
from medicare_core.errors import NotLive, TooLate
from medicare_core.ids import AppointmentId
from medicare_core.policy import Actor
from medicare_django.accounts.models import UserProfile
from medicare_django.scheduling.models import Appointment
from medicare_django.scheduling.wiring import booking_service


def upcoming_of(patient: UserProfile, now: datetime) -> QuerySet[Appointment]:
    """What they have booked and is not over, the soonest first."""
    booked = Appointment.objects.filter(patient=patient, status=AppointmentStatus.BOOKED.value)
    return booked.filter(ends_at__gt=now).order_by("starts_at", "pk")


def deactivate_patient(
    patient: UserProfile,
    *,
    now: datetime,
    dry_run: bool = False,
    cancel_stranded: bool = False,
    agreed: Collection[AppointmentId] | None = None,
) -> tuple[Appointment, ...]:
    """End their logins for good and let them book nothing more; return what they have booked.

    It stands, or is cancelled one after the other where that is asked for. Nothing is changed by a
    dry run, nor where `agreed`, if it is told, leaves one of them out. Raises `WriteConflict`.
    """
    # With all doctors locked: what is being booked is seen, and what is booked later is refused.
    with nullcontext() if dry_run else booking_service().begin(None):
        booked = tuple(upcoming_of(patient, now))
        if dry_run or (agreed is not None and any(row.pk not in agreed for row in booked)):
            return booked
        patient.is_active = False
        patient.save(update_fields=["is_active"])
    if cancel_stranded:
        for row in booked:
            _cancel(row, now)
    return booked


def activate_patient(patient: UserProfile) -> None:
    patient.is_active = True
    patient.save(update_fields=["is_active"])


def _cancel(row: Appointment, now: datetime) -> None:
    with suppress(NotLive, TooLate):  # cancelled or over by now, which is as good
        booking_service().cancel(AppointmentId(row.pk), now=now, by=Actor.CLINIC)
