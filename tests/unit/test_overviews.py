"""What is told of many doctors at once is what is told of each alone."""

from itertools import count
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from medicare_core.appointments import Appointment
from medicare_core.booking import BookingService
from medicare_core.errors import RefusalCode
from medicare_core.ids import AppointmentId, DoctorId, PatientId
from medicare_core.in_memory import InMemoryClinic
from medicare_core.period import Period
from tests.unit.strategies import Situation, situations

LONDON = ZoneInfo("Europe/London")
NOBODY = DoctorId(999)


def clinic_of(situations: list[Situation]) -> InMemoryClinic:
    """Each situation is that of one doctor, with patients of their own."""
    clinic, numbers = InMemoryClinic(LONDON), count(1)
    for each in situations:
        doctor = DoctorId(next(numbers))
        clinic.schedules[doctor] = each.schedule
        for start, end, reason in each.busy:
            number = next(numbers)
            booked = Appointment(
                AppointmentId(UUID(int=number)),
                doctor,
                PatientId(number),
                Period(start, end),
                each.schedule.zone,
            )
            live = reason is RefusalCode.SLOT_TAKEN
            clinic.appointments[booked.id] = booked if live else booked.cancel()
    return clinic


@given(st.lists(situations(), min_size=1, max_size=4))
def test_the_next_free_time_of_many_is_the_first_of_each(situations: list[Situation]) -> None:
    clinic, now = clinic_of(situations), situations[0].now
    service = BookingService(clinic.begin, clinic.unlocked, situations[0].policy)

    found = service.next_free([*clinic.schedules, NOBODY], now=now)

    assert found == {doctor: service.first_free(doctor, now=now) for doctor in clinic.schedules}
