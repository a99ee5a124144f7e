"""What `make stack` keeps in its folder, and who may come near it."""

import fcntl
import os
import shutil
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import servers
from environment import Failed
from server import HOST

CERTIFICATE_DAYS = 3650


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold the folder for as long as this program runs."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Failed(f"A stack runs already on {folder}") from None
        yield


def refuse_closed(folder: Path) -> None:
    """As root the servers run as nobody, who has to get to their data."""
    if os.geteuid() != 0:
        return
    for parent in reversed(folder.parents):
        if parent.exists() and not parent.stat().st_mode & stat.S_IXOTH:
            raise Failed(
                f"As root the servers run as the user nobody, who cannot get into {parent}. "
                f"Run this as an ordinary user, or from a checkout elsewhere, such as in /srv."
            )


def write_private(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as opened:
        opened.write(text)


def kept_port(folder: Path, first: int) -> int:
    """Choose a free port once, and keep to it."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "port"
    if not file.is_file():
        free = next(port for port in range(first, 65536) if not servers.is_answered(port))
        write_private(file, f"{free}\n")
    port = int(file.read_text())
    if servers.is_answered(port):
        raise Failed(
            f"Port {port} is in use, perhaps by a stack that was killed: {folder.parent}/*.pid name "
            f"its processes. To choose another one, remove {file}."
        )
    return port


def keep_settings(folder: Path, settings: dict[str, str]) -> None:
    """For commands beside the stack: what cannot be read from the environment or from `.env`."""
    lines = [f"{name}='{value}'\n" for name, value in settings.items()]
    write_private(folder / "settings.env", "".join(lines))


def see_to_certificate(certificate: Path, key: Path, hosts: list[str]) -> None:
    """Make one that nobody vouches for, unless there is one."""
    if certificate.is_file() and key.is_file():
        return
    openssl = shutil.which("openssl")
    if openssl is None:
        raise Failed(
            f"openssl is not installed, and makes the certificate. Put one there, {certificate} and "
            f"{key} (PKCS#8); or set TRUSTED_PROXIES=1 and end TLS in a proxy."
        )
    names = [f"DNS:{'*' * host.startswith('.')}{host}" for host in hosts if is_name(host)]
    write_private(key, "")  # openssl keeps the mode of a file that is there
    command = [
        *(openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=Medicare"),
        *("-days", str(CERTIFICATE_DAYS), "-keyout", str(key), "-out", str(certificate)),
        *("-addext", "keyUsage=critical,digitalSignature,keyCertSign"),
        *("-addext", "subjectAltName=" + ",".join([*names, f"IP:{HOST}"])),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failed(f"openssl cannot make a certificate: {done.stderr.strip()}")


def is_name(host: str) -> bool:
    return not (host.startswith("[") or host.replace(".", "").isdigit())
