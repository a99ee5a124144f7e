"""`make stack` without its first step: the servers, the site and its workers, in a folder of its own."""

import os
import signal
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from environment import Failed
from medicare_django.environment import read_file
from stack_folder import alone
from tests.integration.real_servers import refuse_missing
from tests.integration.served_site import free_port
from watcher import Program

ROOT = Path(__file__).parents[2]
SERVE = """
import sys
from pathlib import Path
import stack
sys.exit(stack.serve(Path(sys.executable), stack.chosen(Path(sys.argv[1]))))
"""
NAMES = ("postgres", "redis", "beat", "worker", "web")


def test_the_stack_serves_mends_itself_and_ends_with_all_it_started(folder: Path) -> None:
    with running(folder) as (program, port):
        eventually(lambda: is_served(folder, port), program)
        assert {name for name in NAMES if pid(folder, name)} == set(NAMES)
        first = {name: pid(folder, name) for name in NAMES}
        assert is_private(folder)

        os.kill(first["web"], signal.SIGKILL)
        eventually(lambda: pid(folder, "web") not in {0, first["web"]}, program)
        eventually(lambda: is_served(folder, port), program)

        (folder / "hold-redis").touch()
        eventually(lambda: not is_alive(first["redis"]), program)
        (folder / "hold-redis").unlink()
        eventually(lambda: pid(folder, "redis") != 0, program)

        last = {name: pid(folder, name) for name in NAMES}
        assert last["postgres"] == first["postgres"]
        os.killpg(program.pid, signal.SIGINT)
        assert program.wait(timeout=40) == 0
        assert not any(map(is_alive, [*first.values(), *last.values()]))
        assert list(folder.glob("*.pid")) == []


def test_what_a_killed_stack_leaves_keeps_the_next_one_away(tmp_path: Path) -> None:
    with alone(tmp_path) as lock:
        left = Program("left", ["sleep", "60"], dict(os.environ), lock)
        left.start()
    try:
        with pytest.raises(Failed, match=r"\*\.pid name the processes"), alone(tmp_path):
            pass
    finally:
        left.kill()
    with alone(tmp_path):
        pass


def is_private(folder: Path) -> bool:
    """Nobody else can read what the stack keeps."""
    secret = [*folder.glob("*-key*"), *folder.glob("*-password"), folder / "settings.env"]
    assert len(secret) == 6
    kept = [*secret, folder / "postgres", folder / "redis", folder / "mail"]
    return not any(path.stat().st_mode & 0o077 for path in kept)


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where an ordinary user can get to, who runs the servers where the tests are run by root."""
    for name in ("postgres", "redis"):
        refuse_missing(name)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        for server in (
            "postgres",
            "redis",
        ):  # other stacks may be looking for a port at this moment
            (folder / server).mkdir()
            (folder / server / "port").write_text(str(free_port()))
        yield folder


@contextmanager
def running(folder: Path) -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    """The stack at the head of a process group, as in a terminal, whatever `.env` and CI say."""
    port = free_port()
    unset = dict.fromkeys([*read_file(ROOT / ".env"), *read_file(ROOT / ".env.example")], "")
    environment = {
        **os.environ,
        **unset,
        "PORT": str(port),
        "MEDIA_ROOT": str(folder / "media"),
        "WEB_PROCESSES": "1",
        "WORKER_PROCESSES": "1",
        "PYTHONPATH": os.pathsep.join([str(ROOT / "tools"), str(ROOT / "src")]),
    }
    command = [sys.executable, "-c", SERVE, str(folder)]
    with subprocess.Popen(command, env=environment, start_new_session=True) as program:
        try:
            yield program, port
        finally:
            program.terminate()
            with suppress(subprocess.TimeoutExpired):
                program.wait(timeout=60)
            program.kill()


def eventually(holds: Callable[[], bool], program: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert program.poll() is None, "the stack ended"
        assert time.monotonic() < deadline
        time.sleep(0.1)


def is_served(folder: Path, port: int) -> bool:
    certificate = folder / "tls-certificate.pem"
    if not certificate.is_file():
        return False
    try:
        ours = ssl.create_default_context(cafile=certificate)
        url = f"https://127.0.0.1:{port}/healthz"
        with urllib.request.urlopen(url, timeout=5, context=ours) as response:
            return bool(response.status == 200)
    except (OSError, ssl.SSLError):
        return False


def pid(folder: Path, name: str) -> int:
    try:
        return int((folder / f"{name}.pid").read_text())
    except (FileNotFoundError, ValueError):
        return 0


def is_alive(pid: int) -> bool:
    with suppress(FileNotFoundError):
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    return False
