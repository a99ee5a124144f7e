"""The core's ports over the Django ORM: the only place where rows and entities meet.

Why cells, and why the lock comes first: docs/decisions/0003-double-booking.md.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import groupby
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import IntegrityError, OperationalError, transaction
from django.db.models import (
    BigIntegerField,
    CharField,
    DateTimeField,
    Q,
    QuerySet,
    UUIDField,
    Value,
)

from medicare_core.appointments import Appointment, AppointmentStatus
from medicare_core.availability import AvailabilityRule, Busy, Schedule
from medicare_core.errors import NotFound, RefusalCode, WriteConflict
from medicare_core.ids import AppointmentId, DoctorId, PatientId
from medicare_core.period import Period, to_minutes
from medicare_core.ports import Begin, UnitOfWork
from medicare_core.wall_clock import DAY
from medicare_django.accounts.contention import has_lost
from medicare_django.accounts.models import Doctor, UserProfile
from medicare_django.scheduling import models
from medicare_django.scheduling.prepared import Param, Prepared

_LIVE = AppointmentStatus.BOOKED.value
_NOBODY = 0
_NOTHING = UUID(int=0)


def beginning(work: UnitOfWork) -> Begin:
    """The core's `begin` for these ports; not to be called inside another `atomic` block."""

    @contextmanager
    def begin(doctor: DoctorId | None) -> Iterator[UnitOfWork]:
        try:
            with transaction.atomic(durable=True):
                _lock(doctor)
                yield work
        except OperationalError as error:
            if not has_lost(error):
                raise
            raise WriteConflict("The database is busy. Please try again.") from error

    return begin


def _lock(doctor: DoctorId | None) -> None:
    """Alone and first, so that what is read after it is what others committed before it."""
    rows = Doctor.objects.select_for_update().order_by("id").values_list("id")
    list(rows if doctor is None else rows.filter(id=doctor))


class ScheduleRepository:
    def get(self, doctor: DoctorId) -> Schedule:
        rows = tuple(_SCHEDULE.rows(doctor=doctor))
        if not rows:
            raise NotFound("There is no such doctor.")
        return _schedule(rows)

    def busy(
        self,
        doctor: DoctorId,
        patient: PatientId | None,
        period: Period,
        excluding: AppointmentId | None = None,
    ) -> list[Busy]:
        starts_at = period.starts_at
        rows = _BUSY.rows(
            doctor=doctor,
            patient=_NOBODY if patient is None else patient,
            starts_at=starts_at,
            earliest=starts_at - _LONGEST_VISIT,
            ends_at=period.ends_at,
            excluding=_NOTHING if excluding is None else excluding,
        )
        return [_busy(*row) for row in rows]

    def get_many(self, doctors: Collection[DoctorId]) -> dict[DoctorId, Schedule]:
        rows = _schedule_rows(Q(id__in=doctors), "id")
        return {
            DoctorId(doctor): _schedule(tuple(row[:-1] for row in own))
            for doctor, own in groupby(rows, key=lambda row: row[-1])
        }

    def busy_of(self, doctors: Collection[DoctorId], period: Period) -> dict[DoctorId, list[Busy]]:
        found: dict[DoctorId, list[Busy]] = {doctor: [] for doctor in doctors}
        within = (period.starts_at, period.ends_at)
        visits = _visits(period.starts_at - _LONGEST_VISIT).filter(doctor__in=doctors)
        for *stretch, doctor in _busy_rows(visits, RefusalCode.SLOT_TAKEN, *within, "doctor_id"):
            found[doctor].append(_busy(*stretch))
        absences = models.TimeOff.objects.filter(Q(doctor__in=doctors) | Q(doctor=None))
        for *stretch, doctor in _busy_rows(absences, RefusalCode.TIME_OFF, *within, "doctor_id"):
            for each in found if doctor is None else [doctor]:
                found[each].append(_busy(*stretch))
        return found


class AppointmentRepository:
    def get(self, appointment: AppointmentId) -> Appointment:
        return _entity(_row(appointment))

    def upcoming(self, doctor: DoctorId | None, now: datetime) -> list[Appointment]:
        rows = models.Appointment.objects.filter(status=_LIVE, ends_at__gt=now)
        if doctor is not None:
            rows = rows.filter(doctor=doctor)
        return [_entity(row) for row in rows.order_by("starts_at", "ends_at", "doctor_id")]

    def add(self, appointment: Appointment) -> None:
        """Raise `NotFound` too for a patient who is unknown or was deactivated meanwhile."""
        if not UserProfile.objects.filter(id=appointment.patient, is_active=True).exists():
            raise NotFound("There is no such patient.")
        _store(models.Appointment(), appointment)

    def update(self, appointment: Appointment) -> None:
        row = _row(appointment.id)
        _release(_entity(row))
        _store(row, appointment)


