"""The clinic at work over the site's database, whichever it is. Every step is committed."""

import os

import pytest
from hypothesis import HealthCheck, Phase, settings

from medicare_core.contracts import BackEnd
from medicare_django.accounts.models import Doctor, UserProfile
from medicare_django.notifications.models import Notification
from medicare_django.scheduling.models import (
    Appointment,
    DoctorAvailability,
    OccupiedCell,
    TimeOff,
)
from tests.integration.django_back_end import DjangoBackEnd
from tests.unit.clinic_machine import ClinicMachine

IS_THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
TABLES = (
    OccupiedCell,
    Appointment,
    Notification,
    TimeOff,
    DoctorAvailability,
    Doctor,
    UserProfile,
)


class DjangoMachine(ClinicMachine):
    def open(self) -> BackEnd:
        for table in TABLES:
            table.objects.all().delete()
        return DjangoBackEnd()


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(3600 if IS_THOROUGH else 120)
class TestDjangoMachine(DjangoMachine.TestCase):  # type: ignore[misc]  # made when it runs
    settings = settings(
        max_examples=300 if IS_THOROUGH else 20,
        stateful_step_count=40 if IS_THOROUGH else 25,
        derandomize=not IS_THOROUGH,
        # Each try to make a failure shorter is another clinic's life, in a real database.
        phases=list(Phase) if IS_THOROUGH else [Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
