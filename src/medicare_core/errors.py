"""What can go wrong, each with a stable `code` for machines and a sentence for people."""

from datetime import datetime
from enum import StrEnum


class RefusalCode(StrEnum):
    """Why a time cannot be had, in the order in which the reasons are checked."""

    NONEXISTENT_TIME = "nonexistent_time"
    IN_THE_PAST = "in_the_past"
    TOO_SOON = "too_soon"
    TOO_FAR = "too_far"
    TIME_OFF = "time_off"
    NOT_OFFERED = "not_offered"
    OFF_GRID = "off_grid"
    SLOT_TAKEN = "slot_taken"
    PATIENT_BUSY = "patient_busy"

    @property
    def sentence(self) -> str:
        return _SENTENCES[self]


_SENTENCES = {
    RefusalCode.NONEXISTENT_TIME: "The clocks go forward over this time: it does not exist on "
    "this day.",
    RefusalCode.IN_THE_PAST: "This time has passed.",
    RefusalCode.TOO_SOON: "This time is too soon to be booked.",
    RefusalCode.TOO_FAR: "This day is too far ahead to be booked yet.",
    RefusalCode.TIME_OFF: "The doctor is away or the clinic is closed at this time.",
    RefusalCode.NOT_OFFERED: "The doctor does not work at this time.",
    RefusalCode.OFF_GRID: "The doctor works at this time, but no visit starts then.",
    RefusalCode.SLOT_TAKEN: "This time is already taken.",
    RefusalCode.PATIENT_BUSY: "The patient has another appointment at this time.",
}


class BookingError(Exception):
    """Anything the core refuses; `str(error)` is the sentence."""

    code: str = "booking_error"

    @property
    def message(self) -> str:
        return str(self)


class InvalidValue(BookingError, ValueError):
    """A value that means nothing; `field` names the argument it came in."""

    code = "invalid"

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class NotFound(BookingError):
    """There is no such doctor, or no such appointment."""

    code = "not_found"


class TimeRefused(BookingError):
    """The time cannot be had; `alternatives` are the nearest free starts, in the doctor's zone."""

    def __init__(self, reason: RefusalCode, alternatives: tuple[datetime, ...] = ()) -> None:
        super().__init__(reason.sentence)
        self.code = reason.value
        self.reason = reason
        self.alternatives = alternatives


class TooLate(BookingError):
    """The appointment begins too soon, or is over: it can no longer be moved or cancelled."""

    code = "too_late"


class NotLive(BookingError):
    """The appointment was cancelled before."""

    code = "not_live"


class WriteConflict(BookingError):
    """Somebody else was first, or is not done; nothing was written, and another try may succeed."""

    code = "write_conflict"
