from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from medicare_core.appointments import Appointment
from medicare_core.availability import AvailabilityRule, Busy, Repeat, Schedule, TimeOff
from medicare_core.errors import RefusalCode
from medicare_core.ids import AppointmentId, DoctorId, PatientId
from medicare_core.period import Period
from medicare_core.stranding import stranded

ZONE = ZoneInfo("America/Los_Angeles")
MONDAY = date(2026, 6, 1)
MORNING = AvailabilityRule(MONDAY, time(9), time(12))
LATE_MORNING = AvailabilityRule(MONDAY, time(12), time(14), slot_minutes=20)


def at(hour: int, minute: int = 0, length: int = 30, on: date = MONDAY) -> Appointment:
    starts_at = datetime.combine(on, time(hour, minute), ZONE).astimezone(UTC)
    period = Period.between(starts_at, starts_at + timedelta(minutes=length))
    return Appointment(AppointmentId(UUID(int=1)), DoctorId(1), PatientId(1), period, ZONE)


def is_stranded(
    appointment: Appointment, *rules: AvailabilityRule, away: tuple[TimeOff, ...] = ()
) -> bool:
    return stranded(Schedule(ZONE, rules, away), (), [appointment]) == [appointment]


def test_inside_the_hours_it_is_not_stranded() -> None:
    assert not is_stranded(at(9), MORNING)
    assert not is_stranded(at(11, 30), MORNING)


def test_outside_the_hours_in_whole_or_in_part_it_is() -> None:
    assert is_stranded(at(12), MORNING)
    assert is_stranded(at(8, 45), MORNING)
    assert is_stranded(at(11, 45), MORNING)
    assert is_stranded(at(9), *())
    assert is_stranded(at(9, on=MONDAY + timedelta(days=1)), MORNING)


def test_neither_grid_nor_length_matter() -> None:
    assert not is_stranded(at(9, 10, length=55), MORNING)


def test_two_windows_that_touch_cover_what_lies_across_them() -> None:
    assert not is_stranded(at(11, 45), MORNING, LATE_MORNING)


def test_two_windows_apart_do_not() -> None:
    evening = AvailabilityRule(MONDAY, time(12, 5), time(14))

    assert is_stranded(at(11, 45), MORNING, evening)


def test_the_night_of_the_day_before_covers_the_small_hours() -> None:
    night = AvailabilityRule(MONDAY, time(22), time(6), repeat_pattern=Repeat.DAILY)

    assert not is_stranded(at(5, 30, on=MONDAY + timedelta(days=1)), night)
    assert is_stranded(at(5, 45, on=MONDAY + timedelta(days=1)), night)
    assert is_stranded(at(5, 30), night)


def test_time_off_strands_what_it_touches() -> None:
    away = TimeOff(MONDAY, start_time=time(9, 29), end_time=time(10))

    assert is_stranded(at(9), MORNING, away=(away,))
    assert is_stranded(at(9, 45), MORNING, away=(away,))
    assert not is_stranded(at(10), MORNING, away=(away,))
    assert not is_stranded(at(8, 59), AvailabilityRule(MONDAY, time(8), time(12)), away=(away,))


def test_time_off_that_falls_into_a_gap_of_the_clock_strands_nothing() -> None:
    sunday = date(2026, 3, 8)
    hours = AvailabilityRule(sunday, time(0), time(6))
    away = TimeOff(sunday, None, time(2), time(3))

    assert not is_stranded(at(1, 45, on=sunday), hours, away=(away,))


def test_closures_among_the_busy_times_count_and_appointments_do_not() -> None:
    appointment = at(9)
    period = appointment.period
    schedule = Schedule(ZONE, (MORNING,))

    def left(busy: Busy) -> list[Appointment]:
        return stranded(schedule, [busy], [appointment])

    assert left(Busy(period.start + 29, period.end + 60, RefusalCode.TIME_OFF)) == [appointment]
    assert left(Busy(period.end, period.end + 60, RefusalCode.TIME_OFF)) == []
    assert left(Busy(period.start, period.end, RefusalCode.SLOT_TAKEN)) == []


def test_only_the_stranded_are_told_in_the_order_in_which_they_came() -> None:
    appointments = [at(13), at(9), at(12), at(8)]

    assert stranded(Schedule(ZONE, (MORNING,)), (), appointments) == [
        appointments[0],
        appointments[2],
        appointments[3],
    ]
