"""`make run` and what it reads, in a copy of the tools."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SERVE = """
import os, sys
from pathlib import Path
import server
{before}
print("ready", flush=True)
sys.exit(server.serve(Path(sys.argv[1]), int(sys.argv[2]), dict(os.environ)))
"""
CHOSEN = "import server; print(server.chosen())"
# A server that cannot be talked into ending, and that has started something itself.
STUBBORN = """#!/bin/sh
trap "" TERM
sleep 600 &
echo $! > {pids}
wait
sleep 600
"""


def chosen(tmp_path: Path, file: str | None, **env: str) -> subprocess.CompletedProcess[str]:
    """Ask a Python that has nothing but its standard library, as `make run` begins with."""
    shutil.copytree(ROOT / "tools", tmp_path / "tools")
    shutil.copytree(ROOT / "src" / "medicare_django", tmp_path / "src" / "medicare_django")
    if file is not None:
        (tmp_path / ".env").write_text(file)
    return subprocess.run(
        [sys.executable, "-S", "-c", CHOSEN],
        env={"PYTHONPATH": str(tmp_path / "tools"), "PATH": os.environ["PATH"], **env},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("file", "env", "port", "is_demo"),
    [
        (None, {}, 8000, True),
        ("DEMO=0\nPORT=8123\n", {}, 8123, False),
        ("DEMO=0\nPORT=8123\n", {"DEMO": "1", "PORT": "8124"}, 8124, True),
        ("DEMO=1\n", {"DEMO": "no"}, 8000, False),
        ("PORT=\nSLOT_MINUTES=20\n", {}, 8000, True),
        ("export PORT='8123'  # ours\n", {}, 8123, True),
    ],
)
def test_the_file_is_read_as_the_site_reads_it(
    tmp_path: Path, file: str | None, env: dict[str, str], port: int, is_demo: bool
) -> None:
    done = chosen(tmp_path, file, **env)
    assert (done.stdout, done.stderr) == (f"({port}, {is_demo})\n", "")


@pytest.mark.parametrize("port", ["-81", "abc", "0", "65536", "80 81"])
def test_a_wrong_port_is_one_line(tmp_path: Path, port: str) -> None:
    done = chosen(tmp_path, f"PORT={port}\n")
    expected = f"PORT must be a whole number from 1 to 65535, not '{port}'."
    assert done.stderr == f"Medicare cannot start: {expected}\n"
    assert done.returncode == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_all_of_the_terminal_ends_the_server(tmp_path: Path, number: int) -> None:
    with served(tmp_path) as (program, port):
        eventually(lambda: is_answered(port), program)
        os.killpg(program.pid, number)
        assert program.wait(timeout=14) == 0
        assert not is_answered(port)


@pytest.mark.parametrize("after", [0.0, 0.05, 0.3, 1.0])
def test_a_very_early_ctrl_c_leaves_no_server_behind(tmp_path: Path, after: float) -> None:
    with served(tmp_path) as (program, port):
        assert program.stdout is not None
        assert program.stdout.readline() == "ready\n"
        time.sleep(after)
        os.killpg(program.pid, signal.SIGINT)
        program.wait(timeout=20)
        time.sleep(2)  # one that was left behind would have begun to listen
        assert not is_answered(port)


def test_a_server_that_will_not_end_is_killed_with_all_it_started(tmp_path: Path) -> None:
    pids, python = tmp_path / "pids", tmp_path / "python"
    python.write_text(STUBBORN.format(pids=pids))
    python.chmod(0o700)
    with served(tmp_path, python, "server.STOP_SECONDS = 0.5") as (program, _):
        eventually(lambda: pids.is_file() and pids.read_text().endswith("\n"), program)
        os.killpg(program.pid, signal.SIGINT)
        assert program.wait(timeout=10) == 128 + signal.SIGKILL
        assert not is_alive(int(pids.read_text()))


@contextmanager
def served(
    tmp_path: Path, python: Path = Path(sys.executable), before: str = ""
) -> Iterator[tuple["subprocess.Popen[str]", int]]:
    """Run the last step of `make run` at the head of a process group, as a terminal does."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    environment = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{tmp_path / 'site.sqlite3'}",
        "DEMO": "1",
        "ALLOWED_HOSTS": "127.0.0.1",
        "DJANGO_SETTINGS_MODULE": "medicare_django.settings",
        "PYTHONPATH": os.pathsep.join([str(ROOT / "tools"), str(ROOT / "src")]),
    }
    command = [sys.executable, "-c", SERVE.format(before=before), str(python), str(port)]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as program:
        try:
            yield program, port
        finally:
            program.terminate()
            with suppress(subprocess.TimeoutExpired):
                program.wait(timeout=20)
            program.kill()


def eventually(holds: Callable[[], bool], program: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert program.poll() is None, "the server ended"
        assert time.monotonic() < deadline
        time.sleep(0.05)


def is_answered(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()


def test_what_is_said_to_nobody_ends_nothing() -> None:
    """As when `make stack | tee log` is left by tee: the site goes on."""
    code = (
        "import environment; environment.say('lost'); environment.say('too'); raise SystemExit(7)"
    )
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, cwd=ROOT / "tools", stdout=subprocess.PIPE) as speaker:
        assert speaker.stdout is not None
        speaker.stdout.close()
        assert speaker.wait(timeout=30) in {7, 120}  # which is Python's for what it cannot flush
