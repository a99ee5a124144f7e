"""Programs that are run on the site's database, with production settings: each says one result."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from medicare_django.environment import read_file

ROOT = Path(__file__).parents[2]


def site_environment(**more: str) -> dict[str, str]:
    """Settings of a site behind one proxy, whose mails go nowhere unless `more` says so."""
    theirs = dict.fromkeys(read_file(ROOT / ".env"), "")  # a developer's file holds for no test
    return (
        theirs
        | os.environ
        | {
            "DJANGO_SETTINGS_MODULE": "medicare_django.settings",
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            "DEMO": "0",
            "SECRET_KEY": "for-the-tests-only-" + "s" * 50,
            "JWT_SIGNING_KEY": "for-the-tests-only-" + "j" * 64,
            "ALLOWED_HOSTS": "127.0.0.1",
            "TRUSTED_PROXIES": "1",
            "TIME_ZONE": "UTC",
            "BOOKING_HORIZON_DAYS": "3650",
            "EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend",
            "REDIS_URL": "",
        }
        | more
    )


def run_program(
    environment: dict[str, str], program: str, *sizes: int, seconds: float
) -> dict[str, Any]:
    """Run `module.function` of this package, and give the figures that it gives."""
    command = [sys.executable, "-m", "tests.faults", program, *map(str, sizes)]
    *_, last = _run(command, environment, seconds).splitlines()
    result: dict[str, Any] = json.loads(last)
    return result


def run_django(environment: dict[str, str], *command: str, seconds: float = 120) -> str:
    return _run([sys.executable, "-m", "django", *command], environment, seconds)


def _run(command: list[str], environment: dict[str, str], seconds: float) -> str:
    done = subprocess.run(
        command,
        env=environment,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        timeout=seconds,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(command)} ended with {done.returncode}"
    return done.stdout
