"""The browser that looks at the pages: found, or got where that needs no question."""

import subprocess
from pathlib import Path

from environment import ROOT, install_system_packages

# With a font: without any, all text is boxes.
DEBIAN_PACKAGES = ("chromium", "fonts-dejavu-core")
EXIT_MISSING = 3  # as in tests/integration/browser/chromium.py


def browser_at_hand(python: Path) -> tuple[bool, str]:
    """Give its version and path, or the reason why there is none to be had."""
    done = ask(python)
    if done.returncode == EXIT_MISSING and install_system_packages(*DEBIAN_PACKAGES):
        done = ask(python)
    found = done.returncode == 0
    return found, (done.stdout if found else done.stderr).strip()


def ask(python: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [python, "-m", "tests.integration.browser.chromium"],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
