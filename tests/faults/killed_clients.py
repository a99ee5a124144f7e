"""Clients that book, cancel, move and change schedules, and are killed in the midst of it."""

import multiprocessing
import os
import random
import signal
import time
from collections import Counter
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType

from django.db import connections
from django.utils import timezone

from medicare_django.scheduling.consistency import find_faults
from medicare_django.scheduling.models import Appointment
from medicare_django.scheduling.wiring import booking_service
from tests.faults.clinic import Clinic, open_clinic
from tests.faults.figures import Kills
from tests.faults.notices import wrong_notices
from tests.faults.operations import DAYS, OPERATIONS, Operations
from tests.faults.overlaps import count_overlaps

CLIENTS = 6
DOCTORS, PATIENTS = 3, 10
BETWEEN_KILLS = (0.05, 0.3)
"""Seconds; the least and the most, after as many operations have ended as belong to a kill."""
LINES_A_KILL = 30
PATIENCE_SECONDS = 60

_FORK = multiprocessing.get_context("fork")


def under_kills(kills: int, seed: int) -> Kills:
    clinic, chance = open_clinic(DOCTORS, PATIENTS), random.Random(seed)
    with TemporaryDirectory() as folder:
        diary = Path(folder) / "diary"
        crowd = [_start(clinic, f"{seed}/{number}", diary) for number in range(CLIENTS)]
        for number in range(kills):
            _wait_for_lines(diary, (number + 1) * LINES_A_KILL)
            time.sleep(chance.uniform(*BETWEEN_KILLS))
            crowd.append(_start(clinic, f"{seed}/{CLIENTS + number}", diary))
            _end(crowd.pop(chance.randrange(CLIENTS)), signal.SIGKILL)
        slowest_after = _slowest_now(clinic)
        for client in crowd:
            _end(client, signal.SIGTERM)
        told = diary.read_text().splitlines()
    return _counted(kills, told, slowest_after)


def _start(clinic: Clinic, seed: str, diary: Path) -> BaseProcess:
    connections.close_all()  # no connection is to be shared with a child
    client = _FORK.Process(target=_work, args=(clinic, seed, diary), daemon=True)
    client.start()
    return client


def _wait_for_lines(diary: Path, count: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not diary.exists() or diary.read_bytes().count(b"\n") < count:
        assert time.monotonic() < deadline, "the clients get nothing done"
        time.sleep(0.02)


def _end(client: BaseProcess, number: signal.Signals) -> None:
    assert client.pid is not None
    os.kill(client.pid, number)
    client.join()


def _work(clinic: Clinic, seed: str, diary: Path) -> None:
    """Until told to stop, and write each end down at once: no word is left in a buffer."""
    asked: list[int] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        asked.append(number)

    signal.signal(signal.SIGTERM, stop)
    operations, parent = Operations(clinic, random.Random(seed)), os.getppid()
    with diary.open("ab", buffering=0) as pen:
        while not asked and os.getppid() == parent:
            pen.write(f"{operations.do_something()}\n".encode())
    connections.close_all()


def _slowest_now(clinic: Clinic) -> float:
    """Seconds for a booking with any doctor, on a day that nobody else wants, with the others
    still at work: a lock that a dead client had left would hold it up.
    """
    slowest = 0.0
    for doctor, patient in zip(clinic.doctors, clinic.patients, strict=False):
        began = time.monotonic()
        start = clinic.start(DAYS, clinic.times[0])
        booking_service().book(doctor, patient, start, now=timezone.now())
        slowest = max(slowest, time.monotonic() - began)
    return round(slowest, 2)


def _counted(kills: int, told: list[str], slowest_after: float) -> Kills:
    ends = Counter(told)
    done = {name: ends.pop(name, 0) for name in OPERATIONS}
    lost = {end: count for end, count in ends.items() if end.startswith("refused")}
    return Kills(
        kills=kills,
        done=done,
        lost=lost,
        others={end: count for end, count in ends.items() if end not in lost},
        appointments=Appointment.objects.count(),
        live=Appointment.objects.filter(status="booked").count(),
        overlaps=count_overlaps(),
        faults=find_faults().faults.total(),
        wrong_notices=wrong_notices()[:5],
        slowest_after=slowest_after,
    )
