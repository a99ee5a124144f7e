"""A site as it is served: a process of the real server, and the mails that it writes into files."""

import email
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from email.message import Message
from pathlib import Path
from typing import IO

from tests.integration.canaries import personal_in_file

MAIL_END = b"\n" + 79 * b"-" + b"\n"  # what the backend that writes files puts behind each
ROOT = Path(__file__).parents[2]


def demo_environment(folder: Path) -> dict[str, str]:
    """Let a demo keep all that it keeps, its mails too, in the folder."""
    mails_in = folder / "mails"
    mails_in.mkdir(exist_ok=True)
    return os.environ | {
        "DATABASE_URL": f"sqlite:///{folder / 'site.sqlite3'}",
        "DJANGO_SETTINGS_MODULE": "medicare_django.settings",
        "DEMO": "1",
        "ALLOWED_HOSTS": "127.0.0.1",
        "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend",
        "EMAIL_FILE_PATH": str(mails_in),
        "MEDIA_ROOT": str(folder / "media"),
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    }


@contextmanager
def served(
    port: int,
    environment: Mapping[str, str],
    application: str = "medicare_django.wsgi:application",
    workers: int = 1,
) -> Iterator[None]:
    command = [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--http", "1"),
        *("--workers", str(workers), "--blocking-threads", "4", "--log-level", "warning"),
        *("--host", "127.0.0.1", "--port", str(port), application),
    ]
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        try:
            with log.open("wb") as said, _ended(command, environment, said) as server:
                _wait_for(port, server)
                yield
        finally:
            sys.stderr.write(log.read_text(errors="replace"))
        assert personal_in_file(log, _database_file(environment)) == []


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def mails_to(address: str, folder: Path) -> list[Message]:
    """In the order in which they were sent; two of one second may share a file."""
    files = sorted(folder.glob("*.log"), key=lambda file: file.stat().st_mtime_ns)
    written = [mail for file in files for mail in file.read_bytes().split(MAIL_END)]
    mails = [email.message_from_bytes(mail.lstrip()) for mail in written]
    return [mail for mail in mails if mail["To"] == address]


def part(mail: Message, kind: str) -> str:
    [payload] = [
        each.get_payload(decode=True) for each in mail.walk() if each.get_content_type() == kind
    ]
    assert isinstance(payload, bytes)
    return payload.decode()


def soon(found: Callable[[], list[Message]], count: int) -> list[Message]:
    """What is found once there are that many; a busy machine is given time."""
    deadline = time.monotonic() + 30
    while len(found()) < count and time.monotonic() < deadline:
        time.sleep(0.05)
    assert len(found()) == count
    return found()


@contextmanager
def _ended(
    command: list[str], environment: Mapping[str, str], said: IO[bytes]
) -> Iterator["subprocess.Popen[bytes]"]:
    with subprocess.Popen(
        command, env=environment, cwd=ROOT, stdout=said, stderr=subprocess.STDOUT
    ) as server:
        try:
            yield server
        finally:
            server.terminate()


def _database_file(environment: Mapping[str, str]) -> Path | None:
    scheme, _, name = environment["DATABASE_URL"].partition(":///")
    return Path(name) if scheme == "sqlite" else None


def _wait_for(port: int, server: "subprocess.Popen[bytes]") -> None:
    for _ in range(600):
        assert server.poll() is None, "the server ended"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("the server did not start")
