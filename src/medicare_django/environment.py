import ipaddress
import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from attrs import frozen

_ASSIGNMENT = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)")
_YES, _NO = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}


def refuse(name: str, reason: str) -> NoReturn:
    """End the program with one line; an exception would be shown with its traceback."""
    raise SystemExit(f"Medicare cannot start: {name} {reason}")


@frozen
class Environment:
    """Settings as text. A variable that is empty counts as not set."""

    values: Mapping[str, str]

    def text(self, name: str, default: str = "") -> str:
        return self.values.get(name, "").strip() or default

    def flag(self, name: str, *, default: bool = False) -> bool:
        text = self.text(name).lower()
        if text and text not in _YES | _NO:
            refuse(name, f"must be 1 or 0, not {text!r}.")
        return text in _YES if text else default

    def integer(self, name: str, default: int, *, low: int, high: int, step: int = 1) -> int:
        text = self.text(name, str(default))
        number = int(text) if re.fullmatch(r"[0-9]{1,9}", text) else -1
        if not low <= number <= high or number % step:
            multiple = f" and a multiple of {step}" if step > 1 else ""
            refuse(name, f"must be a whole number from {low} to {high}{multiple}, not {text!r}.")
        return number

    def names(self, name: str) -> list[str]:
        return [part.strip() for part in self.text(name).split(",") if part.strip()]


def read_environment(env_file: Path) -> Environment:
    """Read the `.env` file, where there is one; what the process was given wins."""
    return Environment({**_read_file(env_file), **os.environ})


def kept_key(path: Path) -> str:
    """Return the key in `path`; make one, readable by its owner only, if there is none."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(64))
        try:
            os.link(draft, path)  # of two processes that start at once, the first one wins
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text(encoding="ascii")


def is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _read_file(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    values = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _ASSIGNMENT.fullmatch(line.strip())
        if match is None:
            refuse(".env", f"line {number} is not of the form NAME=value.")
        values[match[1]] = _unquoted(match[2])
    return values


def _unquoted(text: str) -> str:
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        return text[1:-1]
    return text.partition(" #")[0].rstrip()
