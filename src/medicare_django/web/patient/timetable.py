"""The free times of a doctor as people look for them: a month of days, and the times of one."""

from calendar import monthrange
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from attrs import frozen
from django.conf import settings

from medicare_core.booking import BookingService
from medicare_core.ids import DoctorId, PatientId
from medicare_django.accounts.models import Doctor
from medicare_django.scheduling.wiring import booking_service
from medicare_django.web import times
from medicare_django.web.patient.visits import Visit

_PARTS = (("Morning", 12), ("Afternoon", 17), ("Evening", 24))  # each up to this hour
_FEW, _SOME = 3, 8
_WEEK = 7
_LEAST_WEEKS = 3  # in sight, also at the end of a month


@frozen
class Day:
    on: date
    count: int
    is_today: bool

    @property
    def dots(self) -> range:
        """One for a few free times, two for some, three for many."""
        return range(1 + (self.count > _FEW) + (self.count > _SOME))


@frozen
class Timetable:
    """`weeks` begin on Monday and hold None where a day is of another month; what is over is left out.

    Where that leaves little of `month`, the first weeks of the next one follow, to the end of a week.
    `soonest` is the doctor's first free time of all, looked up where nothing else is to be shown.
    """

    month: date
    weeks: list[list[Day | None]]
    previous: date | None
    following: date | None
    chosen: date | None
    parts: list[tuple[str, list[Visit]]]
    soonest: Visit | None
    last_on: date

    @property
    def month_words(self) -> str:
        """Such as "June 2031", or "Jun and Jul 2031" where the next one follows."""
        return times.months(self.month, self.shown_until)

    @property
    def shown_until(self) -> date:
        return max(day.on for week in self.weeks for day in week if day)

    @property
    def weekdays(self) -> list[str]:
        return [times.weekday(number) for number in range(_WEEK)]

    @property
    def comes_twice(self) -> bool:
        return any(visit.comes_twice for _, visits in self.parts for visit in visits)

    @property
    def is_taken_up(self) -> bool:
        """Whether the chosen day has free times, but none while this patient is free as well."""
        days = [day for week in self.weeks for day in week if day is not None]
        return not self.parts and any(day.count for day in days if day.on == self.chosen)


def read_date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def timetable(
    doctor: Doctor, asked: Mapping[str, str], now: datetime, patient: PatientId | None
) -> Timetable:
    """What `date` and `month` of the address ask for, and what is best shown where they do not.

    Raises the service's `NotFound`.
    """
    return _Lookup(doctor, now, patient).timetable(
        read_date(asked.get("date", "")), read_date(f"{asked.get('month', '')}-01")
    )


def free_visit(doctor: Doctor, start: datetime, now: datetime, patient: PatientId) -> Visit | None:
    """The one that starts then, told in the doctor's zone, if it is free. Raises `NotFound`."""
    slots = booking_service().free_slots(
        DoctorId(doctor.pk), start.date(), now=now, patient=patient
    )
    return next((Visit.in_slot(slot) for slot in slots if slot.starts_at == start), None)


@frozen
class _Lookup:
    doctor: Doctor
    now: datetime
    patient: PatientId | None

    @property
    def id(self) -> DoctorId:
        return DoctorId(self.doctor.pk)

    @property
    def service(self) -> BookingService:
        return booking_service()

    @property
    def today(self) -> date:
        return self.now.astimezone(ZoneInfo(self.doctor.timezone)).date()

    @property
    def last_on(self) -> date:
        return self.today + timedelta(days=settings.BOOKING_HORIZON_DAYS)

    def timetable(self, day: date | None, month: date | None) -> Timetable:
        day = day if day and self.today <= day <= self.last_on else None
        soonest = self.soonest() if day is None and month is None else None
        shown = self._month(month or day or (soonest.on if soonest else self.today))
        counts = self.service.free_counts(self.id, shown, self._length(shown), now=self.now)
        chosen = day or next((on for on, count in counts.items() if count), None)
        parts = self._parts(chosen) if chosen else []
        if not parts and soonest is None:
            soonest = self.soonest()
        return Timetable(
            month=shown,
            weeks=_weeks(counts, self.today),
            previous=_step(shown, -1) if shown > self.today else None,
            following=_step(shown, 1) if _step(shown, 1) <= self.last_on else None,
            chosen=chosen,
            parts=parts,
            soonest=soonest,
            last_on=self.last_on,
        )

    def soonest(self) -> Visit | None:
        slot = self.service.first_free(self.id, now=self.now)
        return None if slot is None else Visit.in_slot(slot)

    def _month(self, wanted: date) -> date:
        """Its first day; the nearest month in which something may be booked."""
        return min(max(wanted, self.today), self.last_on).replace(day=1)

    def _length(self, month: date) -> int:
        """How many days of it to show, and of the next one where too few are left."""
        length = monthrange(month.year, month.month)[1]
        monday = self.today - timedelta(days=self.today.weekday())
        least = (monday - month).days + _LEAST_WEEKS * _WEEK
        return max(length, least) if month <= self.today else length

    def _parts(self, on: date) -> list[tuple[str, list[Visit]]]:
        slots = self.service.free_slots(self.id, on, now=self.now, patient=self.patient)
        parts, begin = [], 0
        for name, end in _PARTS:
            visits = [Visit.in_slot(each) for each in slots if begin <= each.starts_at.hour < end]
            parts.append((name, visits))
            begin = end
        return [(name, visits) for name, visits in parts if visits]


def _weeks(counts: Mapping[date, int], today: date) -> list[list[Day | None]]:
    days: list[Day | None] = [Day(on, count, on == today) for on, count in counts.items()]
    before: list[Day | None] = [None] * min(counts).weekday()
    after: list[Day | None] = [None] * (-(len(before) + len(days)) % _WEEK)
    cells = before + days + after
    weeks = [cells[i : i + _WEEK] for i in range(0, len(cells), _WEEK)]
    return [week for week in weeks if any(day and day.on >= today for day in week)]


def _step(month: date, months: int) -> date:
    """The first day of the month so many months later."""
    years, index = divmod(month.month - 1 + months, 12)
    return date(month.year + years, index + 1, 1)
