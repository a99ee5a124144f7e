"""A client that dies takes nothing with it and leaves nothing half done."""

import pytest

from tests.faults.databases import Database
from tests.faults.figures import Kills, Table
from tests.faults.programs import run_program
from tests.faults.sizes import Sizes

SECONDS = 1200
AT_ONCE_SECONDS = 3.0
"""The longest that anybody waits for a lock."""

REFUSALS = {
    "slot_taken",
    "patient_busy",
    "time_off",
    "not_live",
    "nothing there",
    "write_conflict",
}


@pytest.mark.timeout(SECONDS)
def test_what_killed_clients_leave_is_whole(
    database: Database, sizes: Sizes, seed: int, table: Table
) -> None:
    given = (sizes.kills, seed)
    said = run_program(database.environment, "killed_clients.under_kills", *given, seconds=SECONDS)
    figures = Kills(**said)
    table.add(
        "killed clients",
        database.title,
        kills=figures.kills,
        operations=sum(figures.done.values()),
        refused=sum(figures.lost.values()),
        appointments=figures.appointments,
        live=figures.live,
        overlaps=figures.overlaps,
        faults=figures.faults,
    )
    assert figures.others == {}
    assert {end.removeprefix("refused: ") for end in figures.lost} <= REFUSALS
    assert all(figures.done[name] for name in ("book", "move", "cancel"))
    assert (figures.overlaps, figures.faults) == (0, 0)
    assert figures.wrong_notices == []
    assert figures.slowest_after < AT_ONCE_SECONDS
