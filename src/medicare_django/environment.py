"""Settings as text, from the environment and `.env`. Standard library only: `make run` reads it too."""

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

_ASSIGNMENT = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=(.*)")
_QUOTED = re.compile(r"\s*(?:'([^']*)'|\"([^\"]*)\")\s*(?:\s#.*)?")
_COMMENT = re.compile(r"\s#.*")
_YES, _NO = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}


def refuse(name: str, reason: str) -> NoReturn:
    """End the program with one line; an exception would be shown with its traceback."""
    raise SystemExit(f"Medicare cannot start: {name} {reason}")


@dataclass(frozen=True)
class Environment:
    """A variable that is empty counts as not set."""

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

    def port(self) -> int:
        return self.integer("PORT", 8000, low=1, high=65535)


def read_environment(env_file: Path) -> Environment:
    """Read the `.env` file, where there is one; what the process was given wins."""
    return Environment({**read_file(env_file), **os.environ})


def read_file(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        refuse(path.name, "must be text in UTF-8.")
    except OSError as error:
        refuse(path.name, f"cannot be read ({error.strerror}).")
    values = {}
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _ASSIGNMENT.fullmatch(line)
        if match is None:
            refuse(path.name, f"line {number} is not of the form NAME=value.")
        value = _value(match[2])
        if value is None:
            refuse(path.name, f"line {number} has a quote that does not end its value.")
        values[match[1]] = value
    return values


def kept_key(path: Path) -> str:
    """Return the key in `path`; make one, readable by its owner only, if there is none."""
    try:
        if not path.exists():
            _make_key(path)
        return path.read_text(encoding="ascii")
    except OSError as error:
        refuse("DEMO", f"cannot keep its keys in {path.parent} ({error.strerror}).")


def _make_key(path: Path) -> None:
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


def _value(text: str) -> str | None:
    """Give what follows the `=`, without quotes or comment; None where a quote is left open."""
    if not text.lstrip().startswith(("'", '"')):
        return _COMMENT.sub("", text).strip()
    quoted = _QUOTED.fullmatch(text)
    return None if quoted is None else quoted[1] or quoted[2] or ""
