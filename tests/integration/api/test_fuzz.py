"""A fuzzer reads the description of the API and tries to make the site break its word.

`make test-thorough` lets it try for longer, and every role everything.
"""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.servers.basehttp import WSGIRequestHandler
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from medicare_core.ids import DoctorId, PatientId
from medicare_django.accounts import tokens
from medicare_django.accounts.models import UserProfile
from medicare_django.scheduling.wiring import booking_service
from tests.integration.factories import (
    make_admin,
    make_doctor,
    make_hours,
    make_patient,
    make_report,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(3600)]
CONFIGURATION = Path(__file__).parents[1] / "schemathesis.toml"
DAY = timedelta(days=1)
THOROUGH = "FUZZ_EXAMPLES" in os.environ
EXAMPLES = os.environ.get("FUZZ_EXAMPLES", "10")
# Where a role does more than to be refused. Patients try all, what is open to anyone included.
OWN_PATHS = {
    "patient": ".*",
    "doctor": "availability/|time-off/|appointments/|reports/|profile/",
    "admin": "closures/|create-doctor/|appointments/|reports/",
}


def make_clinic(role: str) -> tuple[UserProfile, dict[str, str]]:
    """Return somebody of this role, and the ids of what concerns them."""
    doctor, patient, tomorrow = make_doctor(), make_patient(), timezone.localdate() + DAY
    make_hours(doctor, "00:00", "00:00", start_date=tomorrow)
    noon = timezone.now().replace(hour=12, minute=0, second=0, microsecond=0) + 2 * DAY
    whom = DoctorId(doctor.pk), PatientId(patient.pk)
    booked = booking_service().book(*whom, noon, now=timezone.now())
    report = make_report(patient)
    users = {"patient": patient, "doctor": doctor.user, "admin": make_admin()}
    return users[role], {"FUZZ_APPOINTMENT": str(booked.id), "FUZZ_REPORT": str(report.pk)}


@pytest.mark.parametrize("role", OWN_PATHS)
def test_the_site_does_what_its_description_says(
    live_server: LiveServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, role: str
) -> None:
    # It sends head and body apart, and would wait 40 ms in between for a word of the other side.
    monkeypatch.setattr(WSGIRequestHandler, "disable_nagle_algorithm", True)
    user, names = make_clinic(role)
    access = tokens.start_login(user, timezone.now()).access
    paths = ".*" if THOROUGH else OWN_PATHS[role]
    schema = f"{live_server.url}/api/schema/"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", CONFIGURATION),
            *("run", schema, "--header", f"Authorization: Bearer {access}"),
            *("--checks", "all", "--phases", "examples,coverage,fuzzing"),
            *("--max-examples", EXAMPLES, "--include-path-regex", paths),
            *("--continue-on-failure", "--request-timeout", "60", "--no-color"),
            # The same in every run, unless it is to find something new.
            *(["--generation-database", "none"] if THOROUGH else ["--generation-deterministic"]),
        ],
        cwd=tmp_path,
        env={**os.environ, **names},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
