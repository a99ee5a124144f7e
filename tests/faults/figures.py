"""What campaigns count, as they say it on their last line and as the table shows it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.databases import TITLES


@dataclass(frozen=True)
class Race:
    """`lost` are refusals by their code; `conflicts` gave up after their last try; `others` are
    exceptions or answers that no booking may end with.
    """

    attempts: int
    booked: int
    lost: dict[str, int]
    conflicts: int
    others: dict[str, int]
    live: int
    overlaps: int
    faults: int
    wrong_notices: list[str]
    seconds: float


@dataclass(frozen=True)
class Kills:
    """`done` are the operations that their client came to tell of, by kind."""

    kills: int
    done: dict[str, int]
    lost: dict[str, int]
    others: dict[str, int]
    appointments: int
    live: int
    overlaps: int
    faults: int
    wrong_notices: list[str]
    slowest_after: float
    """Seconds that a booking took with any doctor, right after the last kill."""


@dataclass(frozen=True)
class MailKills:
    """`deferred` are tries that the server answered with 451, `cut_off` those whose worker was
    killed; `doubled` are copies beyond the first of a mail, `unexplained` the mails of which there
    are more copies than tries that were not deferred.
    """

    mails: int
    kills: int
    deferred: int
    cut_off: int
    lost: int
    doubled: int
    unexplained: list[str]
    seconds: float


_ORDER = [*TITLES.values()]
CAMPAIGNS = {
    "races": "Races through the service",
    "http races": "Races through HTTP",
    "stale": "Stale snapshots: REPEATABLE READ, and a read before the lock",
    "control": "Control: lock and cells switched off",
    "killed clients": "Clients killed while they book, move, cancel, change schedules",
    "killed workers": "Workers killed while they send mail",
}


@dataclass
class Table:
    rows: list[dict[str, object]] = field(default_factory=list)

    def add(self, campaign: str, database: str, **figures: object) -> None:
        self.rows.append({"campaign": campaign, "database": database, **figures})

    def markdown(self) -> str:
        """One table for each campaign, a row for each database."""
        tables = [self._markdown_of(name) for name in CAMPAIGNS if self._rows_of(name)]
        return "\n\n".join(tables) + "\n"

    def write(self, path: Path) -> None:
        """What is there already stays, but for what was counted anew."""
        path.parent.mkdir(parents=True, exist_ok=True)
        if (known := path.with_suffix(".json")).exists():
            anew = {(row["campaign"], row["database"]) for row in self.rows}
            rows = json.loads(known.read_text())
            kept = [row for row in rows if (row["campaign"], row["database"]) not in anew]
            self.rows = kept + self.rows
        path.with_suffix(".json").write_text(json.dumps(self.rows, indent=2) + "\n")
        path.with_suffix(".md").write_text(self.markdown())

    def _rows_of(self, campaign: str) -> list[dict[str, object]]:
        rows = [row for row in self.rows if row["campaign"] == campaign]
        return sorted(rows, key=lambda row: _ORDER.index(str(row["database"])))

    def _markdown_of(self, campaign: str) -> str:
        rows = self._rows_of(campaign)
        names = list(rows[0])[1:]
        lines = [[CAMPAIGNS[campaign], *names[1:]], ["---", *("---:" for _ in names[1:])]]
        lines += [[str(row[name]) for name in names] for row in rows]
        return "\n".join(_line(each) for each in lines)


def _line(cells: Iterable[object]) -> str:
    return f"| {' | '.join(map(str, cells))} |"
