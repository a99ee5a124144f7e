"""Nobody is booked twice, however many want the same times at once."""

import pytest

from tests.faults.databases import Database
from tests.faults.figures import Race, Table
from tests.faults.programs import run_program
from tests.faults.sizes import Sizes

SECONDS = 3600
LOSSES = {"slot_taken", "patient_busy"}
pytestmark = pytest.mark.timeout(SECONDS)


def run(program: str, database: Database, attempts: int, seed: int) -> Race:
    said = run_program(database.environment, program, attempts, seed, seconds=SECONDS)
    return Race(**said)


def tell(table: Table, campaign: str, database: Database, race: Race) -> None:
    table.add(
        campaign,
        database.title,
        attempts=race.attempts,
        booked=race.booked,
        refused=sum(race.lost.values()),
        conflicts=race.conflicts,
        overlaps=race.overlaps,
        seconds=race.seconds,
    )


def check(race: Race) -> None:
    assert race.others == {}
    assert race.lost.keys() <= LOSSES
    assert race.booked + sum(race.lost.values()) + race.conflicts == race.attempts
    assert race.live == race.booked > 0
    assert (race.overlaps, race.faults) == (0, 0)
    assert race.wrong_notices == []


def test_nobody_is_booked_twice_through_the_service(
    database: Database, sizes: Sizes, seed: int, table: Table
) -> None:
    race = run("races.through_the_service", database, sizes.attempts, seed)
    tell(table, "races", database, race)
    check(race)


def test_nobody_is_booked_twice_through_http(
    database: Database, sizes: Sizes, seed: int, table: Table
) -> None:
    race = run("http_races.through_http", database, sizes.http_attempts, seed)
    tell(table, "http races", database, race)
    check(race)
    assert race.conflicts == 0  # these would be answers of 503


def test_the_cells_alone_keep_what_a_lock_that_came_too_late_cannot(
    database: Database, sizes: Sizes, seed: int, table: Table
) -> None:
    if database.name == "sqlite":
        pytest.skip("a transaction of SQLite's begins with its lock")
    race = run("races.with_stale_snapshots", database, sizes.control_attempts, seed)
    tell(table, "stale", database, race)
    check(race)


def test_without_lock_and_cells_the_same_race_books_people_twice(
    database: Database, sizes: Sizes, seed: int, table: Table
) -> None:
    """The control: a race that finds nothing here would prove nothing above."""
    race = run("races.without_guards", database, sizes.control_attempts, seed)
    tell(table, "control", database, race)
    assert race.overlaps >= race.attempts / 1000
