"""What the settings mean that are more than a text, a number or a switch.

Each function returns what Django needs, or ends the program with the one line that says what is wrong.
"""

import ipaddress
import os
import re
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

import dj_database_url
from django.utils.module_loading import import_string

from medicare_django.environment import Environment, refuse

_SCHEMES = {"postgres": "postgres", "postgresql": "postgres", "mysql": "mysql", "mariadb": "mysql"}
_LABEL = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?"
_HOST = re.compile(rf"\.?{_LABEL}(\.{_LABEL})*|\[[0-9a-f:.]+\]", re.IGNORECASE)
_SITE_URL = re.compile(rf"https?://({_HOST.pattern})(:[0-9]{{1,5}})?", re.IGNORECASE)
_IPV4 = re.compile(r"[0-9.]+")
_ADDRESS = rf"[\w.!#$%&'*+/=?^`{{|}}~-]+@{_LABEL}(\.{_LABEL})*"
_SENDER = re.compile(
    rf'{_ADDRESS}|([^<>()\[\]\\,;:@"\x00-\x1f]+|"[^"\\\x00-\x1f]*")\s*<{_ADDRESS}>',
    re.IGNORECASE | re.ASCII,
)
# Files of the tz database that are no place.
_NO_PLACES = {"Factory", "localtime", "posixrules"}


def hosts(env: Environment, *, demo: bool) -> list[str]:
    found = env.names("ALLOWED_HOSTS")
    if demo:
        found = found or ["127.0.0.1", "localhost", "[::1]"]
        if not all(map(_is_loopback, found)):
            refuse("ALLOWED_HOSTS", "may name this machine only (localhost) while DEMO is on.")
    if not found:
        refuse("ALLOWED_HOSTS", "must name the hosts of this site, with commas between them.")
    for host in found:
        if not _HOST.fullmatch(host):
            refuse("ALLOWED_HOSTS", f"must be names only, such as clinic.example, not {host!r}.")
    return found


def site_url(env: Environment, hosts: list[str], *, demo: bool, port: int) -> str:
    """Return where the links in mails lead: to a name of its own rather than to an address."""
    if chosen := env.text("SITE_URL"):
        if not _SITE_URL.fullmatch(chosen) or not (demo or chosen.startswith("https://")):
            refuse("SITE_URL", "must be https://, a host and perhaps :port, and nothing after it.")
        return chosen
    if demo:
        return f"http://{hosts[0].removeprefix('.')}:{port}"
    return f"https://{min(hosts, key=_remoteness).removeprefix('.')}"


def time_zone(env: Environment) -> str:
    name = env.text("TIME_ZONE", "UTC")
    if name not in available_timezones() - _NO_PLACES:
        refuse("TIME_ZONE", f"must be the name of a time zone, not {name!r}.")
    return name


def database(env: Environment, *, folder: Path, default: str, demo: bool) -> dict[str, Any]:
    """Read DATABASE_URL; the path of a file counts from `folder`. Its text may hold a password."""
    url = env.text("DATABASE_URL", default)
    scheme, _, rest = url.partition("://")
    if scheme != "sqlite" and scheme not in _SCHEMES:
        refuse("DATABASE_URL", "must begin with sqlite:///, postgres://, mysql:// or mariadb://.")
    if demo and scheme != "sqlite":
        refuse("DATABASE_URL", "must be SQLite while DEMO is on.")
    try:
        known = _SCHEMES.get(scheme, scheme)
        found: dict[str, Any] = {**dj_database_url.parse(f"{known}://{rest}")}
    except ValueError:
        refuse("DATABASE_URL", "is not the address of a database.")
    found |= {"ATOMIC_REQUESTS": False, "CONN_MAX_AGE": 60}
    if scheme == "sqlite":
        return found | _sqlite(url, found["NAME"], folder)
    if not found["NAME"]:
        refuse("DATABASE_URL", "must name the database: scheme://user:password@host/name.")
    usual = _mysql() if known == "mysql" else _postgres()
    options = usual["OPTIONS"] | {**found.get("OPTIONS", {})}
    # What bookings rest on is not for the address to say: docs/decisions/0003-double-booking.md.
    options["isolation_level"] = usual["OPTIONS"]["isolation_level"]
    for name in options.keys() & {"answer_timeout", "read_timeout"}:
        if type(options[name]) is not int or options[name] < 1:
            refuse("DATABASE_URL", f"must give {name} in whole seconds, 1 or more.")
    return found | usual | {"CONN_HEALTH_CHECKS": True, "OPTIONS": options}


