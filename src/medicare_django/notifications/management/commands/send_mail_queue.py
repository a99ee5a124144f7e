import signal
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from medicare_django.notifications import delivery

STOP = {signal.SIGTERM, signal.SIGINT}


class Command(BaseCommand):
    help = "Sends the mails that are due."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--loop",
            action="store_true",
            help=f"come again every {delivery.SWEEP_SECONDS} seconds, until told to stop",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["loop"]:
            self._loop()
        else:
            self._report(delivery.work_queue())

    def _loop(self) -> None:
        # The signals are held back and asked for, so that they never cut a mail in two.
        signal.pthread_sigmask(signal.SIG_BLOCK, STOP)
        while True:
            sent = delivery.sweep(stopped=lambda: bool(signal.sigpending() & STOP))
            if sent:
                self._report(sent)
            if signal.sigtimedwait(STOP, delivery.SWEEP_SECONDS):
                return

    def _report(self, sent: int) -> None:
        left = delivery.owed().count()
        self.stdout.write(f"{sent} sent, {left} left")
