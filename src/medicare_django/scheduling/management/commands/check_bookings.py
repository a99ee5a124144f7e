from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DEFAULT_DB_ALIAS, connections

from medicare_django.accounts.long_statements import long_statements
from medicare_django.scheduling.consistency import Findings, find_faults


class Command(BaseCommand):
    help = "Proves that nobody is booked twice and that cells and live appointments agree."

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit status 1 if there is any fault."""
        with long_statements(connections[DEFAULT_DB_ALIAS]):
            findings = find_faults()
        seen = f"{findings.appointments} live appointments, {findings.cells} cells"
        if findings.faults:
            self._show(findings)
            raise CommandError(f"{seen}: {findings.faults.total()} faults")
        self.stdout.write(f"{seen}: no fault")

    def _show(self, findings: Findings) -> None:
        width = max(len(fault.value) for fault in findings.faults)
        self.stdout.write(f"{'fault':{width}}  {'count':>7}  first")
        for fault, count in findings.faults.items():
            first, *more = findings.examples[fault]
            self.stdout.write(f"{fault.value:{width}}  {count:>7}  {first}")
            for example in more:
                self.stdout.write(f"{'':{width}}  {'':7}  {example}")
