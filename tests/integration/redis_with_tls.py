"""A Redis that is spoken to by TLS alone."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest

import servers
from binaries import path_of
from environment import install_system_packages
from server_process import own, running, secret
from stack_folder import see_to_certificate
from tests.integration.real_servers import refuse_missing

PASSWORD = "p/:#?%@;ü+"
_SETTINGS = f'user default off\nuser clinic on ">{PASSWORD}" ~* &* +@all'


@contextmanager
def redis_with_tls() -> Iterator[tuple[servers.Server, Path]]:
    """Give the server, and who vouches for it: the certificate, which names 127.0.0.1 alone."""
    _refuse_without_tls()
    port = servers.free_port()
    with tempfile.TemporaryDirectory(prefix="medicare-tls-") as name:
        folder = Path(name)
        certificate, key = folder / "certificate.pem", folder / "key.pem"
        see_to_certificate(certificate, key, ["clinic.example"])
        own(folder)
        given, kept = folder / "settings", folder / "key-of-the-server.pem"
        command = [
            *(str(path_of("redis", "redis-server")), str(given), "--dir", str(folder)),
            *("--port", "0", "--tls-port", str(port), "--bind", "127.0.0.1"),
            *("--tls-cert-file", str(certificate), "--tls-key-file", str(kept)),
            *("--tls-ca-cert-file", str(certificate), "--tls-auth-clients", "no"),
            *servers.FAST["redis"],
        ]
        url = f"rediss://clinic:{quote(PASSWORD, safe='')}@127.0.0.1:{port}/0"
        server = servers.Server("Redis", command, url=url, port=port, log=folder / "log")
        with secret(given, _SETTINGS), secret(kept, key.read_text()), running(server):
            yield server, certificate


def _refuse_without_tls() -> None:
    """Redis of the Python packages has none; the one of the system may be installed beside it."""
    refuse_missing("redis")
    if not _has_tls() and install_system_packages("redis-server"):
        path_of.cache_clear()
    if not _has_tls():
        reason = f"{path_of('redis', 'redis-server')} was built without TLS: install redis-server."
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)


def _has_tls() -> bool:
    """One that has it misses its certificate."""
    command = [str(path_of("redis", "redis-server")), "--port", "0", "--tls-port", "1"]
    done = subprocess.run(
        command, cwd="/", capture_output=True, text=True, timeout=60, check=False
    )
    return "tls-cert-file" in done.stdout
