"""REDIS_URL, which the cache, the probe and Celery would not all read alike.

So it is written anew, in the one form that they do, with nothing left to a default of theirs.
"""

import re
import ssl
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

from redis.backoff import NoBackoff
from redis.retry import Retry

from medicare_django.environment import Environment, refuse

IMPATIENT = {"socket_connect_timeout": 0.5, "socket_timeout": 0.5}
"""Where a request or a probe waits for it: seconds for the connection, and for each answer."""
# Others are refused: not all would know them, and time-outs among them would win over ours.
_OPTIONS = {
    "redis": ("db",),
    "rediss": (
        *("db", "ssl_ca_certs", "ssl_cert_reqs", "ssl_certfile", "ssl_check_hostname"),
        "ssl_keyfile",
    ),
    "unix": ("db", "password", "username"),
}
_HOST = re.compile(r"[\w.:-]+")


def redis_url(env: Environment, *, folder: Path) -> str:
    """Read it, "" where there is none; the path of a file counts from `folder`."""
    text = env.text("REDIS_URL")
    scheme, separator, _ = text.partition("://")
    if text and (scheme not in _OPTIONS or not separator):
        refuse("REDIS_URL", "must start with redis://, rediss:// or unix://.")
    try:
        return text and _written_anew(urlsplit(text), folder)
    except ValueError:  # which may quote a password
        refuse(
            "REDIS_URL",
            "must be such as rediss://user:password@host:6379/0; in a password, write %23 for #, "
            "%25 for %, %2F for /, %3F for ?, %40 for @.",
        )


def broker(url: str) -> str:
    """Return it as Celery writes it; without one, a broker in memory that reaches nobody."""
    if url.startswith("unix://"):
        rest = url.removeprefix("unix://").replace("?db=", "?virtual_host=")
        return f"redis+socket://{rest}"
    return url or "memory://"


def cache(url: str) -> dict[str, Any]:
    """One for all processes. Without Redis each has its own, which drops the oldest when full."""
    if not url:
        return {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "OPTIONS": {"MAX_ENTRIES": 10_000},
        }
    return {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": url,
        "KEY_PREFIX": "medicare",
        # A request waits for it; and no second try, which the client would make by itself.
        "OPTIONS": IMPATIENT | {"retry": Retry(NoBackoff(), 0)},
    }


def _written_anew(parts: SplitResult, folder: Path) -> str:
    """Raises ValueError where it cannot be read."""
    options = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=True))
    known = _OPTIONS[parts.scheme]
    if not options.keys() <= set(known):  # whose names may be half a password
        refuse("REDIS_URL", f"takes for {parts.scheme}:// no options but {', '.join(known)}.")
    is_socket = parts.scheme == "unix"
    place = _socket(parts) if is_socket else _host(parts)
    number = options.pop("db", "") or ("" if is_socket else unquote(parts.path).strip("/")) or "0"
    if not re.fullmatch("[0-9]+", number) or parts.fragment:
        raise ValueError
    person = _person(parts, options)
    if is_socket:
        return f"unix://{person}{place}?db={number}"
    url = f"{parts.scheme}://{person}{place}/{number}"
    return f"{url}?{_tls(options, folder)}" if parts.scheme == "rediss" else url


def _socket(parts: SplitResult) -> str:
    if parts.netloc.rpartition("@")[2] or not parts.path.strip("/"):
        raise ValueError
    return quote(unquote(parts.path))


def _host(parts: SplitResult) -> str:
    host = parts.hostname or "localhost"
    port = 6379 if parts.port is None else parts.port
    if not (_HOST.fullmatch(host) and port):
        raise ValueError
    return f"{f'[{host}]' if ':' in host else host}:{port}"


def _person(parts: SplitResult, options: dict[str, str]) -> str:
    name = unquote(parts.username or "") or options.pop("username", "")
    password = unquote(parts.password or "") or options.pop("password", "")
    return f"{quote(name, safe='')}:{quote(password, safe='')}@" if name or password else ""


def _tls(options: dict[str, str], folder: Path) -> str:
    """A certificate is believed unseen only by who says so: Celery alone would believe any."""
    words = {
        # Celery's own words for it are CERT_REQUIRED and so on.
        "ssl_cert_reqs": options.get("ssl_cert_reqs", "required").lower().removeprefix("cert_"),
        "ssl_check_hostname": options.get("ssl_check_hostname", "true").lower(),
    }
    if words["ssl_cert_reqs"] not in {"none", "optional", "required"}:
        refuse("REDIS_URL", "must have required, optional or none as ssl_cert_reqs.")
    if words["ssl_check_hostname"] not in {"true", "false"}:
        refuse("REDIS_URL", "must have true or false as ssl_check_hostname.")
    files = {key: str(folder / file) for key, file in options.items() if key not in {*words}}
    _refuse_unreadable(files)
    return urlencode(words | files, safe="/", quote_via=quote)


def _refuse_unreadable(files: dict[str, str]) -> None:
    """What cannot be read would be found out at every connection, and said nowhere."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        if authorities := files.get("ssl_ca_certs"):
            context.load_verify_locations(authorities)
    except (OSError, ValueError):
        refuse("REDIS_URL", "must name with ssl_ca_certs a file of certificates (PEM).")
    certificate, key = files.get("ssl_certfile"), files.get("ssl_keyfile")
    try:
        if certificate or key:
            # Without a password OpenSSL would ask the terminal for that of a key that has one.
            context.load_cert_chain(certificate or "", key, password="")
    except (OSError, ValueError):
        refuse(
            "REDIS_URL",
            "must name with ssl_certfile a certificate, with ssl_keyfile its key without password.",
        )
