from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from medicare_core.ids import DoctorId, PatientId
from medicare_core.period import Period
from medicare_django.accounts.models import Doctor, UserProfile
from medicare_django.scheduling.demo.filling import fill
from medicare_django.scheduling.models import Appointment, OccupiedCell
from medicare_django.scheduling.wiring import booking_service
from tests.integration.factories import make_doctor, make_hours, make_patient

NINE = datetime(2030, 1, 7, 9, tzinfo=UTC)
DOCTOR_TWICE = "appointments that overlap another of their doctor"
PATIENT_TWICE = "appointments that overlap another of their patient"
MISSING = "cells that a live appointment lacks"
WRONG_PATIENT = "cells of a live appointment that name another patient"
CANCELLED = "cells that a cancelled appointment still holds"
ORPHAN = "cells without an appointment"


def check() -> tuple[int, str]:
    """The exit status and all that was printed."""
    printed = StringIO()
    try:
        call_command("check_bookings", stdout=printed)
    except CommandError as error:
        return error.returncode, f"{printed.getvalue()}{error}"
    return 0, printed.getvalue()


def counts(printed: str) -> dict[str, int]:
    """How many there are of each kind of fault that was named."""
    kinds = (DOCTOR_TWICE, PATIENT_TWICE, MISSING, WRONG_PATIENT, CANCELLED, ORPHAN)
    rows = printed.splitlines()
    return {
        kind: int(row.removeprefix(kind).split()[0])
        for kind in kinds
        for row in rows
        if row.startswith(kind)
    }


def plant(
    doctor: Doctor, patient: UserProfile, at: int = 0, *, minutes: int = 30, status: str = "booked"
) -> UUID:
    """An appointment without cells, `at` minutes after nine."""
    starts_at = NINE + timedelta(minutes=at)
    row = Appointment.objects.create(
        id=uuid4(),
        doctor=doctor,
        patient=patient,
        date=starts_at.date(),
        time=starts_at.time(),
        timezone="UTC",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=minutes),
        status=status,
    )
    return row.id


def plant_cells(doctor: Doctor, patient: UserProfile, at: int = 0, *, minutes: int = 30) -> None:
    starts_at = NINE + timedelta(minutes=at)
    cells = Period.between(starts_at, starts_at + timedelta(minutes=minutes)).cells
    OccupiedCell.objects.bulk_create(
        OccupiedCell(doctor=doctor, patient=patient, cell=cell) for cell in cells
    )


def plant_whole(doctor: Doctor, patient: UserProfile, at: int = 0, *, minutes: int = 30) -> UUID:
    plant_cells(doctor, patient, at, minutes=minutes)
    return plant(doctor, patient, at, minutes=minutes)


@pytest.mark.django_db(transaction=True)
def test_demo_data_are_without_fault_and_stay_so_when_visits_are_booked_moved_and_cancelled() -> (
    None
):
    list(fill(timezone.now(), appointments=60))
    live = Appointment.objects.filter(status="booked").count()
    cells = OccupiedCell.objects.count()
    assert live > 40
    assert check() == (0, f"{live} live appointments, {cells} cells: no fault\n")

    doctor, patient, now = make_doctor(), make_patient(), NINE - timedelta(days=2)
    make_hours(doctor, "09:00", "12:00")
    service = booking_service()
    who = DoctorId(doctor.pk), PatientId(patient.pk)
    booked = service.book(*who, NINE, now=now)
    other = service.book(*who, NINE + timedelta(hours=1), now=now)
    assert check()[1] == f"{live + 2} live appointments, {cells + 12} cells: no fault\n"
    service.reschedule(booked.id, NINE + timedelta(hours=2), now=now)
    service.cancel(other.id, now=now)
    service.book(*who, NINE + timedelta(hours=1), now=now)
    assert check() == (0, f"{live + 2} live appointments, {cells + 12} cells: no fault\n")


