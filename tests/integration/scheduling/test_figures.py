"""The figures of the dashboard: right, and with a number of queries that does not grow."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from medicare_core.appointments import Appointment
from medicare_core.ids import DoctorId, PatientId
from medicare_core.policy import Actor
from medicare_core.utilisation import Utilisation
from medicare_django.accounts.models import Doctor, UserProfile
from medicare_django.scheduling.figures import (
    DayFigures,
    DoctorFigures,
    Totals,
    appointments_per_day,
    totals,
    utilisation,
)
from medicare_django.scheduling.models import TimeOff
from medicare_django.scheduling.patients import deactivate_patient
from medicare_django.scheduling.practice import deactivate_doctor
from medicare_django.scheduling.wiring import booking_service
from tests.integration.factories import make_admin, make_doctor, make_hours, make_patient

pytestmark = pytest.mark.django_db
DAY = date(2031, 6, 3)
NINE = datetime(2031, 6, 3, 7, tzinfo=UTC)  # 09:00 in Berlin
NOW = NINE - timedelta(days=1)
DAYS = timedelta(days=1)


def make_busy_doctor(**fields: str) -> Doctor:
    doctor = make_doctor(timezone="Europe/Berlin", **fields)
    make_hours(doctor, "09:00", "12:00")
    return doctor


def book(
    doctor: Doctor, start: datetime = NINE, patient: UserProfile | None = None
) -> Appointment:
    patient_id = PatientId((patient or make_patient()).pk)
    return booking_service().book(DoctorId(doctor.pk), patient_id, start, now=NOW - DAYS)


def cancel(appointment: Appointment) -> None:
    booking_service().cancel(appointment.id, now=NOW - DAYS, by=Actor.CLINIC)


@pytest.fixture
def ada() -> Doctor:
    return make_busy_doctor(name="Ada")


def test_the_totals_count_who_is_active_and_what_is_booked(
    ada: Doctor, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    ben, gone = make_patient(), make_patient()
    make_admin()
    make_patient(is_staff=True)
    left = make_busy_doctor()
    book(ada, patient=ben)
    book(ada, NINE + 1 * DAYS, ben)
    book(ada, NINE - 1 * DAYS + timedelta(hours=1), gone)
    book(left, patient=gone)
    cancel(book(ada, NINE + 2 * DAYS, ben))
    deactivate_doctor(left, now=NOW)
    deactivate_patient(gone, now=NOW)
    expected = Totals(doctors=1, patients=1, upcoming=3, today=2, booked=4, cancelled=1)
    with django_assert_num_queries(3):
        assert totals(NINE + timedelta(minutes=29)) == expected
    assert totals(NINE + timedelta(minutes=30)).upcoming == 1


def test_today_is_the_date_of_the_clinic(ada: Doctor) -> None:
    book(ada)
    late = datetime(2031, 6, 2, 23, 30, tzinfo=UTC)
    assert totals(late).today == 0  # in UTC, the clinic's zone here
    assert totals(late + timedelta(hours=1)).today == 1


def test_each_day_has_its_figures_and_so_have_the_empty_ones(
    ada: Doctor, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    book(ada)
    book(make_busy_doctor())
    cancel(book(ada, NINE + timedelta(hours=1)))
    book(ada, NINE + 2 * DAYS)
    book(ada, NINE + 3 * DAYS)
    with django_assert_num_queries(1):
        assert appointments_per_day(DAY - DAYS, 4) == [
            DayFigures(DAY - DAYS, 0, 0),
            DayFigures(DAY, 2, 1),
            DayFigures(DAY + DAYS, 0, 0),
            DayFigures(DAY + 2 * DAYS, 1, 0),
        ]


def test_an_appointment_counts_on_the_date_that_its_patient_was_told() -> None:
    doctor = make_doctor(timezone="Asia/Tokyo")
    make_hours(doctor, "07:00", "08:00")
    book(doctor, datetime(2031, 6, 2, 22, tzinfo=UTC))
    assert appointments_per_day(DAY, 1) == [DayFigures(DAY, 1, 0)]


def test_utilisation_is_told_of_active_doctors_by_name_past_and_to_come(
    ada: Doctor, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    abe, left, idle = make_busy_doctor(name="Abe"), make_busy_doctor(), make_doctor(name="Zoe")
    book(ada)
    book(ada, NINE + timedelta(hours=1))
    cancel(book(ada, NINE + timedelta(hours=2)))
    book(left)
    deactivate_doctor(left, now=NOW)
    TimeOff.objects.create(doctor=abe, start_date=DAY, start_time=time(9), end_time=time(10))
    expected = [
        DoctorFigures(DoctorId(abe.pk), "Abe", Utilisation(offered=120)),
        DoctorFigures(DoctorId(ada.pk), "Ada", Utilisation(offered=180, booked=60)),
        DoctorFigures(DoctorId(idle.pk), "Zoe", Utilisation()),
    ]
    with django_assert_num_queries(4):
        assert utilisation(DAY, 1) == expected
    for _ in range(3):
        book(make_busy_doctor(name="Many"))
    with django_assert_num_queries(4):
        assert len(utilisation(DAY, 1)) == 6


def test_the_next_free_times_of_many_doctors_cost_three_queries_where_all_are_soon(
    ada: Doctor, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    doctors = [DoctorId(ada.pk)] + [DoctorId(make_busy_doctor().pk) for _ in range(4)]
    book(ada)
    with django_assert_num_queries(3):
        found = booking_service().next_free(doctors, now=NINE - timedelta(hours=2))
    starts = [slot and slot.starts_at for slot in map(found.get, doctors)]
    assert starts == [NINE + timedelta(minutes=30)] + 4 * [NINE]


def test_the_next_free_times_of_many_doctors_cost_six_queries_at_most(
    ada: Doctor, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    never, late = make_doctor(), [make_busy_doctor() for _ in range(3)]
    for each in late:
        TimeOff.objects.create(doctor=each, start_date=DAY, end_date=DAY + 99 * DAYS)
    doctors = [DoctorId(each.pk) for each in (ada, never, *late)]
    with django_assert_num_queries(6):
        found = booking_service().next_free(doctors, now=NINE - timedelta(hours=2))
    starts = [slot and slot.starts_at for slot in map(found.get, doctors)]
    assert starts == [NINE, None] + 3 * [NINE + 100 * DAYS]
