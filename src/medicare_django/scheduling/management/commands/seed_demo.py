from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from medicare_django.scheduling.demo.clinic import is_complete
from medicare_django.scheduling.demo.filling import fill

BAR_WIDTH = 40


class Command(BaseCommand):
    help = "Makes the demo clinic: doctors, patients, appointments and the demo logins."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Invented people belong into a demo only: set DEMO=1.")
        if is_complete():
            self.stdout.write("Demo data is there already.")
            return
        self._fill()
        self.stdout.write("Demo data is ready.")

    def _fill(self) -> None:
        """A bar on a terminal, elsewhere a line for each tenth."""
        steps, shown = BAR_WIDTH if self.stderr.isatty() else 10, -1
        for part in fill(timezone.now()):
            if shown != (shown := int(part * steps)):
                self._show(shown, steps)
        if self.stderr.isatty():
            self.stderr.write("")

    def _show(self, shown: int, steps: int) -> None:
        percent = f"{shown * 100 // steps:3} %"
        if self.stderr.isatty():
            bar = "#" * shown + "." * (steps - shown)
            self.stderr.write(f"\rDemo data [{bar}] {percent}", self.stderr.style_func, "")
        else:
            self.stderr.write(f"Demo data: {percent}")
        self.stderr.flush()