def _postgres() -> dict[str, Any]:
    """Nothing is waited for without an end: no connection, no lock, no answer, no server that is gone."""
    try:
        driver = import_module("psycopg")
    except ImportError:
        refuse("DATABASE_URL", "needs the package psycopg[binary], which cannot be imported.")
    options = {
        "isolation_level": driver.IsolationLevel.READ_COMMITTED,
        "connect_timeout": 5,
        "answer_timeout": 30,
        "options": "-c lock_timeout=3s -c idle_in_transaction_session_timeout=60s",
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        "tcp_user_timeout": 30_000,
    }
    return {"ENGINE": "medicare_django.postgresql", "OPTIONS": options}


def _mysql() -> dict[str, Any]:
    """As above; and its clock must tell UTC, since Django compares it with instants in UTC."""
    try:
        import_module("MySQLdb")
    except ImportError:
        try:
            import_module("pymysql").install_as_MySQLdb()
        except ImportError:
            refuse("DATABASE_URL", "needs the package pymysql or mysqlclient; neither is there.")
    options = {
        "isolation_level": "read committed",
        "charset": "utf8mb4",
        "connect_timeout": 5,
        "read_timeout": 30,
        "write_timeout": 30,
        "init_command": (
            "SET SESSION time_zone = '+00:00', lock_wait_timeout = 3, innodb_lock_wait_timeout = 3, "
            "sql_mode = 'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'"
        ),
    }
    # A server may make databases of other characters, unless it is told.
    return {"OPTIONS": options, "TEST": {"CHARSET": "utf8mb4"}}


def mail_backend(env: Environment, *, demo: bool) -> str:
    usual = f"django.core.mail.backends.{'console' if demo else 'smtp'}.EmailBackend"
    name = env.text("EMAIL_BACKEND", usual)
    try:
        backend = import_string(name)
    except (ImportError, TypeError, ValueError):
        backend = None
    if not isinstance(backend, type) or not hasattr(backend, "send_messages"):
        refuse("EMAIL_BACKEND", f"must name a class that sends mail, not {name!r}.")
    return name


def mail_folder(env: Environment, backend: str, *, folder: Path) -> str | None:
    text = env.text("EMAIL_FILE_PATH")
    if ".filebased." not in backend:
        return text or None
    if not text:
        refuse("EMAIL_FILE_PATH", "must name a folder for this EMAIL_BACKEND.")
    path = folder / text
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            pass
    except (OSError, ValueError) as error:
        refuse("EMAIL_FILE_PATH", f"must be a folder to write to, not {text!r}{_why(error)}.")
    return str(path)


def sender(env: Environment) -> str:
    text = env.text("DEFAULT_FROM_EMAIL", "Medicare <medicare@localhost>")
    if not _SENDER.fullmatch(text):
        refuse("DEFAULT_FROM_EMAIL", "must be one address: name@host, or Name <name@host>.")
    return text


def _sqlite(url: str, name: str, folder: Path) -> dict[str, Any]:
    parts = urlsplit(url)
    if name in {"", ":memory:"} or not name.isprintable():
        refuse("DATABASE_URL", "must name a file: threads cannot share a database in memory.")
    if parts.netloc:
        refuse("DATABASE_URL", "needs three slashes: sqlite:///file, or four before a full path.")
    if parts.query or parts.fragment:
        refuse(
            "DATABASE_URL", "takes no options for SQLite; in a name, write %3F for ?, %23 for #."
        )
    file = folder / name
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        usable = os.access(file.parent, os.W_OK) and not file.is_dir()
    except (OSError, ValueError) as error:
        refuse("DATABASE_URL", f"must name a file that can be made{_why(error)}.")
    if not usable:
        refuse("DATABASE_URL", "must name a file, in a folder that can be written to.")
    options = {
        # Writers queue at BEGIN; one that began as a reader would fail with 'database is locked'.
        "transaction_mode": "IMMEDIATE",
        "timeout": 10,  # seconds; a booking is tried three times
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
    }
    test = {"NAME": str(file.with_name(f"test_{file.name}"))}
    return {"NAME": str(file), "OPTIONS": options, "TEST": test}


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _remoteness(host: str) -> int:
    """From what a mail should name, an exact name, to what nobody outside may be able to reach."""
    if _is_loopback(host) or host.startswith("[") or _IPV4.fullmatch(host):
        return 2
    return int(host.startswith("."))


def _why(error: Exception) -> str:
    reason = error.strerror if isinstance(error, OSError) else ""
    return f" ({reason})" if reason else ""
