"""What admins change about doctors, and whom that strands."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile

from medicare_core.appointments import Appointment
from medicare_core.errors import NotFound
from medicare_core.ids import DoctorId, PatientId
from medicare_django.accounts import codes, tokens
from medicare_django.accounts.doctors import EmailTaken
from medicare_django.accounts.models import Doctor, Login, UserProfile
from medicare_django.accounts.password_reset import ResetRefused, make_token, reset_password
from medicare_django.notifications.models import Notification
from medicare_django.scheduling.models import TimeOff
from medicare_django.scheduling.practice import (
    activate_doctor,
    change_doctor,
    deactivate_doctor,
)
from medicare_django.scheduling.wiring import booking_service
from tests.integration.factories import make_doctor, make_hours, make_patient, make_user

pytestmark = pytest.mark.django_db
NINE = datetime(2031, 6, 3, 7, tzinfo=UTC)  # 09:00 in Berlin
NOW = NINE - timedelta(days=1)


@pytest.fixture
def doctor() -> Doctor:
    made = make_doctor(email="ada@example.org", name="Ada", timezone="Europe/Berlin")
    make_hours(made, "09:00", "12:00")
    return made


def book(doctor: Doctor, start: datetime = NINE) -> Appointment:
    patient = PatientId(make_patient().pk)
    return booking_service().book(DoctorId(doctor.pk), patient, start, now=NOW)


def stranded(doctor: Doctor) -> tuple[Appointment, ...]:
    return booking_service().stranded(DoctorId(doctor.pk), now=NOW)


def reread(doctor: Doctor) -> Doctor:
    return Doctor.objects.select_related("user").get(pk=doctor.pk)


def test_who_is_deactivated_strands_everybody_and_is_logged_out(doctor: Doctor) -> None:
    booked, others = book(doctor), make_doctor()
    tokens.start_login(doctor.user, NOW)
    tokens.start_login(others.user, NOW)
    assert deactivate_doctor(doctor, now=NOW) == (booked,)
    assert not reread(doctor).user.is_active
    assert stranded(doctor) == (booked,)
    assert Login.objects.get(ended_at=None).user == others.user
    assert not Notification.objects.filter(kind="cancelled").exists()


def test_a_dry_run_deactivates_nobody_and_ends_no_login(doctor: Doctor) -> None:
    booked = book(doctor)
    tokens.start_login(doctor.user, NOW)
    assert deactivate_doctor(doctor, now=NOW, dry_run=True) == (booked,)
    assert reread(doctor).user.is_active
    assert Login.objects.filter(ended_at=None).exists()


def test_whoever_is_stranded_may_be_cancelled_at_once_with_mails(doctor: Doctor) -> None:
    booked = book(doctor)
    hit = deactivate_doctor(doctor, now=NOW, cancel_stranded=True)
    assert hit == (booked.cancel(),)
    assert stranded(doctor) == ()
    mail = Notification.objects.get(kind="cancelled")
    assert mail.recipient_id == booked.patient


def test_who_is_deactivated_already_strands_nobody_anew(doctor: Doctor) -> None:
    book(doctor)
    deactivate_doctor(doctor, now=NOW)
    assert deactivate_doctor(doctor, now=NOW, cancel_stranded=True) == ()


def test_who_is_activated_again_sees_the_patients_again_after_a_new_login(doctor: Doctor) -> None:
    book(doctor)
    tokens.start_login(doctor.user, NOW)
    deactivate_doctor(doctor, now=NOW)
    activate_doctor(doctor)
    assert stranded(doctor) == ()
    assert not Login.objects.filter(ended_at=None).exists()
    tokens.start_login(reread(doctor).user, NOW)


def test_a_doctor_who_is_not_there_is_not_found(doctor: Doctor) -> None:
    gone = Doctor(pk=doctor.pk + 1, user=doctor.user)
    with pytest.raises(NotFound):
        deactivate_doctor(gone, now=NOW)
    with pytest.raises(NotFound):
        activate_doctor(gone)
    with pytest.raises(NotFound):
        change_doctor(gone, {}, {"hospital": "North"}, now=NOW)


PERSON = {"name": "Ada King", "email": "Ada.King@Example.org", "phone_number": "+4930123456"}
PRACTICE = {"specialization": "Neurology", "hospital": "North", "address": "2 Hill Street"}


@pytest.mark.parametrize("active", [True, False])
def test_the_fields_of_the_person_and_of_the_practice_are_saved(
    doctor: Doctor, active: bool
) -> None:
    UserProfile.objects.filter(doctor=doctor).update(is_active=active)
    booked = book(doctor) if active else None
    assert change_doctor(doctor, PERSON, PRACTICE, now=NOW) == ()
    changed = reread(doctor)
    assert {name: getattr(changed, name) for name in PRACTICE} == PRACTICE
    assert {name: getattr(changed.user, name) for name in PERSON} == PERSON
    assert changed.user.email_canonical == "ada.king@example.org"
    assert changed.user.is_email_verified
    assert (changed.user.is_active, changed.timezone) == (active, "Europe/Berlin")
    assert stranded(doctor) == ()
    assert booked is None or booked.is_live


@pytest.mark.parametrize("active", [True, False])
def test_a_dry_run_saves_nothing_and_stores_no_picture(
    doctor: Doctor, active: bool, media_root: Path
) -> None:
    UserProfile.objects.filter(doctor=doctor).update(is_active=active)
    picture = ContentFile(b"not even a picture", "ada.png")
    practice: dict[str, Any] = {**PRACTICE, "timezone": "Asia/Tokyo", "image": picture}
    change_doctor(doctor, PERSON, practice, now=NOW, dry_run=True)
    unchanged = reread(doctor)
    assert (unchanged.hospital, unchanged.timezone) == ("St Anne", "Europe/Berlin")
    assert not unchanged.image
    assert unchanged.user.name == "Ada"
    assert not media_root.exists()


def test_what_changed_meanwhile_is_not_undone(doctor: Doctor) -> None:
    Doctor.objects.update(hospital="North")
    UserProfile.objects.filter(doctor=doctor).update(password="another hash")
    change_doctor(doctor, {"name": "Ada King"}, {"address": "2 Hill Street"}, now=NOW)
    changed = reread(doctor)
    assert (changed.hospital, changed.user.password) == ("North", "another hash")


@pytest.mark.parametrize("proved", [True, False])
def test_an_address_that_somebody_has_is_taken_and_nothing_is_changed(
    doctor: Doctor, proved: bool
) -> None:
    make_user(email="eve@example.org", is_email_verified=proved)
    with pytest.raises(EmailTaken):
        change_doctor(doctor, {"name": "Eve", "email": "EVE@example.org"}, PRACTICE, now=NOW)
    assert (reread(doctor).user.name, reread(doctor).hospital) == ("Ada", "St Anne")


def test_another_spelling_of_the_own_address_is_not_taken(doctor: Doctor) -> None:
    change_doctor(doctor, {"email": "ADA@example.org"}, {}, now=NOW)
    assert reread(doctor).user.email == "ADA@example.org"


def test_codes_and_links_for_the_old_address_are_of_no_use(doctor: Doctor) -> None:
    code = codes.issue(doctor.user, NOW, "ada@elsewhere.example")
    link = make_token(doctor.user)
    assert code is not None
    assert codes.is_in_force(code, reread(doctor).user)
    change_doctor(doctor, {"email": "ada.king@example.org"}, {}, now=NOW)
    assert not codes.is_in_force(code, reread(doctor).user)
    with pytest.raises(ResetRefused):
        reset_password(link, "a quite different one")


def test_another_time_zone_moves_hours_and_time_off_and_tells_whom_it_strands(
    doctor: Doctor,
) -> None:
    early, late = book(doctor), book(doctor, NINE + timedelta(hours=2))
    other = make_doctor(timezone="Europe/Berlin")
    for each in (doctor, other):
        TimeOff.objects.create(
            doctor=each, start_date=date(2031, 7, 1), start_time=time(9), end_time=time(10)
        )
    closure = TimeOff.objects.create(start_date=date(2031, 7, 2))
    practice = {"timezone": "Europe/London"}  # an hour behind
    assert change_doctor(doctor, {}, practice, now=NOW, dry_run=True) == (early,)
    assert change_doctor(doctor, {}, practice, now=NOW) == (early,)
    assert stranded(doctor) == (early,)
    assert booking_service().unlocked.appointments.get(late.id) == late
    [own] = reread(doctor).time_off.all()
    assert (own.starts_at, own.ends_at) == (
        datetime(2031, 7, 1, 8, tzinfo=UTC),
        datetime(2031, 7, 1, 9, tzinfo=UTC),
    )
    assert own.start_time == time(9)
    assert other.time_off.get().starts_at == datetime(2031, 7, 1, 7, tzinfo=UTC)
    assert TimeOff.objects.get(pk=closure.pk).starts_at == closure.starts_at


def test_time_off_goes_by_the_zone_that_the_doctor_has_by_the_time_that_it_is_saved(
    doctor: Doctor,
) -> None:
    read_before = reread(doctor)
    change_doctor(doctor, {}, {"timezone": "Europe/London"}, now=NOW)
    row = TimeOff(doctor=read_before, start_date=date(2031, 7, 1))
    row.save()
    assert row.starts_at == datetime(2031, 6, 30, 23, tzinfo=UTC)


def test_time_off_that_moves_onto_an_appointment_strands_it(doctor: Doctor) -> None:
    make_hours(doctor, "07:00", "13:00")
    booked = book(doctor)
    TimeOff.objects.create(
        doctor=doctor, start_date=NINE.date(), start_time=time(8), end_time=time(8, 30)
    )
    hit = change_doctor(doctor, {}, {"timezone": "Europe/London"}, now=NOW, cancel_stranded=True)
    assert hit == (booked.cancel(),)


def test_the_zone_of_who_is_not_active_moves_the_time_off_too(doctor: Doctor) -> None:
    TimeOff.objects.create(doctor=doctor, start_date=date(2031, 7, 1))
    deactivate_doctor(doctor, now=NOW)
    change_doctor(doctor, {}, {"timezone": "Europe/London"}, now=NOW)
    assert doctor.time_off.get().starts_at == datetime(2031, 6, 30, 23, tzinfo=UTC)
