"""The same races against the site as it is served: several workers with several threads each."""

import json
import os
from datetime import datetime
from functools import partial
from http import HTTPStatus
from http.client import HTTPConnection

from django.utils import timezone

from medicare_core.ids import DoctorId, PatientId
from medicare_django.accounts import tokens
from medicare_django.accounts.models import UserProfile
from tests.faults.clinic import open_clinic
from tests.faults.figures import Race
from tests.faults.races import BOOKED, CONFLICT, DOCTORS, PATIENTS, Book, race
from tests.integration.served_site import free_port, served

WORKERS = 2
PATH = "/api/book-appointment/"
PATIENCE_SECONDS = 60


def through_http(attempts: int, seed: int) -> Race:
    """All requests have to come within the quarter of an hour that a token is good for."""
    clinic, port = open_clinic(DOCTORS, PATIENTS), free_port()
    accesses = {patient: _access(patient) for patient in clinic.patients}
    with served(port, os.environ, workers=WORKERS):
        return race(clinic, attempts, seed, partial(booking_at, port, accesses))


def booking_at(port: int, accesses: dict[PatientId, str]) -> Book:
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)

    def book(doctor: DoctorId, patient: PatientId, start: datetime) -> str:
        asked = {"doctor": doctor, "starts_at": start.isoformat()}
        try:
            connection.request("POST", PATH, json.dumps(asked), _headers(accesses[patient]))
            answer = connection.getresponse()
            return _end(answer.status, json.loads(answer.read()))
        except (OSError, ValueError) as error:
            connection.close()
            return type(error).__name__

    return book


def _end(status: int, body: dict[str, str]) -> str:
    if status == HTTPStatus.CONFLICT:
        return body["code"]
    ends = {HTTPStatus.CREATED: BOOKED, HTTPStatus.SERVICE_UNAVAILABLE: CONFLICT}
    return ends.get(HTTPStatus(status), f"status {status}")


def _headers(access: str) -> dict[str, str]:
    """As the proxy in front of the site sends them on."""
    return {
        "Authorization": f"Bearer {access}",
        "Content-Type": "application/json",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-For": "192.0.2.1",
    }


def _access(patient: PatientId) -> str:
    user = UserProfile.objects.get(pk=patient)
    return tokens.start_login(user, timezone.now()).access
