from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, time, timedelta
from io import StringIO
from itertools import count, islice, pairwise

import pytest
from attrs import evolve
from django.conf import LazySettings
from django.contrib.auth.hashers import check_password
from django.core.management import CommandError, call_command
from django.test import override_settings
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from medicare_core.booking import BookingService
from medicare_core.ids import DoctorId
from medicare_core.period import Period
from medicare_core.ports import UnitOfWork
from medicare_core.stranding import stranded
from medicare_django.accounts.models import Doctor, UserProfile
from medicare_django.accounts.phone import normal_phone_number
from medicare_django.accounts.roles import Role, role_of
from medicare_django.notifications.models import Notification
from medicare_django.scheduling.demo.clinic import is_complete, open_clinic
from medicare_django.scheduling.demo.filling import fill
from medicare_django.scheduling.demo.posts import CLOSURES, POSTS
from medicare_django.scheduling.models import (
    Appointment,
    DoctorAvailability,
    OccupiedCell,
    TimeOff,
)
from medicare_django.scheduling.wiring import booking_service

NOW = datetime(2026, 10, 21, 9, 17, 43, tzinfo=UTC)
MONDAY = date(2026, 10, 19)
FEW = 200

write = pytest.mark.django_db(transaction=True)
LOGINS = """Demo logins, password medicare-demo:
  admin@example.com
  doctor@example.com
  patient@example.com
"""


def run_command() -> str:
    printed = StringIO()
    with override_settings(DEMO=True):
        call_command("seed_demo", stdout=printed, stderr=printed)
    return printed.getvalue()


