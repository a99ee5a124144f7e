"""Whatever changes appointments and schedules, chosen at random."""

import random
import sys
import traceback
from collections.abc import Callable
from datetime import datetime, time, timedelta

from django.db import connections
from django.utils import timezone

from medicare_core.errors import BookingError
from medicare_core.ids import AppointmentId, DoctorId
from medicare_django.scheduling.models import Appointment, TimeOff
from medicare_django.scheduling.wiring import booking_service
from tests.faults.clinic import Clinic

DAYS = 10
"""On the days up to it everything happens; the one after is left alone."""
OPERATIONS = {"book": 9, "move": 5, "cancel": 4, "be away": 1, "close": 1}
"""How often each is chosen, relative to the others."""
MOST_ABSENCES = 3


class Nothing(Exception):
    """There is nothing that could be moved or cancelled."""


class Operations:
    def __init__(self, clinic: Clinic, chance: random.Random) -> None:
        self._clinic, self._chance = clinic, chance
        self._service = booking_service()
        self._ways: dict[str, Callable[[datetime], object]] = {
            "book": self._book,
            "move": self._move,
            "cancel": self._cancel,
            "be away": self._be_away,
            "close": self._close,
        }

    def do_something(self) -> str:
        """Give the name of what was done, why it was refused, or what went wrong."""
        [name] = self._chance.choices([*OPERATIONS], weights=[*OPERATIONS.values()])
        try:
            self._ways[name](timezone.now())
        except BookingError as refusal:
            return f"refused: {refusal.code}"
        except Nothing:
            return "refused: nothing there"
        except Exception as error:  # nothing else is promised: it is told by name
            traceback.print_exc(limit=-3, file=sys.stderr)
            connections.close_all()
            return f"{name}: {type(error).__name__}"
        return name

    def _book(self, now: datetime) -> None:
        doctor = self._chance.choice(self._clinic.doctors)
        patient = self._chance.choice(self._clinic.patients)
        self._service.book(doctor, patient, self._some_start(), now=now)

    def _move(self, now: datetime) -> None:
        self._service.reschedule(self._some_appointment(), self._some_start(), now=now)

    def _cancel(self, now: datetime) -> None:
        self._service.cancel(self._some_appointment(), now=now)

    def _be_away(self, now: datetime) -> None:
        self._add_absence(self._chance.choice(self._clinic.doctors), now)

    def _close(self, now: datetime) -> None:
        self._add_absence(None, now)

    def _add_absence(self, doctor: DoctorId | None, now: datetime) -> None:
        """Whom it strands is told that the appointment is cancelled; old absences make room."""
        date = self._clinic.first_on + timedelta(days=self._chance.randrange(DAYS))
        hour = self._chance.randrange(9, 12)

        def change() -> None:
            known = TimeOff.objects.filter(doctor=doctor).order_by("-id")
            TimeOff.objects.filter(
                pk__in=[*known.values_list("pk", flat=True)][MOST_ABSENCES - 1 :]
            ).delete()
            TimeOff.objects.create(
                doctor_id=doctor, start_date=date, start_time=time(hour), end_time=time(hour + 1)
            )

        self._service.change_schedule(doctor, change, now=now, cancel_stranded=True)

    def _some_start(self) -> datetime:
        day = self._chance.randrange(DAYS)
        return self._clinic.start(day, self._chance.choice(self._clinic.times))

    def _some_appointment(self) -> AppointmentId:
        live = Appointment.objects.filter(status="booked").order_by("id")
        ids = [*live.values_list("id", flat=True)]
        if not ids:
            raise Nothing
        return AppointmentId(self._chance.choice(ids))
