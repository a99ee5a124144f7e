"""Other processes of the site, with the settings of the tests."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).parents[2]
STOP_SECONDS = 20


def environment(**given: str) -> dict[str, str]:
    usual = {
        "DJANGO_SETTINGS_MODULE": "tests.integration.settings",
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    }
    return os.environ | usual | given


@contextmanager
def running(log: Path, given: Mapping[str, str], *arguments: str) -> Iterator[None]:
    """Python with these arguments, which is asked to end afterwards; nothing of it is left."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            env=given,
            cwd=ROOT,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(STOP_SECONDS)
