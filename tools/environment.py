"""Environments whose packages are those of a lock file, made once and found again."""

import contextlib
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parent.parent
UV = "uv==0.13.9"


class Failed(SystemExit):
    """A step went wrong; carries the exit code, or the one line to print."""


def say(text: str) -> None:
    """Nothing is left undone because nobody listens any more: a pipe broke, or a terminal closed.

    In one piece, so that what others say at the same time comes before it or after.
    """
    with contextlib.suppress(OSError):
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


def site_python() -> Path:
    """Everything the site needs; the environment of the tests has that too."""
    return prepared(".venv", "requirements.txt", "requirements-dev.txt")


def development_python() -> Path:
    return prepared(".venv", "requirements-dev.txt")


def core_python() -> Path:
    """Only what the tests of the core need: no Django."""
    return prepared(".venv-core", "requirements-core.txt")


def prepared(name: str, lock: str, *supersets: str) -> Path:
    """Give the interpreter of an environment with `lock`, or one of its supersets, installed."""
    folder = ROOT / name
    python = folder / "bin" / "python"
    if not is_usable(python):
        create(folder)
    stamps = [stamp(python, ROOT / one) for one in (lock, *supersets)]
    if not any(one.exists() for one in stamps):
        for old in folder.glob("installed-*"):
            old.unlink()
        install(python, ROOT / lock)
        stamps[0].touch()
    put_sources_on_path(python)
    return python


def is_usable(python: Path) -> bool:
    probe = "import sys, pip; sys.exit(sys.version_info < (3, 11))"
    try:
        done = subprocess.run([python, "-c", probe], capture_output=True, check=False)
    except OSError:  # not there, or its base interpreter is gone
        return False
    return done.returncode == 0


def create(folder: Path) -> None:
    if importlib.util.find_spec("ensurepip") is None:
        install_venv_module()
    say(f"Creating {folder.name} with Python {sys.version.split()[0]}")
    checked([sys.executable, "-m", "venv", "--clear", folder])


def install_venv_module() -> None:
    """Debian keeps `ensurepip` in a package of its own."""
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    if not install_system_packages(package):
        raise Failed(
            f"This Python cannot make environments (no ensurepip). On Debian and Ubuntu: "
            f"sudo apt-get install {package}"
        )


def install_system_packages(*packages: str) -> bool:
    """Install them where that can be done without asking, as root on Debian; say so if it failed."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return False
    say(f"Installing {' '.join(packages)}")
    apt_get = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=600"]
    install = [*apt_get, "install", "-y", "--no-install-recommends", *packages]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    return all(
        subprocess.run(command, env=environment, check=False).returncode == 0
        for command in ([*apt_get, "update"], install)
    )


def stamp(python: Path, lock: Path) -> Path:
    """Name what is installed: the lock file and the interpreter it was installed for."""
    if not lock.is_file():
        raise Failed(f"{lock.name} is missing: it belongs to the repository")
    configuration = (python.parent.parent / "pyvenv.cfg").read_bytes()
    digest = hashlib.sha256(configuration + lock.read_bytes()).hexdigest()
    return python.parent.parent / f"installed-{digest[:16]}"


def install(python: Path, lock: Path) -> None:
    say(f"Installing {lock.name}")
    wanted: list[str | Path] = ["install", "--quiet", "--require-hashes", "-r", lock]
    uv = uv_command(python)
    if uv and attempted([*uv, "pip", *wanted, "--python", python], uv_environment()):
        return
    say("Without uv: pip does it, which takes longer")
    checked([python, "-m", "pip", *wanted])


def uv_command(python: Path) -> list[str | Path] | None:
    """The uv of the machine, or one in the environment. None is no harm: pip is slower only."""
    if found := shutil.which("uv"):
        return [found]
    if attempted([python, "-m", "pip", "install", "--quiet", UV]):
        return [python, "-m", "uv"]
    return None


def uv_environment() -> dict[str, str]:
    """The environment, and for uv what it does not read by itself where pip does."""
    environment = dict(os.environ)
    if "SSL_CERT_FILE" in environment:  # the certificate of a proxy: only the system knows it
        environment.setdefault("UV_SYSTEM_CERTS", "1")
    if "PIP_INDEX_URL" in environment:
        environment.setdefault("UV_DEFAULT_INDEX", environment["PIP_INDEX_URL"])
    return environment


def put_sources_on_path(python: Path) -> None:
    """Make `src` importable for all that runs in the environment, as an editable install would."""
    libraries = next((python.parent.parent / "lib").glob("python3.*/site-packages"))
    link, line = libraries / "medicare.pth", f"{ROOT / 'src'}\n"
    if not link.is_file() or link.read_text(encoding="utf-8") != line:
        link.write_text(line, encoding="utf-8")


def attempted(command: list[str | Path], environment: dict[str, str] | None = None) -> bool:
    done = subprocess.run(
        command, cwd=ROOT, env=environment, check=False, capture_output=True, text=True
    )
    return done.returncode == 0


def checked(command: list[str | Path], environment: dict[str, str] | None = None) -> None:
    """Run to the end; a failure ends everything with its exit code."""
    done = subprocess.run(command, cwd=ROOT, env=environment, check=False)
    if done.returncode != 0:
        raise Failed(done.returncode)


def module_at(file: Path) -> ModuleType:
    """Import a file of the site's by itself: its package wants what may not be installed yet."""
    name = f"site_{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise Failed(f"{file} is missing: it belongs to the repository")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
