"""The site with all that sends its mail: broker, workers, beat, and a mail server that counts."""

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from django.db import connection
from django.db.models.functions import Now
from kombu import Connection, Producer

from medicare_django.notifications import tasks
from medicare_django.notifications.models import Notification, State
from servers import Server
from tests.faults.programs import ROOT, site_environment
from tests.integration.canaries import personal_in_file
from tests.integration.database import address_of
from tests.integration.smtp_server import SmtpServer

STOP_SECONDS = 30
CELERY = (sys.executable, "-m", "celery", "-A", "medicare_django")
ALONE = ("--concurrency=1", "--without-gossip", "--without-mingle", "--loglevel=warning")


@dataclass
class Program:
    """A process with its children, in a group of their own."""

    process: "subprocess.Popen[bytes]"
    is_over: bool = False

    def kill(self) -> None:
        if self.is_over:
            return  # its number may be another's by now
        self.is_over = True
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """It finishes what it has in its hands."""
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        finally:
            self.kill()

    @property
    def children(self) -> list[int]:
        pid = self.process.pid
        return [*map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]


@dataclass
class MailSite:
    """On the database of the test."""

    broker: Server
    smtp: SmtpServer
    folder: Path
    programs: list[Program] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        return site_environment(
            DATABASE_URL=address_of(connection.settings_dict),
            REDIS_URL=self.broker.url,
            EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend",
            EMAIL_HOST="127.0.0.1",
            EMAIL_PORT=str(self.smtp.port),
            DEFAULT_FROM_EMAIL="Clinic <office@clinic.example>",
        )

    def start_worker(self) -> Program:
        name = f"--hostname=worker{len(self.programs)}@%h"
        return self._start(*CELERY, "worker", name, *ALONE)

    def start_beat(self) -> Program:
        return self._start(*CELERY, "beat", "--loglevel=warning", "--pidfile=")

    def ring(self, *rows: Notification) -> None:
        with self._line() as producer:
            for row in rows:
                tasks.deliver.apply_async((row.pk,), producer=producer)

    def call_sweep(self) -> None:
        with self._line() as producer:
            tasks.sweep.apply_async(producer=producer)

    @property
    def copies(self) -> Counter[str]:
        """How often each Message-ID was taken."""
        return Counter(str(mail["Message-ID"]) for mail in self.smtp.received)

    @contextmanager
    def _line(self) -> Iterator[Producer]:
        with Connection(self.broker.url) as line:
            yield Producer(line.channel())

    def _start(self, *command: str) -> Program:
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.programs.append(Program(process))
        return self.programs[-1]


@contextmanager
def mail_site(broker: Server, folder: Path) -> Iterator[MailSite]:
    with SmtpServer() as smtp:
        site = MailSite(broker, smtp, folder)
        try:
            yield site
        finally:
            for program in site.programs:
                program.kill()
    log = folder / "log"
    if log.exists():
        sys.stderr.write(log.read_text(errors="replace"))
        assert personal_in_file(log, None) == []


def end_leases(**which: object) -> None:
    """As if their time had passed: the clock that counts is the database's, which stays as it is."""
    pending = Notification.objects.filter(state=State.PENDING, **which)
    assert pending.update(next_attempt_at=Now() - timedelta(seconds=1))


def is_sent(row: Notification) -> bool:
    row.refresh_from_db()
    return row.state == State.SENT
