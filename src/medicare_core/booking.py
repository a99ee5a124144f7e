"""The use cases: see free times, book, reschedule, cancel, change a schedule."""

from collections.abc import Callable, Collection
from contextlib import suppress
from datetime import date, datetime
from typing import TypeVar
from uuid import uuid4

from attrs import frozen

from medicare_core.agendas import Claim, FreeSlots, agenda_of, around, find, nearest_free
from medicare_core.appointments import Appointment
from medicare_core.errors import NotFound, RefusalCode, TimeRefused, WriteConflict
from medicare_core.ids import AppointmentId, DoctorId, PatientId
from medicare_core.overviews import (
    first_free_on,
    next_free,
    sees_patients,
    stranded_of,
    up_to_horizon,
    utilisation_of,
)
from medicare_core.period import Period
from medicare_core.policy import Actor, BookingPolicy
from medicare_core.ports import Begin, Event, UnitOfWork
from medicare_core.slots import Agenda, Slot
from medicare_core.utilisation import Utilisation

R = TypeVar("R")

ATTEMPTS = 3
"""How often a transaction that lost against another one is tried in all."""


@frozen
class BookingService:
    """The only one to call the ports, here and through `agendas`.

    `now` is an aware datetime; a `start` is one too, or, without an offset, a reading of the
    doctor's wall clock. Every method raises `NotFound` for an unknown doctor or appointment,
    `InvalidValue` for a value that means nothing, and, if it writes, `WriteConflict` when it lost
    `ATTEMPTS` times. In between, outside the transaction, `pause` is told how often it has lost: it
    may wait a moment, by chance, so that those who met do not meet again.
    """

    begin: Begin
    unlocked: UnitOfWork
    policy: BookingPolicy = BookingPolicy()
    new_id: Callable[[], AppointmentId] = lambda: AppointmentId(uuid4())
    pause: Callable[[int], object] = lambda lost: None

    def free_slots(
        self,
        doctor: DoctorId,
        first_on: date,
        days: int = 1,
        *,
        now: datetime,
        patient: PatientId | None = None,
    ) -> FreeSlots:
        """The free times on these dates of the doctor's wall clock."""
        agenda = self._agenda(Claim(doctor, patient), around(first_on, days), now)
        return FreeSlots(agenda.schedule.zone, tuple(agenda.free_slots(first_on, days)))

    def free_counts(
        self, doctor: DoctorId, first_on: date, days: int, *, now: datetime
    ) -> dict[date, int]:
        """How many times are free on each of these dates, 0 included."""
        agenda = self._agenda(Claim(doctor), around(first_on, days), now)
        return agenda.free_counts(first_on, days)

    def first_free_on(
        self, doctors: Collection[DoctorId], on: date, *, now: datetime
    ) -> dict[DoctorId, Slot]:
        """The earliest free time on this date of their own wall clock, of those who have one."""
        return first_free_on(self.unlocked.schedules, self.policy, doctors, on, now)

    def first_free(self, doctor: DoctorId, *, now: datetime) -> Slot | None:
        """The earliest free time up to the horizon."""
        return self._agenda(Claim(doctor), up_to_horizon(self.policy, now), now).first_free()

    def next_free(
        self, doctors: Collection[DoctorId], *, now: datetime
    ) -> dict[DoctorId, Slot | None]:
        """As `first_free`, of each of them who sees patients; the others are left out."""
        return next_free(self.unlocked.schedules, self.policy, doctors, now)

    def utilisation(
        self, doctors: Collection[DoctorId], first_on: date, days: int
    ) -> dict[DoctorId, Utilisation]:
        """On these dates of each one's wall clock; who sees no patients is left out."""
        return utilisation_of(self.unlocked.schedules, doctors, first_on, days)

    def explain(
        self,
        doctor: DoctorId,
        start: datetime,
        *,
        now: datetime,
        patient: PatientId | None = None,
    ) -> RefusalCode | None:
        """Why the time cannot be had; None exactly when `free_slots` lists it."""
        answer = find(self.unlocked, self.policy, Claim(doctor, patient), start, now)
        return None if isinstance(answer, Slot) else answer

    def book(
        self, doctor: DoctorId, patient: PatientId, start: datetime, *, now: datetime
    ) -> Appointment:
        """Raises `TimeRefused`, with up to three alternatives."""
        claim = Claim(doctor, patient)

        def attempt(work: UnitOfWork) -> Appointment:
            slot = self._slot(work, claim, start, now)
            appointment = Appointment(self.new_id(), doctor, patient, slot.period, slot.zone)
            work.appointments.add(appointment)
            work.notifier.notify(Event.BOOKED, appointment, None)
            return appointment

        return self._with_alternatives(claim, start, now, attempt)

    def reschedule(
        self,
        appointment: AppointmentId,
        start: datetime,
        *,
        now: datetime,
        by: Actor = Actor.PATIENT,
    ) -> Appointment:
        """Take the new time and free the old one; to the same time, nothing happens.

        Raises `NotLive`, `TooLate`, and `TimeRefused` with up to three alternatives.
        """
        known = self.unlocked.appointments.get(appointment)
        claim = Claim(known.doctor, known.patient, known)

        def attempt(work: UnitOfWork) -> Appointment:
            current = work.appointments.get(appointment)
            self.policy.check_change(current, now, by)
            slot = self._slot(work, claim, start, now)
            if slot.period == current.period:
                return current
            moved = current.move(slot.period, slot.zone)
            work.appointments.update(moved)
            work.notifier.notify(Event.RESCHEDULED, moved, current.period)
            return moved

        return self._with_alternatives(claim, start, now, attempt)

    def cancel(
        self, appointment: AppointmentId, *, now: datetime, by: Actor = Actor.PATIENT
    ) -> Appointment:
        """Free its time and keep it as cancelled. Raises `NotLive` and `TooLate`."""
        doctor = self.unlocked.appointments.get(appointment).doctor

        def attempt(work: UnitOfWork) -> Appointment:
            current = work.appointments.get(appointment)
            self.policy.check_change(current, now, by)
            return _cancel(work, current)

        return self._commit(doctor, attempt)

    def change_schedule(
        self,
        doctor: DoctorId | None,
        change: Callable[[], object],
        *,
        now: datetime,
        dry_run: bool = False,
        cancel_stranded: bool = False,
        agreed: Collection[AppointmentId] | None = None,
    ) -> tuple[Appointment, ...]:
        """Edit availability, time off or, with no doctor, closures; return what that strands.

        `change` makes the edit through the back end and is called inside the transaction, again if
        it has to be retried. Stranded are the upcoming appointments that the schedule covered
        before and no longer covers, or all of them where the doctor no longer sees patients: they
        stand, or are cancelled where that is asked for. A dry run undoes everything, and so does
        any that strands others than those `agreed` on, if these are told. Not found is a doctor
        who sees patients neither before nor after.
        """

        def attempt(work: UnitOfWork) -> tuple[Appointment, ...]:
            upcoming = work.appointments.upcoming(doctor, now)
            before = set(stranded_of(work.schedules, upcoming))
            is_known = sees_patients(work.schedules, doctor)
            change()
            # Asked in any case: what was made must be a schedule, with appointments or without.
            has_left = not sees_patients(work.schedules, doctor)
            if has_left and not is_known:
                raise NotFound("There is no such doctor.")
            after = stranded_of(work.schedules, upcoming)
            hit = tuple(each for each in after if has_left or each not in before)
            if dry_run or (agreed is not None and any(each.id not in agreed for each in hit)):
                raise _Undo(hit)
            return tuple(_cancel(work, each) for each in hit) if cancel_stranded else hit

        try:
            return self._commit(doctor, attempt)
        except _Undo as undo:
            return undo.stranded

    def stranded(self, doctor: DoctorId | None, *, now: datetime) -> tuple[Appointment, ...]:
        """The upcoming appointments of this doctor, or of all, that the schedule does not cover."""
        upcoming = self.unlocked.appointments.upcoming(doctor, now)
        return tuple(stranded_of(self.unlocked.schedules, upcoming))

    def _agenda(self, claim: Claim, period: Period, now: datetime) -> Agenda:
        return agenda_of(self.unlocked, self.policy, claim, now, period)

    def _commit(self, doctor: DoctorId | None, attempt: Callable[[UnitOfWork], R]) -> R:
        for lost in range(1, ATTEMPTS):
            with suppress(WriteConflict), self.begin(doctor) as work:
                return attempt(work)
            self.pause(lost)
        with self.begin(doctor) as work:
            return attempt(work)

    def _with_alternatives(
        self,
        claim: Claim,
        start: datetime,
        now: datetime,
        attempt: Callable[[UnitOfWork], Appointment],
    ) -> Appointment:
        try:
            return self._commit(claim.doctor, attempt)
        except TimeRefused as refused:
            nearest = nearest_free(self.unlocked, self.policy, claim, start, now)
            starts = tuple(slot.starts_at for slot in nearest)
            raise TimeRefused(refused.reason, starts) from None

    def _slot(self, work: UnitOfWork, claim: Claim, start: datetime, now: datetime) -> Slot:
        answer = find(work, self.policy, claim, start, now)
        if not isinstance(answer, Slot):
            raise TimeRefused(answer)
        return answer


class _Undo(Exception):
    """Leaves the transaction of a dry run."""

    def __init__(self, stranded: tuple[Appointment, ...]) -> None:
        self.stranded = stranded


def _cancel(work: UnitOfWork, appointment: Appointment) -> Appointment:
    cancelled = appointment.cancel()
    work.appointments.update(cancelled)
    work.notifier.notify(Event.CANCELLED, cancelled, None)
    return cancelled
