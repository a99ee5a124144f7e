from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from medicare_django.scheduling.demo.clinic import (
    ADMIN,
    DOCTOR,
    PASSWORD,
    PATIENT,
    has_other_accounts,
    is_complete,
)
from medicare_django.scheduling.demo.filling import fill

BAR_WIDTH = 40


class Command(BaseCommand):
    help = "Makes the demo clinic: doctors, patients, appointments and the demo logins."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Invented people belong in a demo only: set DEMO=1.")
        if is_complete():
            self.stdout.write("Demo data is there already.")
            self._show_logins()
            return
        if has_other_accounts():
            self.stdout.write("This database has accounts of its own: no demo data was added.")
            return
        self._fill()
        self.stdout.write("Demo data is ready.")
        self._show_logins()

    def _show_logins(self) -> None:
        self.stdout.write(f"Demo logins, password {PASSWORD}:")
        for email in (ADMIN, DOCTOR, PATIENT):
            self.stdout.write(f"  {email}")

    def _fill(self) -> None:
        """Show a bar on a terminal, elsewhere a line for each tenth."""
        steps = BAR_WIDTH if self.stderr.isatty() else 10
        shown = -1
        for part in fill(timezone.now()):
            reached = int(part * steps)
            if reached != shown:
                self._show(reached, steps)
                shown = reached
        if self.stderr.isatty():
            self.stderr.write("", str)

    def _show(self, reached: int, steps: int) -> None:
        percent = f"{reached * 100 // steps:3} %"
        if self.stderr.isatty():
            bar = "#" * reached + "." * (steps - reached)
            self.stderr.write(f"\rDemo data [{bar}] {percent}", str, "")  # str: not in red
        else:
            self.stderr.write(f"Demo data: {percent}")
        self.stderr.flush()
