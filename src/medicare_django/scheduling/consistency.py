"""Proof that nobody is booked twice, and that cells and live appointments are the same.

Rows are read in order and forgotten again. PostgreSQL and SQLite send them as they are read; the
drivers of MySQL and MariaDB keep the answer to a query, as it was received, until it is read.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from heapq import heappop, heappush, heapreplace, merge
from itertools import groupby, starmap
from operator import attrgetter
from typing import Literal, NamedTuple
from uuid import UUID

from attrs import Factory, define
from django.db import transaction
from django.db.models import Q

from medicare_core.appointments import AppointmentStatus
from medicare_core.period import CELL_MINUTES, to_minutes_down, to_minutes_up
from medicare_django.accounts.models import Doctor
from medicare_django.scheduling.models import Appointment, OccupiedCell

EXAMPLES = 3

_LIVE = AppointmentStatus.BOOKED.value
_ROWS_AT_A_TIME = 2000


class Fault(StrEnum):
    DOCTOR_TWICE = "appointments that overlap another of their doctor"
    PATIENT_TWICE = "appointments that overlap another of their patient"
    MISSING = "cells that a live appointment lacks"
    WRONG_PATIENT = "cells of a live appointment that name another patient"
    CANCELLED = "cells that a cancelled appointment still holds"
    ORPHAN = "cells without an appointment"


@define
class Findings:
    """`examples` are the first few of each kind, told by ids alone."""

    appointments: int = 0
    cells: int = 0
    faults: Counter[Fault] = Factory(Counter)
    examples: dict[Fault, list[str]] = Factory(dict)

    def add(self, fault: Fault, example: str) -> None:
        self.faults[fault] += 1
        known = self.examples.setdefault(fault, [])
        if len(known) < EXAMPLES and example not in known:
            known.append(example)


class _Visit(NamedTuple):
    doctor: int
    patient: int
    id: UUID
    starts_at: datetime
    ends_at: datetime
    status: str

    @property
    def is_live(self) -> bool:
        return self.status == _LIVE

    @property
    def cells(self) -> range:
        """Those of its period in the core, which refuses some rows that may have to be told of."""
        first = to_minutes_down(self.starts_at) // CELL_MINUTES
        return range(first, -(-to_minutes_up(self.ends_at) // CELL_MINUTES))


class _Mark(NamedTuple):
    """A cell as its row says (`visit` is None), or as it follows from an appointment."""

    doctor: int
    cell: int
    patient: int
    visit: _Visit | None = None


_place = attrgetter("doctor", "cell")


def find_faults() -> Findings:
    """Four queries, and three for each doctor whose cells and appointments seemed to disagree.

    No transaction spans them: on SQLite it would lock out every booking. An overlap is seen within
    one query, which is one snapshot under READ COMMITTED too. Cells and appointments are two: what a
    booking in between makes of them is told from a fault by a second look, with the doctor locked.
    """
    findings = Findings()
    findings.appointments = _find_overlaps("doctor", Fault.DOCTOR_TWICE, findings)
    _find_overlaps("patient", Fault.PATIENT_TWICE, findings)
    suspects: dict[int, None] = {}
    for place in _places(Q()):
        findings.cells += sum(mark.visit is None for mark in place)
        if any(_judge(place)):
            suspects[place[0].doctor] = None
    for doctor in suspects:
        _look_again(doctor, findings)
    return findings


def _look_again(doctor: int, findings: Findings) -> None:
    with transaction.atomic(durable=True):
        list(Doctor.objects.select_for_update().filter(id=doctor).values_list("id"))
        for place in _places(Q(doctor=doctor)):
            for fault, example in _judge(place):
                findings.add(fault, example)


# --- Overlaps


def _find_overlaps(person: Literal["doctor", "patient"], fault: Fault, findings: Findings) -> int:
    """The number of live appointments."""
    count = 0
    live = _visits(Q(status=_LIVE), person)
    for _, own in groupby(live, key=attrgetter(person)):
        last = None  # the one that ends last so far
        for visit in own:
            count += 1
            if last is not None and visit.starts_at < last.ends_at:
                findings.add(fault, f"{last.id} and {visit.id}")
            if last is None or visit.ends_at > last.ends_at:
                last = visit
    return count


def _visits(which: Q, person: str) -> Iterator[_Visit]:
    rows = Appointment.objects.filter(which).order_by(f"{person}_id", "starts_at", "id")
    fields = ("doctor_id", "patient_id", "id", "starts_at", "ends_at", "status")
    return starmap(_Visit, rows.values_list(*fields).iterator(_ROWS_AT_A_TIME))


# --- Cells and appointments


def _judge(place: list[_Mark]) -> Iterator[tuple[Fault, str]]:
    """What is wrong with one cell of one doctor."""
    held = {mark.patient for mark in place if mark.visit is None}
    live = [mark.visit for mark in place if mark.visit is not None and mark.visit.is_live]
    strangers = held - {visit.patient for visit in live}
    for visit in live:
        if visit.patient not in held:
            yield (Fault.WRONG_PATIENT if strangers else Fault.MISSING), f"{visit.id}"
    if strangers and not live:
        yield _unclaimed(place, strangers)


def _unclaimed(place: list[_Mark], patients: set[int]) -> tuple[Fault, str]:
    for mark in place:
        if mark.visit is not None and mark.patient in patients:
            return Fault.CANCELLED, f"{mark.visit.id}"
    return Fault.ORPHAN, f"doctor {place[0].doctor}, cell {place[0].cell}"


def _places(which: Q) -> Iterator[list[_Mark]]:
    """All that is said of each cell of each doctor, in order."""
    marks = merge(_held(which), _due(which), key=_place)
    return (list(same) for _, same in groupby(marks, key=_place))


def _held(which: Q) -> Iterator[_Mark]:
    rows = OccupiedCell.objects.filter(which).order_by("doctor_id", "cell")
    fields = ("doctor_id", "cell", "patient_id")
    return starmap(_Mark, rows.values_list(*fields).iterator(_ROWS_AT_A_TIME))


def _due(which: Q) -> Iterator[_Mark]:
    """The cells of all appointments, cancelled ones too, in the order of `_held`."""
    for _, own in groupby(_visits(which, "doctor"), key=attrgetter("doctor")):
        begun: list[tuple[int, UUID, _Visit]] = []  # a heap, by the next cell of each
        for visit in own:
            cells = visit.cells
            yield from _due_before(cells.start, begun)
            if cells:
                heappush(begun, (cells.start, visit.id, visit))
        yield from _due_before(None, begun)


def _due_before(cell: int | None, begun: list[tuple[int, UUID, _Visit]]) -> Iterator[_Mark]:
    """Those below `cell`, or all; `begun` keeps the rest, one entry for each appointment."""
    while begun and (cell is None or begun[0][0] < cell):
        due, key, visit = begun[0]
        if due + 1 < visit.cells.stop:
            heapreplace(begun, (due + 1, key, visit))
        else:
            heappop(begun)
        yield _Mark(visit.doctor, due, visit.patient, visit)
