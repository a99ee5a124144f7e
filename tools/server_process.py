"""A server's process: started, watched, stopped, killed and frozen. Standard library only."""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict

START_SECONDS = 60.0
STOP_SECONDS = 20.0
GONE_SECONDS = 5.0


@dataclass
class Server:
    """One server process, which can be stopped, started again, killed and frozen."""

    name: str
    command: list[str]
    url: str
    port: int
    log: Path
    stop_signal: signal.Signals = signal.SIGTERM
    probe: list[str] = field(default_factory=list)
    """A command that succeeds once the server does more than listen."""
    process: "subprocess.Popen[bytes] | None" = field(default=None, init=False)

    def start(self) -> None:
        with open(self.log, "ab", opener=_private) as log:
            self.process = subprocess.Popen(
                self.command,
                cwd="/",
                stdout=log,
                stderr=log,
                start_new_session=True,
                **_ordinary_user(),
            )
        self._wait_until_ready()

    def stop(self) -> None:
        """Ask it to end; by force where that does not help."""
        if self.process is None:
            return
        self.thaw()
        self._signal(self.stop_signal)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
        self.process = None

    def kill(self) -> None:
        """As a crash does: nothing of it is left running."""
        if self.process is None:
            return
        self._signal_all(signal.SIGKILL)
        self.process.wait(STOP_SECONDS)
        # Of a database its children, too, whose memory would keep it from being started again.
        deadline = time.monotonic() + GONE_SECONDS
        with contextlib.suppress(ProcessLookupError, PermissionError):
            while time.monotonic() < deadline:
                os.killpg(self.process.pid, 0)
                time.sleep(0.01)
        self.process = None

    def freeze(self) -> None:
        """Connections are still taken, by the kernel, and nobody answers."""
        self._signal_all(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal_all(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.process.pid, number)

    def _signal_all(self, number: signal.Signals) -> None:
        """PostgreSQL has a process for each connection, which is in no group but its own."""
        if self.process is None:
            return
        first = self.process.pid
        with contextlib.suppress(ProcessLookupError):
            os.killpg(first, signal.SIGSTOP)  # it makes no more of them meanwhile
            for pid in _children(first):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
            os.killpg(first, number)

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self._is_ready():
            ended = self.process is not None and self.process.poll() is not None
            if ended or time.monotonic() > deadline:
                tail = self.log.read_text(errors="replace")[-2000:]
                raise RuntimeError(f"{self.name} did not start:\n{tail}")
            time.sleep(0.05)

    def _is_ready(self) -> bool:
        return is_answered(self.port) and (not self.probe or _call(self.probe).returncode == 0)


@contextmanager
def running(server: Server) -> Iterator[None]:
    try:
        server.start()
        yield
    finally:
        server.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def is_answered(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _children(pid: int) -> list[int]:
    """None are known but on Linux."""
    try:
        return [*map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]
    except OSError:
        return []


def output_of(command: list[str]) -> str:
    done = _call(command)
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} failed:\n{done.stderr[-2000:]}")
    return done.stdout


def _call(command: list[str]) -> "subprocess.CompletedProcess[str]":
    user = _ordinary_user()
    return subprocess.run(command, cwd="/", capture_output=True, text=True, check=False, **user)


def own(folder: Path) -> None:
    """Give the folder to whom the server runs as."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    if os.geteuid() == 0:
        user = pwd.getpwnam("nobody")
        shutil.chown(folder, user.pw_uid, user.pw_gid)


@contextmanager
def secret(file: Path, text: str) -> Iterator[Path]:
    """A file for the eyes of whom the server runs as, for as long as it is needed."""
    file.unlink(missing_ok=True)
    with open(file, "x", opener=_private) as opened:
        opened.write(f"{text}\n")
        if os.geteuid() == 0:
            user = pwd.getpwnam("nobody")
            os.fchown(opened.fileno(), user.pw_uid, user.pw_gid)
    try:
        yield file
    finally:
        file.unlink(missing_ok=True)


def _private(path: str, flags: int) -> int:
    """In a folder of the server's, who must not be able to have root write elsewhere by a link."""
    return os.open(path, flags | os.O_NOFOLLOW, 0o600)


class _User(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


def _ordinary_user() -> _User:
    """Databases refuse to be run by root."""
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam("nobody")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
