"""`make run`: the site with demo data on this machine, and nothing else beside it."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

from environment import ROOT, Failed, checked, module_at, say, site_python

HOST = "127.0.0.1"
THREADS = 2 * (os.cpu_count() or 1) + 1  # of more the server says that they are many
STOP_SECONDS = 15
EARLY_STOP_SECONDS = 1  # of one that has not answered yet: it hears nothing while it loads
# What ends this program; the server, in a session of its own, gets none of it from the terminal.
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


def run(_arguments: list[str]) -> int:
    port, is_demo = chosen()
    refuse_busy(port, "make run")
    python = site_python()
    environment = {**os.environ, "DEMO": "1" if is_demo else "0"}
    checked([python, "manage.py", "migrate", "--no-input", "--verbosity", "0"], environment)
    if is_demo:
        checked([python, "manage.py", "seed_demo"], environment)
    return serve(python, port, environment)


def chosen() -> tuple[int, bool]:
    """Give the port, and whether this is the demo: it is, unless something says DEMO=0."""
    site = module_at(ROOT / "src" / "medicare_django" / "environment.py")
    settings = site.read_environment(ROOT / ".env")
    return settings.port(), settings.flag("DEMO", default=True)


def refuse_busy(port: int, command: str) -> None:
    """Say now, not after a minute of preparation, that the port cannot be had."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise Failed(
                f"Port {port} cannot be used ({error.strerror}). "
                f"Choose another one: {command} PORT={port + 1 if port < 65535 else 8000}"
            ) from None


def serve(python: Path, port: int, environment: dict[str, str]) -> int:
    """Serve until stopped, and give the server's exit code."""
    asked: list[int] = []  # to stop, by these signals; heard from before there is a server
    for number in SIGNALS:
        signal.signal(number, lambda number, _frame: asked.append(number))
    server = subprocess.Popen(
        [
            *(python, "-m", "granian", "--interface", "wsgi", "--log-level", "warning"),
            *("--host", HOST, "--port", str(port), "--http", "1", "--no-ws"),
            *("--workers", "1", "--blocking-threads", str(THREADS)),
            "medicare_django.wsgi:application",
        ],
        cwd=ROOT,
        env=environment,
        start_new_session=True,
    )
    greeted = False
    while not asked and server.poll() is None:
        if not greeted and answers(port):
            greeted = True
            say(f"\nMedicare is at http://{HOST}:{port}  (Ctrl-C ends it)")
        time.sleep(0.1)
    return stop(server, STOP_SECONDS if greeted else EARLY_STOP_SECONDS)


def stop(server: subprocess.Popen[bytes], seconds: float) -> int:
    """End the server and all that it started, by force where asking does not help."""
    server.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        server.wait(seconds)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGKILL)
    code = server.wait()
    return code if code >= 0 else 128 - code


def answers(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("HEAD", "/admin/login/")
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True
