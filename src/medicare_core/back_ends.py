"""A back end as its tests see it, and what they all do with one; see `contracts`."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from threading import Barrier
from typing import Protocol, TypeVar
from uuid import uuid4
from zoneinfo import ZoneInfo

from medicare_core.appointments import Appointment
from medicare_core.availability import AvailabilityRule, Busy, Repeat, Schedule, TimeOff
from medicare_core.booking import BookingService
from medicare_core.errors import RefusalCode, TimeRefused
from medicare_core.ids import AppointmentId, DoctorId, PatientId
from medicare_core.period import Period
from medicare_core.ports import Event, UnitOfWork

E = TypeVar("E", bound=Exception)

BERLIN = ZoneInfo("Europe/Berlin")
DAY_ON = date(2031, 6, 3)
NINE = datetime(2031, 6, 3, 7, tzinfo=UTC)  # 09:00 in Berlin
NOW = NINE - timedelta(days=1)
DAILY = AvailabilityRule(date(2031, 1, 1), time(9), time(12), repeat_pattern=Repeat.DAILY)
AFTERNOONS = AvailabilityRule(date(2031, 1, 1), time(14), time(16), repeat_pattern=Repeat.DAILY)
UNKNOWN_DOCTOR = DoctorId(987_654_321)


class BackEnd(Protocol):
    """A back end and the few things that tests do to it besides booking."""

    @property
    def zone(self) -> ZoneInfo:
        """The clinic's, in which closures are told."""

    @property
    def unlocked(self) -> UnitOfWork: ...

    def begin(self, doctor: DoctorId | None) -> AbstractContextManager[UnitOfWork]: ...

    def add_doctor(self, schedule: Schedule) -> DoctorId:
        """Its exceptions are empty: they come through `add_time_off`."""

    def add_patient(self) -> PatientId: ...

    def retire_doctor(self, doctor: DoctorId) -> None:
        """From now on the doctor sees no patients; appointments stay as they are.

        As the three below, also inside of `begin`.
        """

    def set_rules(self, doctor: DoctorId, rules: Iterable[AvailabilityRule]) -> None:
        """Put these in place of the doctor's rules."""

    def add_time_off(self, doctor: DoctorId, time_off: TimeOff) -> None: ...

    def close_clinic(self, closure: TimeOff) -> None: ...

    def notices(self) -> list[tuple[Event, AppointmentId, int]]:
        """What the notifier was told, in order; the number is the appointment's revision."""


class BackEndCase(ABC):
    @abstractmethod
    def open(self) -> BackEnd:
        """An empty one, for one test."""

    def leave_thread(self) -> None:  # noqa: B027 - most back ends have nothing to do
        """Called at the end of each thread that a test starts: close its connections here."""

    @cached_property
    def back_end(self) -> BackEnd:
        return self.open()

    @property
    def service(self) -> BookingService:
        return BookingService(self.back_end.begin, self.back_end.unlocked)

    def add_doctor(self, *rules: AvailabilityRule) -> DoctorId:
        return self.back_end.add_doctor(Schedule(BERLIN, rules or (DAILY,)))

    def add(
        self, doctor: DoctorId, patient: PatientId, period: Period | None = None
    ) -> Appointment:
        added = appointment(doctor, patient, period or at(0))
        with self.back_end.begin(doctor) as work:
            work.appointments.add(added)
        return added

    def update(self, changed: Appointment) -> Appointment:
        with self.back_end.begin(changed.doctor) as work:
            work.appointments.update(changed)
        return changed

    def book_at_nine(self) -> tuple[DoctorId, Appointment]:
        doctor = self.add_doctor()
        booked = self.service.book(doctor, self.back_end.add_patient(), NINE, now=NOW)
        return doctor, booked

    def upcoming(self, doctor: DoctorId | None, after: float = 0) -> list[Appointment]:
        now = NINE + timedelta(minutes=after)
        return self.back_end.unlocked.appointments.upcoming(doctor, now)

    def busy(self, doctor: DoctorId, patient: PatientId | None, period: Period) -> list[Busy]:
        return sorted(self.back_end.unlocked.schedules.busy(doctor, patient, period))

    def away(self, doctor: DoctorId) -> list[tuple[int, int]]:
        """Time off and closures of the week, whichever of the two queries tells them."""
        schedule = self.back_end.unlocked.schedules.get(doctor)
        told = self.busy(doctor, None, at(0, 7 * 24 * 60))
        spans = [exception.span(schedule.zone) for exception in schedule.exceptions]
        spans += [(each.start, each.end) for each in told if each.reason is RefusalCode.TIME_OFF]
        return sorted(spans)

    def race(self, *attempts: Callable[[], Appointment]) -> list[str]:
        gate = Barrier(len(attempts), timeout=30)

        def outcome(attempt: Callable[[], Appointment]) -> str:
            try:
                gate.wait()
                return attempt().status
            except TimeRefused as refused:
                return refused.code
            finally:
                self.leave_thread()

        with ThreadPoolExecutor(len(attempts)) as pool:
            return list(pool.map(outcome, attempts))


def at(minutes: int, length: int = 30) -> Period:
    """So many minutes after nine."""
    starts_at = NINE + timedelta(minutes=minutes)
    return Period.between(starts_at, starts_at + timedelta(minutes=length))


def appointment(doctor: DoctorId, patient: PatientId, period: Period) -> Appointment:
    return Appointment(AppointmentId(uuid4()), doctor, patient, period, BERLIN)


def busy(period: Period, reason: RefusalCode) -> Busy:
    return Busy(period.start, period.end, reason)


@contextmanager
def raises(expected: type[E]) -> Iterator[list[E]]:
    """What was raised is in the list once the block is left."""
    raised: list[E] = []
    try:
        yield raised
    except expected as error:
        raised.append(error)
    assert raised, f"{expected.__name__} was not raised"
