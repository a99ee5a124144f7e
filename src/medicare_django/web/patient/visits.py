"""Visits in words, in the night too in which the clocks go back and an hour comes twice."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from attrs import frozen
from django.conf import settings

from medicare_core.errors import RefusalCode
from medicare_core.period import to_minutes
from medicare_core.slots import Slot
from medicare_core.wall_clock import check_date
from medicare_django.scheduling.models import Appointment
from medicare_django.web import times

_TO_PATIENTS = {RefusalCode.PATIENT_BUSY: "You have another appointment at this time."}


@frozen
class Visit:
    """Both ends are told in the doctor's zone."""

    starts_at: datetime
    ends_at: datetime

    @classmethod
    def in_slot(cls, slot: Slot) -> "Visit":
        return cls(slot.starts_at, slot.ends_at)

    @classmethod
    def booked(cls, row: Appointment) -> "Visit":
        """In the zone in which its time was promised."""
        zone = ZoneInfo(row.timezone)
        return cls(row.starts_at.astimezone(zone), row.ends_at.astimezone(zone))

    @property
    def on(self) -> date:
        return self.starts_at.date()

    @property
    def value(self) -> str:
        return start_value(self.starts_at)

    @property
    def label(self) -> str:
        return clock_words(self.starts_at)

    @property
    def span(self) -> str:
        return f"{clock_words(self.starts_at)} to {clock_words(self.ends_at)}"

    @property
    def words(self) -> str:
        """Such as "Tuesday 1 December, 09:30 to 10:00"."""
        return f"{times.day(self.on)}, {self.span}"

    @property
    def short(self) -> str:
        return f"{times.short_day(self.on)}, {self.label}"

    @property
    def comes_twice(self) -> bool:
        return comes_twice(self.starts_at) or comes_twice(self.ends_at)

    @property
    def change_until(self) -> datetime:
        """The last moment at which a patient may move or cancel it, as the policy has it."""
        ahead = timedelta(minutes=settings.BOOKING_CANCEL_CUTOFF_MINUTES)
        return (self.starts_at.astimezone(UTC) - ahead).astimezone(self.starts_at.tzinfo)

    def can_change(self, now: datetime) -> bool:
        """Only for what is offered: the service decides once it is asked."""
        return now <= self.change_until

    def change_words(self, now: datetime) -> str:
        if not self.can_change(now):
            return (
                "It begins so soon that it can no longer be moved or cancelled here. If you cannot "
                "come, please call the clinic."
            )
        until = start_words(self.change_until)
        return f"You can move or cancel it here until {until}. After that, please call the clinic."


@frozen
class Choice:
    """A start that is offered in place of one that was refused."""

    starts_at: datetime

    @property
    def value(self) -> str:
        return start_value(self.starts_at)

    @property
    def words(self) -> str:
        return start_words(self.starts_at)


def comes_twice(at: datetime) -> bool:
    return at.replace(fold=1 - at.fold).utcoffset() != at.utcoffset()


def clock_words(at: datetime) -> str:
    """Such as "09:30", or "second 02:30" where the clocks show that twice."""
    which = ("first ", "second ")[at.fold] if comes_twice(at) else ""
    return f"{which}{times.clock(at)}"


def start_words(at: datetime) -> str:
    return f"{times.day(at)}, {clock_words(at)}"


def start_value(at: datetime) -> str:
    """As addresses and forms carry it; the offset tells the two of a fold apart."""
    return at.isoformat(timespec="minutes")


def refusal_words(reason: RefusalCode) -> str:
    return _TO_PATIENTS.get(reason, reason.sentence)


def read_start(text: str, zone: ZoneInfo) -> datetime | None:
    """An instant with its offset, in this zone; None where it is none that could be booked."""
    try:
        # A plus sign that was not encoded arrives as a space.
        start = datetime.fromisoformat(text.replace(" ", "+"))
        to_minutes(start)
        local = start.astimezone(zone)
        check_date(local.date(), "start")
    except ValueError:
        return None
    return local
