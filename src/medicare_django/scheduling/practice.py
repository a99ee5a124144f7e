"""Doctors as admins keep them: who sees patients, under which name, by which clock.

Whatever may leave booked patients without their doctor goes through the service, which tells them.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from medicare_core.appointments import Appointment
from medicare_core.errors import NotFound
from medicare_core.ids import AppointmentId, DoctorId
from medicare_django.accounts.doctors import EmailTaken
from medicare_django.accounts.models import Doctor, UserProfile
from medicare_django.scheduling.wiring import booking_service


def deactivate_doctor(
    doctor: Doctor,
    *,
    now: datetime,
    dry_run: bool = False,
    cancel_stranded: bool = False,
    agreed: Collection[AppointmentId] | None = None,
) -> tuple[Appointment, ...]:
    """Let them see no patients and end their logins; return whom that strands, which is everybody.

    The appointments stand unless they are to be cancelled; nothing is changed where `agreed`, if
    it is told, leaves one of them out. Nobody is stranded a second time by who is no longer
    active. Raises the core's `NotFound`.
    """

    def change() -> None:
        user = _read(doctor).user
        user.is_active = False
        user.save(update_fields=["is_active"])

    return _change(
        doctor, change, now, dry_run=dry_run, cancel_stranded=cancel_stranded, agreed=agreed
    )


def activate_doctor(doctor: Doctor) -> None:
    """Let them log in and see patients again; that strands nobody. Raises the core's `NotFound`."""
    user = _read(doctor).user
    user.is_active = True
    user.save(update_fields=["is_active"])


def change_doctor(
    doctor: Doctor,
    person: Mapping[str, Any],
    practice: Mapping[str, Any],
    *,
    now: datetime,
    dry_run: bool = False,
    cancel_stranded: bool = False,
    agreed: Collection[AppointmentId] | None = None,
) -> tuple[Appointment, ...]:
    """Save these fields of UserProfile and of Doctor; return whom another time zone strands.

    Hours and time off keep what their clock shows, appointments the time that was promised. A new
    address counts as verified as the old one did, and makes codes and links that went there
    useless. Raises `EmailTaken`, be it by a sign-up that nobody has proved, and the core's
    `NotFound`. A dry run undoes everything, and stores no picture; so does a change that strands
    others than those `agreed` on, if these are told, but it has stored the picture.
    """
    # A file would outlive the transaction.
    kept = {name: value for name, value in practice.items() if not (dry_run and name == "image")}

    def change() -> None:
        row = _read(doctor)
        _save_person(row.user, person)
        _save_practice(row, kept)

    return _change(
        doctor, change, now, dry_run=dry_run, cancel_stranded=cancel_stranded, agreed=agreed
    )


def _change(
    doctor: Doctor, change: Callable[[], None], now: datetime, *, dry_run: bool, **how: Any
) -> tuple[Appointment, ...]:
    service, own = booking_service(), DoctorId(doctor.pk)
    try:
        return service.change_schedule(own, change, now=now, dry_run=dry_run, **how)
    except NotFound:
        # Who sees no patients has a schedule all the same, which waits for them.
        with service.begin(own):
            change()
            transaction.set_rollback(dry_run)
        return ()


def _read(doctor: Doctor) -> Doctor:
    """As it is by now: a change is made under a lock, and perhaps once more."""
    try:
        return Doctor.objects.select_related("user").get(pk=doctor.pk)
    except Doctor.DoesNotExist:
        raise NotFound("There is no such doctor.") from None


def _save_person(user: UserProfile, person: Mapping[str, Any]) -> None:
    _assign(user, person)
    fields = {*person, "email_canonical"} if "email" in person else set(person)
    try:
        user.save(update_fields=fields)
    except IntegrityError:  # nothing else of it is unique
        raise EmailTaken from None


def _save_practice(row: Doctor, practice: Mapping[str, Any]) -> None:
    before = row.timezone
    _assign(row, practice)
    row.save(update_fields=set(practice))
    if row.timezone != before:
        for absence in row.time_off.all():
            absence.save()  # which finds out anew what its wall clock comes to


def _assign(row: Doctor | UserProfile, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(row, name, value)
