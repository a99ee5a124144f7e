"""Real servers on free ports of loopback, from what is installed, each in a folder of its own.

What is started here is ended here, by its own process id. Standard library only: `make stack` uses
it, and so do the tests.
"""

import contextlib
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from binaries import path_of
from server_process import Server, free_port, is_answered, output_of, own, running, secret

__all__ = [
    "STARTERS",
    "Server",
    "free_port",
    "is_answered",
    "mariadb",
    "postgres",
    "redis",
    "serving",
]

DATABASE = "medicare"
FAST = {  # for what is thrown away: nothing has to survive a power cut
    "postgres": ("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"),
    "mariadb": ("--innodb-flush-log-at-trx-commit=0", "--skip-log-bin"),
    "redis": ("--save", "", "--appendonly", "no"),
}
# Of what is full the oldest is dropped: counts of requests, and rings that a sweep makes up for.
BOUNDED = ("--maxmemory", "256mb", "--maxmemory-policy", "allkeys-lru")
# An error quotes the row that was refused, and the statement with all that it was to store.
DISCREET = ("-c", "log_error_verbosity=terse", "-c", "log_min_error_statement=panic")


@contextmanager
def postgres(
    folder: Path, *, fast: bool = True, port: int = 0, password: str = ""
) -> Iterator[Server]:
    """A PostgreSQL whose data are in the folder, made if they are not there. Raises `Missing`.

    Without a password, which is that of the beginning, everybody on this machine may do everything.
    """
    data, port = folder / "data", port or free_port()
    own(folder)
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
        with secret(folder / "first-password", password) as file:
            auth = ["--auth=scram-sha-256", f"--pwfile={file}"] if password else ["--auth=trust"]
            output_of([*initdb, "--locale=C", *auth, *(["--no-sync"] if fast else [])])
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
            *(FAST["postgres"] if fast else DISCREET),
        ],
        url=f"postgres://postgres{password and f':{password}'}@127.0.0.1:{port}/{DATABASE}",
        port=port,
        log=folder / "log",
        stop_signal=signal.SIGINT,  # without waiting for those who are connected
        probe=[*psql, "-c", "SELECT 1"],
    )
    with secret(passwords, f"127.0.0.1:*:*:postgres:{password}"), running(server):
        known = output_of([*psql, "-tAc", "SELECT datname FROM pg_database"])
        if DATABASE not in known.split():
            output_of([*psql, "-c", f"CREATE DATABASE {DATABASE}"])
        yield server


@contextmanager
def mariadb(folder: Path, *, fast: bool = True) -> Iterator[Server]:
    """A MariaDB whose data are in the folder, made if they are not there. Raises `Missing`."""
    data, port = folder / "data", free_port()
    own(folder)
    if not (data / "mysql").exists():
        install = str(path_of("mariadb", "mariadb-install-db"))
        output_of(
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
    own(folder)
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
            *(FAST["redis"] if fast else ("--appendonly", "yes", *BOUNDED)),
        ],
        url=f"redis://{password and f':{password}@'}127.0.0.1:{port}/0",
        port=port,
        log=folder / "log",
    )
    # Not among the arguments, which everybody on this machine can read.
    with secret(folder / "settings", password and f"requirepass {password}"), running(server):
        yield server


STARTERS = {"postgres": postgres, "mariadb": mariadb, "redis": redis}


@contextmanager
def temporary(name: str) -> Iterator[Server]:
    """One that is thrown away afterwards, with its folder. Raises `Missing`."""
    with (
        tempfile.TemporaryDirectory(prefix=f"medicare-{name}-") as folder,
        STARTERS[name](Path(folder)) as server,
    ):
        yield server


@contextmanager
def serving(*names: str) -> Iterator[dict[str, str]]:
    """Servers that are thrown away afterwards; gives the settings that name them."""
    settings = {}
    with contextlib.ExitStack() as stack:
        for name in filter(None, names):
            server = stack.enter_context(temporary(name))
            settings["REDIS_URL" if name == "redis" else "DATABASE_URL"] = server.url
        yield settings
