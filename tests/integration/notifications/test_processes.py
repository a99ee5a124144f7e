import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models import F
from django.utils import timezone

from medicare_django.notifications import delivery
from medicare_django.notifications.models import Kind, Notification, State
from medicare_django.notifications.outbox import enqueue
from tests.integration.database import address_of
from tests.integration.factories import make_patient

FORK = """
import os, django
django.setup()
from medicare_django.notifications import bell
bell.start(daily=print)
bell._bell.lock.acquire()  # as a thread may hold it at the moment of the fork
if os.fork() == 0:
    bell.ring(1)
    os._exit(0 if bell._bell.thread.is_alive() and bell._bell.daily is print else 1)
_, status = os.wait()
os._exit(os.waitstatus_to_exitcode(status))
"""

STOPPED = """
import multiprocessing, threading, time, django
django.setup()
from django.conf import settings
from django.core.mail.backends.filebased import EmailBackend
from medicare_django.notifications import bell
in_hand = threading.Event()
class SlowBackend(EmailBackend):
    def send_messages(self, messages):
        in_hand.set()
        time.sleep(1)
        return super().send_messages(messages)
def work():
    settings.EMAIL_BACKEND = "__main__.SlowBackend"
    bell.start()
    in_hand.wait(20)
"""
LOOP = """
import os, signal, django
django.setup()
from django.conf import settings
from django.core.mail.backends.filebased import EmailBackend
from django.core.management import call_command
from medicare_django.notifications import delivery
delivery.SWEEP_SECONDS = 0.1
class StoppingBackend(EmailBackend):
    def send_messages(self, messages):
        os.kill(os.getpid(), signal.SIGTERM)
        return super().send_messages(messages)
"""
SERVED = """
import time, django
django.setup()
from medicare_django.notifications import bell
bell._bell.daily_at = 0.0
import medicare_django.wsgi
while not bell._bell.daily_at:
    time.sleep(0.05)
"""
WORKER = """
worker = multiprocessing.get_context("fork").Process(target=work)
worker.start()
worker.join()
"""


@contextmanager
def running(folder: Path, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    """Python on the database of the test, with its mails in that folder."""
    given = {
        "DATABASE_URL": address_of(connection.settings_dict),
        "DJANGO_SETTINGS_MODULE": "tests.integration.settings",
        "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend",
        "EMAIL_FILE_PATH": str(folder),
        "REDIS_URL": "",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    command = [sys.executable, *arguments]
    with subprocess.Popen(
        command, env=os.environ | given, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # its children, too


@pytest.mark.django_db
def test_the_command_sends_what_is_due_and_says_how_much() -> None:
    for _ in range(2):
        enqueue(Kind.ACCOUNT_EXISTS, make_patient().pk)
    enqueue(Kind.EMAIL_CODE, make_patient().pk)  # without its code it cannot be made
    said = StringIO()
    call_command("send_mail_queue", stdout=said)
    assert said.getvalue() == "2 sent, 1 left\n"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_the_command_in_a_loop_sends_until_it_is_told_to_stop(
    stop: signal.Signals, tmp_path: Path
) -> None:
    with running(tmp_path, "-c", f"{LOOP}call_command('send_mail_queue', '--loop')") as process:
        for _ in range(2):
            row = enqueue(Kind.ACCOUNT_EXISTS, make_patient().pk)
            end = time.monotonic() + 30
            while not Notification.objects.filter(pk=row.pk, state=State.SENT).exists():
                assert time.monotonic() < end
                time.sleep(0.05)
            assert any(f"<{row.uuid}@" in file.read_text() for file in tmp_path.iterdir())
        assert process.poll() is None
        process.send_signal(stop)
        said, _ = process.communicate(timeout=10)
    assert (process.returncode, said) == (0, 2 * "1 sent, 0 left\n")


@pytest.mark.django_db(transaction=True)
def test_the_command_that_is_told_to_stop_begins_no_other_mail(tmp_path: Path) -> None:
    for _ in range(3):
        enqueue(Kind.ACCOUNT_EXISTS, make_patient().pk)
    backend = "settings.EMAIL_BACKEND = '__main__.StoppingBackend'"
    script = f"{LOOP}{backend}\ncall_command('send_mail_queue', '--loop')"
    with running(tmp_path, "-c", script) as process:
        said, _ = process.communicate(timeout=30)
    assert (process.returncode, said) == (0, "1 sent, 2 left\n")


@pytest.mark.django_db(transaction=True)
def test_a_ring_in_a_forked_process_starts_a_bell_of_its_own(tmp_path: Path) -> None:
    with running(tmp_path, "-c", FORK) as process:
        assert process.wait(timeout=30) == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("end", ["work()", WORKER], ids=["program", "worker of a server"])
def test_a_process_that_ends_finishes_the_mail_in_its_hands(end: str, tmp_path: Path) -> None:
    enqueue(Kind.ACCOUNT_EXISTS, make_patient().pk)
    with running(tmp_path, "-c", STOPPED + end) as process:
        assert process.wait(timeout=30) == 0
    assert Notification.objects.get().state == State.SENT
    assert len([*tmp_path.iterdir()]) == 1


@pytest.mark.django_db(transaction=True)
def test_the_mail_of_a_worker_that_was_killed_goes_out_after_its_lease(tmp_path: Path) -> None:
    row = enqueue(Kind.ACCOUNT_EXISTS, make_patient().pk)
    script = f"{STOPPED}import os, signal\nwork()\nos.kill(os.getpid(), signal.SIGKILL)"
    with running(tmp_path, "-c", script) as process:
        assert process.wait(timeout=30) == -signal.SIGKILL
    assert delivery.work_queue() == 0
    left = Notification.objects.filter(pk=row.pk, state=State.PENDING, tries=1)
    assert left.update(next_attempt_at=F("next_attempt_at") - delivery.LEASE)
    assert delivery.work_queue() == 1


@pytest.mark.django_db(transaction=True)
def test_a_site_that_is_served_removes_once_a_day_what_is_old(tmp_path: Path) -> None:
    long_ago = timezone.now() - timedelta(days=31)
    fields = {"kind": Kind.ACCOUNT_EXISTS, "recipient": make_patient(), "state": State.SENT}
    Notification.objects.create(**fields, next_attempt_at=long_ago)
    with running(tmp_path, "-c", SERVED) as process:
        assert process.wait(timeout=30) == 0
    assert not Notification.objects.exists()
