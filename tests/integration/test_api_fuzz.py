"""A fuzzer reads the description of the API and tries to make the site break its word."""

import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from medicare_django.accounts import tokens
from tests.integration.factories import make_admin, make_doctor, make_hours, make_patient

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("role", ["patient", "doctor", "admin"])
def test_the_site_does_what_its_description_says(live_server: Any, role: str) -> None:
    doctor = make_doctor()
    make_hours(doctor, "00:00", "00:00", start_date=timezone.localdate() + timedelta(days=1))
    user = {"patient": make_patient, "doctor": lambda: doctor.user, "admin": make_admin}[role]()
    access = tokens.start_login(user, timezone.now()).access
    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run", f"{live_server.url}/api/schema/"),
            *("-H", f"Authorization: Bearer {access}", "--checks", "all"),
            *("--max-examples", "20", "--no-color", "--generation-database", "none"),
            *("--continue-on-failure", "--request-timeout", "30"),
        ],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
