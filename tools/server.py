"""`make run`: the site with demo data on this machine, and nothing else beside it."""

import http.client
import os
import re
import signal
import socket
import subprocess
import time
from pathlib import Path

from environment import ROOT, Failed, checked, say, site_python

HOST = "127.0.0.1"
THREADS = 4
DEMO_PASSWORD = "medicare-demo"  # noqa: S105  # public: printed for whoever starts the demo
DEMO_LOGINS = ("admin@example.com", "doctor@example.com", "patient@example.com")


def run(_arguments: list[str]) -> int:
    port = chosen_port()
    refuse_busy(port)
    python = site_python()
    environment = {**os.environ, "DEMO": os.environ.get("DEMO") or "1"}
    is_demo = environment["DEMO"].strip().lower() in {"1", "true", "yes", "on"}
    checked([python, "manage.py", "migrate", "--no-input", "--verbosity", "0"], environment)
    if is_demo:
        checked([python, "manage.py", "seed_demo"], environment)
    return serve(python, port, environment, is_demo=is_demo)


def chosen_port() -> int:
    text = os.environ.get("PORT") or port_in_env_file() or "8000"
    if not re.fullmatch("[0-9]{1,5}", text) or not 1 <= int(text) <= 65535:
        raise Failed(f"PORT must be a number from 1 to 65535, not {text!r}")
    return int(text)


def port_in_env_file() -> str | None:
    file = ROOT / ".env"
    text = file.read_text(encoding="utf-8") if file.is_file() else ""
    found = re.search(r"^(?:export\s+)?PORT\s*=\W*(\w+)", text, re.MULTILINE)
    return found[1] if found else None


def refuse_busy(port: int) -> None:
    """Say now, not after a minute of preparation, that the port cannot be had."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise Failed(
                f"Port {port} cannot be used ({error.strerror}). "
                f"Choose another one: make run PORT={port + 1 if port < 65535 else 8000}"
            ) from None


def serve(python: Path, port: int, environment: dict[str, str], *, is_demo: bool) -> int:
    """Serve until stopped, and give the server's exit code."""
    server = subprocess.Popen(
        [
            *(python, "-m", "granian", "--interface", "wsgi", "--log-level", "warning"),
            *("--host", HOST, "--port", str(port), "--no-ws"),
            *("--workers", "1", "--blocking-threads", str(THREADS)),
            "medicare_django.wsgi:application",
        ],
        cwd=ROOT,
        env=environment,
    )
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: server.terminate())
    if answers(server, port):
        say(greeting(port, is_demo=is_demo))
    code = server.wait()
    return code if code >= 0 else 128 - code


def answers(server: subprocess.Popen[bytes], port: int) -> bool:
    """Wait for the first answer; False if the server ended before it."""
    while server.poll() is None:
        connection = http.client.HTTPConnection(HOST, port, timeout=30)
        try:
            connection.request("HEAD", "/admin/login/")
            connection.getresponse()
        except OSError:
            time.sleep(0.1)
        else:
            return True
        finally:
            connection.close()
    return False


def greeting(port: int, *, is_demo: bool) -> str:
    lines = [f"\nMedicare is at http://{HOST}:{port}  (Ctrl-C ends it)"]
    if is_demo:
        lines.append(f"Demo logins, password {DEMO_PASSWORD}:")
        lines.extend(f"  {login}" for login in DEMO_LOGINS)
    return "\n".join(lines)
