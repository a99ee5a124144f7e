"""The rules of booking a doctor's time, free of any framework.

`BookingService` has the use cases; `InMemoryClinic` is a back end to try them on. The pure part
works without either: an `Agenda` of a `Schedule` lists free times and explains the others.
"""

from medicare_core.agendas import FreeSlots
from medicare_core.appointments import Appointment, AppointmentStatus
from medicare_core.availability import (
    AvailabilityRule,
    Busy,
    Repeat,
    Schedule,
    TimeOff,
    Weekday,
)
from medicare_core.booking import BookingService
from medicare_core.errors import (
    BookingError,
    InvalidValue,
    NotFound,
    NotLive,
    RefusalCode,
    TimeRefused,
    TooLate,
    WriteConflict,
)
from medicare_core.ids import AppointmentId, DoctorId, PatientId
from medicare_core.in_memory import InMemoryClinic
from medicare_core.period import CELL_MINUTES, Period
from medicare_core.policy import Actor, BookingPolicy
from medicare_core.ports import (
    AppointmentRepository,
    Begin,
    Event,
    Notifier,
    ScheduleRepository,
    UnitOfWork,
)
from medicare_core.slots import Agenda, Slot
from medicare_core.utilisation import Utilisation

__all__ = [
    "CELL_MINUTES",
    "Actor",
    "Agenda",
    "Appointment",
    "AppointmentId",
    "AppointmentRepository",
    "AppointmentStatus",
    "AvailabilityRule",
    "Begin",
    "BookingError",
    "BookingPolicy",
    "BookingService",
    "Busy",
    "DoctorId",
    "Event",
    "FreeSlots",
    "InMemoryClinic",
    "InvalidValue",
    "NotFound",
    "NotLive",
    "Notifier",
    "PatientId",
    "Period",
    "RefusalCode",
    "Repeat",
    "Schedule",
    "ScheduleRepository",
    "Slot",
    "TimeOff",
    "TimeRefused",
    "TooLate",
    "UnitOfWork",
    "Utilisation",
    "Weekday",
    "WriteConflict",
]
