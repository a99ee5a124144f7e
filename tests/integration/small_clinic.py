"""Somebody of every role, something of everybody, and every route that there is."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from attrs import frozen
from django.urls import URLPattern, URLResolver, get_resolver

from medicare_core.ids import DoctorId, PatientId
from medicare_django.accounts import tokens
from medicare_django.accounts.models import UserProfile
from medicare_django.scheduling.models import TimeOff
from medicare_django.scheduling.wiring import booking_service
from tests.integration.factories import (
    make_admin,
    make_doctor,
    make_hours,
    make_patient,
    make_report,
)

ROLES = ["anonymous", "patient", "other patient", "doctor", "other doctor", "admin"]


@frozen
class Clinic:
    people: dict[str, UserProfile]
    names: dict[str, Any]

    def fill(self, part: Any) -> Any:
        """Put what is here into a path or a body."""
        if isinstance(part, dict):
            return {name: self.fill(value) for name, value in part.items()}
        if isinstance(part, str) and part[1:-1] in self.names:
            return self.names[part[1:-1]]
        return part.format(**self.names) if isinstance(part, str) else part


def make_clinic(now: datetime) -> Clinic:
    """Two doctors who have booked each a patient on the day after `now`; hours every day."""
    doctor, other_doctor = make_doctor(name="Dr One"), make_doctor(name="Dr Two")
    rule = make_hours(doctor, "09:00", "12:00")
    make_hours(other_doctor, "09:00", "12:00")
    patient = make_patient(name="Canary Mina", phone_number="+491234567", place="Canaryville")
    other = make_patient(name="Canary Otto", phone_number="+497654321", place="Canarytown")
    booked = [
        booking_service().book(
            DoctorId(who.pk), PatientId(whom.pk), now.replace(day=3, hour=9), now=now
        )
        for who, whom in [(doctor, patient), (other_doctor, other)]
    ]
    reports = [make_report(each, report=f"Canary of {each.pk}") for each in (patient, other)]
    people = {
        "patient": patient,
        "other patient": other,
        "doctor": doctor.user,
        "other doctor": other_doctor.user,
        "admin": make_admin(),
    }
    names = {
        "doctor": doctor.pk,
        "patient": patient.pk,
        "rule": rule.pk,
        "time_off": TimeOff.objects.create(doctor=doctor, start_date=date(2031, 8, 1)).pk,
        "closure": TimeOff.objects.create(doctor=None, start_date=date(2031, 8, 1)).pk,
        "appointment": booked[0].id,
        "report": reports[0].pk,
        "email": patient.email,
        "refresh": tokens.start_login(patient, now).refresh,
    }
    return Clinic(people, names)


def routes(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, str]]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from routes(pattern, prefix + str(pattern.pattern))
        elif isinstance(pattern, URLPattern):
            yield prefix, str(pattern.pattern)


def admin_site() -> URLResolver:
    """Django Admin's part of the routes."""
    return next(
        each
        for each in get_resolver().url_patterns
        if isinstance(each, URLResolver) and each.app_name == "admin"
    )