@pytest.fixture(scope="class")
def demo(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """The whole demo, once for all tests that only look at it; gives what the command printed."""
    with django_db_blocker.unblock():
        printed = run_command()
    yield printed
    with django_db_blocker.unblock():
        call_command("flush", interactive=False, verbosity=0)


@pytest.mark.django_db
@pytest.mark.usefixtures("demo")
class TestTheWholeDemo:
    def test_there_are_24_doctors_of_8_specializations_in_3_hospitals_and_300_patients(
        self,
    ) -> None:
        doctors = Doctor.objects.all()
        patients = UserProfile.objects.filter(doctor=None, is_staff=False)
        assert doctors.count() == 24
        assert doctors.values("specialization").distinct().count() == 8
        assert doctors.values("hospital").distinct().count() == 3
        assert doctors.values("timezone").distinct().count() == 2
        assert patients.count() == 300
        assert patients.values("name").distinct().count() == 300

    def test_two_thirds_of_3000_visits_are_past_and_some_are_cancelled(self) -> None:
        visits = Appointment.objects.all()
        assert visits.count() == 3000
        assert 1950 <= visits.filter(starts_at__lt=timezone.now()).count() <= 2150
        assert 150 <= visits.filter(status="cancelled").count() <= 350

    def test_no_doctor_and_no_patient_is_in_two_places_at_a_time(self) -> None:
        live = list(Appointment.objects.filter(status="booked"))
        assert len(live) > 2500
        for who in ("doctor_id", "patient_id"):
            ordered = sorted(live, key=lambda visit: (getattr(visit, who), visit.starts_at))
            for first, second in pairwise(ordered):
                same = getattr(first, who) == getattr(second, who)
                assert not same or first.ends_at <= second.starts_at

    def test_the_cells_are_those_of_the_live_visits(self) -> None:
        expected = {
            (visit.doctor_id, visit.patient_id, cell)
            for visit in Appointment.objects.filter(status="booked")
            for cell in Period.between(visit.starts_at, visit.ends_at).cells
        }
        held = OccupiedCell.objects.values_list("doctor_id", "patient_id", "cell")
        assert set(held) == expected

    def test_every_visit_lies_in_the_hours_of_its_doctor(self) -> None:
        work = booking_service().unlocked
        long_ago, ages = datetime(2000, 1, 1, tzinfo=UTC), Period(0, 10**8)
        checked = 0
        for doctor in map(DoctorId, Doctor.objects.values_list("id", flat=True)):
            visits = work.appointments.upcoming(doctor, long_ago)
            busy = work.schedules.busy(doctor, None, ages)
            assert stranded(work.schedules.get(doctor), busy, visits) == []
            checked += len(visits)
        assert checked > 2500

    def test_nobody_is_sent_a_mail(self) -> None:
        assert not Notification.objects.exists()

    @pytest.mark.parametrize("role", Role)
    def test_the_demo_logins_work(self, role: Role) -> None:
        user = UserProfile.objects.get(email=f"{role}@example.com")
        assert check_password("medicare-demo", user.password)
        assert user.is_active
        assert user.is_email_verified
        assert user.is_superuser == (role is Role.ADMIN)
        assert role_of(user) is role

    def test_the_demo_patient_has_visits_behind_and_ahead(self) -> None:
        visits = Appointment.objects.filter(patient__email="patient@example.com")
        assert visits.filter(ends_at__lt=timezone.now()).count() >= 4
        assert visits.filter(starts_at__gt=timezone.now()).count() >= 3

    def test_the_demo_doctor_has_a_full_week_and_free_times_left(self) -> None:
        doctor = Doctor.objects.get(user__email="doctor@example.com")
        now = timezone.now()
        week = doctor.appointments.filter(
            starts_at__range=(now, now + timedelta(7)), status="booked"
        )
        free = booking_service().free_slots(DoctorId(doctor.pk), timezone.localdate(), 7, now=now)
        assert week.count() >= 20
        assert len(free) >= 5

    def test_people_are_stored_as_the_forms_would_store_them(self) -> None:
        for user in UserProfile.objects.exclude(email="admin@example.com"):
            user.clean_fields()
            assert user.phone_number in {
                "",
                normal_phone_number(user.phone_number or "+4930123456"),
            }
            assert user.email.endswith(("@example.com", "@example.org"))

    def test_a_second_run_adds_nothing(self, demo: str) -> None:
        assert "Demo data: 100 %\n" in demo
        assert demo.endswith(f"Demo data is ready.\n{LOGINS}")
        before = row_counts()
        assert run_command() == f"Demo data is there already.\n{LOGINS}"
        assert row_counts() == before


@write
def test_a_run_that_was_broken_off_among_the_visits_is_completed_by_the_next() -> None:
    parts = fill(NOW, FEW)
    assert 0 < list(islice(parts, FEW // 2))[-1] < 1
    assert Appointment.objects.count() == FEW // 2
    assert not is_complete()
    assert list(fill(NOW, FEW))[-1] == 1
    assert is_whole()


@write
def test_a_run_that_was_broken_off_among_the_doctors_is_completed_by_the_next() -> None:
    with pytest.raises(KeyboardInterrupt):
        open_clinic(broken_off_after(7, booking_service()), MONDAY, NOW)
    assert DoctorAvailability.objects.values("doctor").distinct().count() == 6
    list(fill(NOW, FEW))
    assert is_whole()


@write
def test_the_same_day_makes_the_same_visits() -> None:
    list(fill(NOW, FEW))
    first = visits_by_people()
    call_command("flush", interactive=False, verbosity=0)
    list(fill(NOW, FEW))
    assert len(first) == FEW
    assert visits_by_people() == first


@write
@pytest.mark.parametrize("name", ["BOOKING_NOTICE_MINUTES", "BOOKING_CANCEL_CUTOFF_MINUTES"])
def test_a_long_notice_or_cut_off_does_not_stop_it(settings: LazySettings, name: str) -> None:
    setattr(settings, name, 43_200)
    list(fill(NOW, FEW))
    assert is_whole()
    assert Appointment.objects.filter(status="cancelled").exists()


@write
def test_a_short_horizon_leaves_free_times_to_the_demo_doctor(settings: LazySettings) -> None:
    settings.BOOKING_HORIZON_DAYS = 1
    list(fill(NOW, FEW))
    doctor = Doctor.objects.get(user__email="doctor@example.com")
    midnight = datetime.combine(NOW.date(), time.min, UTC)
    free = booking_service().free_slots(DoctorId(doctor.pk), NOW.date(), 2, now=midnight)
    assert doctor.appointments.filter(date__gte=NOW.date()).count() >= 10
    assert len(free) >= 5


@write
def test_a_database_with_accounts_of_its_own_is_left_alone() -> None:
    UserProfile.objects.create_superuser("boss@clinic.example", "Boss", "a long pass phrase")
    assert "no demo data was added" in run_command()
    assert UserProfile.objects.count() == 1


@pytest.mark.django_db
def test_without_demo_it_refuses(settings: LazySettings) -> None:
    settings.DEMO = False
    with pytest.raises(CommandError, match="DEMO=1"):
        call_command("seed_demo")
    assert not UserProfile.objects.exists()


def row_counts() -> list[int]:
    tables = (UserProfile, Doctor, DoctorAvailability, TimeOff, Appointment, OccupiedCell)
    return [table._default_manager.count() for table in tables]


def is_whole() -> bool:
    rules = sum(len(list(hours.rules(MONDAY))) for post in POSTS for hours in post.hours)
    absences = sum(len(post.away) for post in POSTS) + len(CLOSURES)
    *whole, _cells = row_counts()
    return is_complete() and whole == [1 + 24 + 300, 24, rules, absences, FEW]


def visits_by_people() -> list[tuple[object, ...]]:
    fields = ("doctor__user__email", "patient__email", "starts_at", "ends_at", "status")
    return sorted(Appointment.objects.values_list(*fields))


def broken_off_after(transactions: int, service: BookingService) -> BookingService:
    begun = count(1)

    def begin(doctor: DoctorId | None) -> AbstractContextManager[UnitOfWork]:
        if next(begun) > transactions:
            raise KeyboardInterrupt
        return service.begin(doctor)

    return evolve(service, begin=begin)