@pytest.mark.django_db
class TestFaults:
    def test_two_appointments_of_a_doctor_overlap(self) -> None:
        doctor = make_doctor()
        first = plant_whole(doctor, make_patient())
        second = plant(doctor, make_patient(), 25)
        plant_cells(doctor, Appointment.objects.get(id=second).patient, 30, minutes=25)
        status, printed = check()
        assert status == 1
        assert counts(printed) == {DOCTOR_TWICE: 1, MISSING: 1}
        assert f"{first} and {second}" in printed
        assert printed.endswith("2 live appointments, 11 cells: 2 faults")

    def test_two_appointments_of_a_patient_overlap(self) -> None:
        patient = make_patient()
        first = plant_whole(make_doctor(), patient)
        second = plant(make_doctor(), patient, 10)
        status, printed = check()
        assert status == 1
        assert counts(printed) == {PATIENT_TWICE: 1, MISSING: 6}
        assert f"{first} and {second}" in printed

    def test_a_long_appointment_overlaps_more_than_the_next(self) -> None:
        doctor = make_doctor()
        long, short, late = (
            plant(doctor, make_patient(), at, minutes=minutes)
            for at, minutes in ((0, 120), (15, 15), (90, 15))
        )
        _, printed = check()
        assert counts(printed)[DOCTOR_TWICE] == 2
        assert f"{long} and {short}" in printed
        assert f"{long} and {late}" in printed

    def test_those_that_touch_or_were_cancelled_do_not_overlap(self) -> None:
        doctor, patient = make_doctor(), make_patient()
        plant_whole(doctor, patient)
        plant_whole(doctor, patient, 30)
        plant(doctor, patient, 15, status="cancelled")
        assert check() == (0, "2 live appointments, 12 cells: no fault\n")

    def test_an_appointment_lacks_a_cell(self) -> None:
        booked = plant_whole(make_doctor(), make_patient())
        OccupiedCell.objects.order_by("cell")[3].delete()
        status, printed = check()
        assert status == 1
        assert counts(printed) == {MISSING: 1}
        assert str(booked) in printed

    def test_an_appointment_has_a_cell_too_many(self) -> None:
        doctor, patient = make_doctor(), make_patient()
        plant_cells(doctor, patient, 30, minutes=5)
        plant_whole(doctor, patient)
        status, printed = check()
        assert status == 1
        assert counts(printed) == {ORPHAN: 1}
        cell = OccupiedCell.objects.latest("cell").cell
        assert f"doctor {doctor.pk}, cell {cell}" in printed

    def test_a_cell_names_another_patient(self) -> None:
        booked = plant_whole(make_doctor(), make_patient())
        OccupiedCell.objects.update(patient=make_patient())
        status, printed = check()
        assert status == 1
        assert counts(printed) == {WRONG_PATIENT: 6}
        assert printed.count(str(booked)) == 1

    def test_cells_lie_with_another_doctor(self) -> None:
        booked = plant_whole(make_doctor(), make_patient())
        OccupiedCell.objects.update(doctor=make_doctor())
        status, printed = check()
        assert status == 1
        assert counts(printed) == {MISSING: 6, ORPHAN: 6}
        assert str(booked) in printed

    def test_a_cancelled_appointment_holds_its_cells(self) -> None:
        cancelled = plant_whole(make_doctor(), make_patient())
        Appointment.objects.update(status="cancelled")
        status, printed = check()
        assert status == 1
        assert counts(printed) == {CANCELLED: 6}
        assert str(cancelled) in printed

    def test_cells_have_no_appointment_at_all(self) -> None:
        plant_cells(make_doctor(), make_patient(), minutes=60)
        status, printed = check()
        assert status == 1
        assert counts(printed) == {ORPHAN: 12}
        assert printed.count("doctor ") == 3


@pytest.mark.django_db
def test_names_and_addresses_are_not_printed() -> None:
    doctor = make_doctor(name="Ada Secret", email="ada@secret.example")
    patient = make_patient(name="Bob Hidden", email="bob@hidden.example")
    plant_whole(doctor, patient)
    plant(doctor, patient, 10)
    plant_cells(make_doctor(), patient, 300)
    status, printed = check()
    assert status == 1
    assert set(counts(printed)) == {DOCTOR_TWICE, PATIENT_TWICE, MISSING, ORPHAN}
    for word in ("Ada", "Secret", "Bob", "Hidden", "@", "secret", "hidden"):
        assert word not in printed


@pytest.mark.django_db
def test_the_number_of_queries_does_not_grow(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    doctors, patients = [make_doctor(), make_doctor()], [make_patient(), make_patient()]
    plant_whole(doctors[0], patients[0])
    with django_assert_num_queries(4):
        check()
    for visit in range(1, 500):
        plant_whole(doctors[visit % 2], patients[visit % 2], visit * 30)
    with django_assert_num_queries(4):
        assert check() == (0, "500 live appointments, 3000 cells: no fault\n")


@pytest.mark.django_db(transaction=True)
def test_what_is_booked_between_two_of_its_queries_is_not_told_as_a_fault() -> None:
    doctor, patient = make_doctor(), make_patient()
    plant_whole(doctor, patient)
    asked: list[str] = []

    def book_before_the_fourth(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if "scheduling_" in sql or "accounts_" in sql:  # and not what a connection begins with
            asked.append(sql)
            if len(asked) == 4:
                plant_whole(doctor, patient, 30)
        return execute(sql, *rest)

    with connection.execute_wrapper(book_before_the_fourth):
        status, printed = check()
    looks = [sql for sql in asked[4:] if sql.startswith("SELECT")]
    assert ("FOR UPDATE" in looks[0]) is connection.features.has_select_for_update
    assert OccupiedCell.objects.count() == 12
    assert (status, printed) == (0, "1 live appointments, 6 cells: no fault\n")


@pytest.mark.django_db(transaction=True)
def test_a_large_clinic_may_take_longer_than_a_request_waits_for() -> None:
    limit = {"postgresql": "answer_timeout", "mysql": "read_timeout"}.get(connection.vendor)
    if limit is None:
        pytest.skip("nobody waits for the answers of SQLite")
    usual, limits = connection.settings_dict["OPTIONS"], []

    def look(execute: Any, *rest: Any) -> Any:
        limits.append(connection.settings_dict["OPTIONS"].get(limit))
        return execute(*rest)

    with connection.execute_wrapper(look):
        assert check()[0] == 0
    assert set(limits) == {None}
    assert connection.settings_dict["OPTIONS"] == usual
    assert usual[limit] == 30