def _busy(starts_at: datetime, ends_at: datetime, reason: str) -> Busy:
    return Busy(to_minutes(starts_at), to_minutes(ends_at), RefusalCode(reason))


def _row(appointment: AppointmentId) -> models.Appointment:
    try:
        return models.Appointment.objects.get(id=appointment)
    except models.Appointment.DoesNotExist:
        raise NotFound("There is no such appointment.") from None


def _entity(row: models.Appointment) -> Appointment:
    return Appointment(
        id=AppointmentId(row.id),
        doctor=DoctorId(row.doctor_id),
        patient=PatientId(row.patient_id),
        period=Period.between(row.starts_at, row.ends_at),
        zone=ZoneInfo(row.timezone),
        status=AppointmentStatus(row.status),
        revision=row.revision,
    )


def _store(row: models.Appointment, appointment: Appointment) -> None:
    """Write the row and, if it is live, its cells, which whoever comes second cannot have."""
    local = appointment.period.starts_at.astimezone(appointment.zone)
    row.id = appointment.id
    row.doctor_id = appointment.doctor
    row.patient_id = appointment.patient
    row.date, row.time = local.date(), local.time()
    row.timezone = appointment.zone.key
    row.starts_at, row.ends_at = appointment.period.starts_at, appointment.period.ends_at
    row.status = appointment.status.value
    row.revision = appointment.revision
    row.save()
    if appointment.is_live:
        _hold(appointment)


def _hold(appointment: Appointment) -> None:
    doctor, patient = appointment.doctor, appointment.patient
    cells = [
        models.OccupiedCell(doctor_id=doctor, patient_id=patient, cell=cell)
        for cell in appointment.period.cells
    ]
    try:
        models.OccupiedCell.objects.bulk_create(cells)
    except IntegrityError:
        raise WriteConflict("Somebody else took this time first.") from None


def _release(appointment: Appointment) -> None:
    cells = appointment.period.cells
    if appointment.is_live:
        held = models.OccupiedCell.objects.filter(doctor=appointment.doctor)
        held.filter(cell__gte=cells.start, cell__lt=cells.stop).delete()


@lru_cache(maxsize=4096)
def _schedule(rows: tuple[tuple[Any, ...], ...]) -> Schedule:
    """One row for each rule, or a single one without. Remembered by value, never by id."""
    zone = ZoneInfo(rows[0][0])
    return Schedule(zone, [AvailabilityRule(*rule) for _, *rule in rows if rule[0] is not None])


# --- The queries that all decisions rest on: of one doctor prepared, of many as they come

_LONGEST_VISIT = timedelta(minutes=DAY)
"""Bounds `starts_at` from below too, so that an index on it serves."""

_INTEGER = BigIntegerField()
_INSTANT = DateTimeField()


def _schedule_rows(doctors: Q, *more: str) -> QuerySet[Any, Any]:
    rules = (f"availability__{field}" for field in models.RULE_FIELDS)
    found = Doctor.objects.filter(doctors, user__is_active=True)
    return found.order_by("id", "availability__id").values_list("timezone", *rules, *more)


def _schedule_query() -> QuerySet[Any, Any]:
    return _schedule_rows(Q(id=Param("doctor", _INTEGER)))


def _busy_query() -> QuerySet[Any, Any]:
    visits = _visits(Param("earliest", _INSTANT)).exclude(id=Param("excluding", UUIDField()))
    absences = models.TimeOff.objects.all()
    of_doctor = {"doctor": Param("doctor", _INTEGER)}
    within = (Param("starts_at", _INSTANT), Param("ends_at", _INSTANT))
    doctors = _busy_rows(visits.filter(**of_doctor), RefusalCode.SLOT_TAKEN, *within)
    own_visits = visits.filter(patient=Param("patient", _INTEGER))
    patients = _busy_rows(own_visits, RefusalCode.PATIENT_BUSY, *within)
    own = _busy_rows(absences.filter(**of_doctor), RefusalCode.TIME_OFF, *within)
    closures = _busy_rows(absences.filter(doctor=None), RefusalCode.TIME_OFF, *within)
    return doctors.union(patients, own, closures, all=True)


def _visits(earliest: Any) -> QuerySet[models.Appointment]:
    return models.Appointment.objects.filter(status=_LIVE, starts_at__gt=earliest)


def _busy_rows(
    rows: QuerySet[Any, Any], reason: RefusalCode, starts_at: Any, ends_at: Any, *more: str
) -> QuerySet[Any, Any]:
    overlapping = rows.filter(starts_at__lt=ends_at, ends_at__gt=starts_at)
    told = Value(reason.value, output_field=CharField())
    return overlapping.order_by().values_list("starts_at", "ends_at", told, *more)


_SCHEDULE = Prepared(_schedule_query)
_BUSY = Prepared(_busy_query)
