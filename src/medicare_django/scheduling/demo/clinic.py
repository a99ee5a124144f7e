"""Puts the invented clinic into the database, piece by piece: what is there already is left."""

from datetime import date, datetime
from itertools import islice
from random import Random

import attrs
from attrs import frozen
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction

from medicare_core.booking import BookingService
from medicare_core.ids import DoctorId, PatientId
from medicare_django.accounts.models import Doctor, UserProfile
from medicare_django.scheduling.demo.people import LATIN, OTHER_SCRIPTS, Person, draw_people
from medicare_django.scheduling.demo.posts import CLOSURES, POSTS, Post
from medicare_django.scheduling.demo.weeks import Away
from medicare_django.scheduling.models import DoctorAvailability, TimeOff

PASSWORD = "medicare-demo"  # noqa: S105 - public: the demo prints it
ADMIN, DOCTOR, PATIENT = (f"{who}@example.com" for who in ("admin", "doctor", "patient"))
PATIENTS = 300
_PLACES = ("Easthaven", "Westhaven", "Nether Poppleford", "Grünau", "São Lourenço", "Ås", "")


@frozen
class Clinic:
    """The demo doctor and the demo patient come first."""

    doctors: tuple[DoctorId, ...]
    patients: tuple[PatientId, ...]


def is_complete() -> bool:
    logins = UserProfile.objects.filter(email_canonical__in=[ADMIN, DOCTOR, PATIENT])
    return logins.count() == 3


def has_other_accounts() -> bool:
    """Whether somebody uses this database for real: the demo doctor is its first account."""
    users = UserProfile.objects.all()
    return users.exists() and not users.filter(email_canonical=DOCTOR).exists()


def open_clinic(service: BookingService, monday: date, now: datetime) -> Clinic:
    """All but the admin, whose account is the sign that everything is there."""
    password = make_password(PASSWORD)  # once: every hash takes a good part of a second
    service.change_schedule(None, lambda: _close(monday), now=now)
    people = draw_people(_random("practitioners"), LATIN)
    doctors = [_hire(number, post, next(people), password) for number, post in enumerate(POSTS)]
    for doctor, post in zip(doctors, POSTS, strict=True):
        _publish(service, doctor, post, monday, now)
    return Clinic(tuple(DoctorId(doctor.pk) for doctor in doctors), _register(password))


def add_admin() -> None:
    if not UserProfile.objects.filter(email_canonical=ADMIN).exists():
        UserProfile.objects.create_superuser(ADMIN, "Demo Admin", PASSWORD)


def _hire(number: int, post: Post, person: Person, password: str) -> Doctor:
    email = f"doctor{number + 1:02}@example.org" if number else DOCTOR
    known = Doctor.objects.filter(user__email_canonical=email).first()
    if known is not None:
        return known
    with transaction.atomic():
        user = UserProfile.objects.create(
            email=email,
            name=f"Dr {person.name}",
            gender=person.gender,
            password=password,
            is_email_verified=True,
        )
        return Doctor.objects.create(
            user=user,
            specialization=post.specialization,
            hospital=post.hospital.name,
            address=post.address,
            timezone=post.timezone or settings.TIME_ZONE,
        )


def _publish(
    service: BookingService, doctor: Doctor, post: Post, monday: date, now: datetime
) -> None:
    """The whole week and the time off of a doctor in one transaction."""

    def change() -> None:
        for rule in (rule for hours in post.hours for rule in hours.rules(monday)):
            fields = attrs.asdict(rule, recurse=False)
            DoctorAvailability.objects.create(doctor=doctor, **fields)
        for away in post.away:
            _add_time_off(doctor, away, monday)

    if not doctor.availability.exists():
        service.change_schedule(DoctorId(doctor.pk), change, now=now)


def _close(monday: date) -> None:
    if not TimeOff.objects.filter(doctor=None).exists():
        for away in CLOSURES:
            _add_time_off(None, away, monday)


def _add_time_off(doctor: Doctor | None, away: Away, monday: date) -> None:
    fields = attrs.asdict(away.time_off(monday))
    TimeOff.objects.create(doctor=doctor, note=away.note, **fields)


def _register(password: str) -> tuple[PatientId, ...]:
    random = _random("patients")
    people = islice(draw_people(random, LATIN + OTHER_SCRIPTS), PATIENTS)
    emails = [PATIENT, *(f"patient{number:03}@example.org" for number in range(2, PATIENTS + 1))]
    patients = [
        _patient(random, email, person, password)
        for email, person in zip(emails, people, strict=True)
    ]
    UserProfile.objects.bulk_create(patients, ignore_conflicts=True)
    found = UserProfile.objects.filter(email_canonical__in=emails)
    ids = dict(found.values_list("email_canonical", "id"))
    return tuple(PatientId(ids[email]) for email in emails)


def _patient(random: Random, email: str, person: Person, password: str) -> UserProfile:
    """Some leave out what they need not tell. The phone numbers are kept free for fiction."""
    return UserProfile(
        email=email,
        name=person.name,
        gender=random.choice((person.gender, person.gender, person.gender, "")),
        age=random.choice((None, *(random.randint(16, 94) for _ in range(5)))),
        place=random.choice(_PLACES),
        phone_number=random.choice(("", f"+447700900{random.randrange(1000):03}")),
        password=password,
        is_email_verified=True,
    )


def _random(what: str) -> Random:
    return Random(f"demo {what}")  # noqa: S311 - the same people every time is what is wanted
