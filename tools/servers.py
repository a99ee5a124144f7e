"""Real servers on free ports of loopback, from what is installed, each in a folder of its own.

What is started here is ended here, by its own process id. Standard library only: `make stack` uses
it, and so do the tests.
"""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict

from binaries import path_of

START_SECONDS = 60.0
STOP_SECONDS = 20.0
DATABASE = "medicare"
FAST = {  # for what is thrown away: nothing has to survive a power cut
    "postgres": ("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"),
    "mariadb": ("--innodb-flush-log-at-trx-commit=0", "--skip-log-bin"),
    "redis": ("--save", "", "--appendonly", "no"),
}


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
        with self.log.open("ab") as log:
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
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(STOP_SECONDS)
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
        """A database has a process for each connection, in the group of the first one."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)

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
def postgres(
    folder: Path, *, fast: bool = True, port: int = 0, password: str = ""
) -> Iterator[Server]:
    """A PostgreSQL whose data are in the folder, made if they are not there. Raises `Missing`.

    Without a password, which is that of the beginning, everybody on this machine may do everything.
    """
    data, port = folder / "data", port or free_port()
    _own(folder)
    if not (data / "PG_VERSION").exists():
        initdb = [
            str(path_of("postgres", "initdb")),
            "-D",
            str(data),
            "-U",
            "postgres",
            "-E",
            "UTF8",
        ]
        with _secret(folder / "first-password", password) as file:
            auth = ["--auth=scram-sha-256", f"--pwfile={file}"] if password else ["--auth=trust"]
            _run([*initdb, "--locale=C", *auth, *(["--no-sync"] if fast else [])])
    passwords = folder / "passwords"
    psql = [
        *(str(path_of("postgres", "psql")), "-X", "-q", "-d"),
        f"host=127.0.0.1 port={port} user=postgres dbname=postgres passfile='{passwords}'",
    ]
    server = Server(
        "PostgreSQL",
        [
            *(str(path_of("postgres", "postgres")), "-D", str(data), "-p", str(port)),
            *("-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="),
            *(FAST["postgres"] if fast else ()),
        ],
        url=f"postgres://postgres{password and f':{password}'}@127.0.0.1:{port}/{DATABASE}",
        port=port,
        log=folder / "log",
        stop_signal=signal.SIGINT,  # without waiting for those who are connected
        probe=[*psql, "-c", "SELECT 1"],
    )
    with _secret(passwords, f"127.0.0.1:*:*:postgres:{password}"), running(server):
        known = _run([*psql, "-tAc", "SELECT datname FROM pg_database"])
        if DATABASE not in known.split():
            _run([*psql, "-c", f"CREATE DATABASE {DATABASE}"])
        yield server


@contextmanager
def mariadb(folder: Path, *, fast: bool = True) -> Iterator[Server]:
    """A MariaDB whose data are in the folder, made if they are not there. Raises `Missing`."""
    data, port = folder / "data", free_port()
    _own(folder)
    if not (data / "mysql").exists():
        install = str(path_of("mariadb", "mariadb-install-db"))
        _run(
            [
                install,
                "--no-defaults",
                f"--datadir={data}",
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
            ]
        )
    first = folder / "first.sql"
    first.write_text(f"CREATE DATABASE IF NOT EXISTS {DATABASE} CHARACTER SET utf8mb4;\n")
    first.chmod(0o644)
    server = Server(
        "MariaDB",
        [
            *(str(path_of("mariadb", "mariadbd")), "--no-defaults", f"--datadir={data}"),
            *(f"--port={port}", "--bind-address=127.0.0.1", f"--socket={folder / 'socket'}"),
            *(f"--init-file={first}", "--max-connections=300"),
            *(FAST["mariadb"] if fast else ()),
        ],
        url=f"mysql://root@127.0.0.1:{port}/{DATABASE}",
        port=port,
        log=folder / "log",
    )
    with running(server):
        yield server


@contextmanager
def redis(
    folder: Path, *, fast: bool = True, port: int = 0, password: str = ""
) -> Iterator[Server]:
    """A Redis, or what speaks as one. Raises `Missing`."""
    port = port or free_port()
    _own(folder)
    server = Server(
        "Redis",
        [
            *(
                str(path_of("redis", "redis-server")),
                str(folder / "settings"),
                "--port",
                str(port),
                "--bind",
                "127.0.0.1",
                "--dir",
                str(folder),
            ),
            *(FAST["redis"] if fast else ("--appendonly", "yes")),
        ],
        url=f"redis://{password and f':{password}@'}127.0.0.1:{port}/0",
        port=port,
        log=folder / "log",
    )
    # Not among the arguments, which everybody on this machine can read.
    with _secret(folder / "settings", password and f"requirepass {password}"), running(server):
        yield server


STARTERS = {"postgres": postgres, "mariadb": mariadb, "redis": redis}


@contextmanager
def serving(*names: str) -> Iterator[dict[str, str]]:
    """Servers that are thrown away afterwards; gives the settings that name them."""
    settings = {}
    with contextlib.ExitStack() as stack:
        for name in filter(None, names):
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix=f"medicare-{name}-"))
            server = stack.enter_context(STARTERS[name](Path(folder)))
            settings["REDIS_URL" if name == "redis" else "DATABASE_URL"] = server.url
        yield settings


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


def _run(command: list[str]) -> str:
    done = _call(command)
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} failed:\n{done.stderr[-2000:]}")
    return done.stdout


def _call(command: list[str]) -> "subprocess.CompletedProcess[str]":
    user = _ordinary_user()
    return subprocess.run(command, cwd="/", capture_output=True, text=True, check=False, **user)


def _own(folder: Path) -> None:
    """Give the folder to whom the server runs as."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    if os.geteuid() == 0:
        user = pwd.getpwnam("nobody")
        shutil.chown(folder, user.pw_uid, user.pw_gid)


@contextmanager
def _secret(file: Path, text: str) -> Iterator[Path]:
    """A file for the eyes of whom the server runs as, for as long as it is needed."""
    file.unlink(missing_ok=True)
    file.touch(0o600)
    file.write_text(f"{text}\n")
    if os.geteuid() == 0:
        user = pwd.getpwnam("nobody")
        shutil.chown(file, user.pw_uid, user.pw_gid)
    try:
        yield file
    finally:
        file.unlink(missing_ok=True)


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
