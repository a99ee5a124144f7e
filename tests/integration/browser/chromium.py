"""Which browser the tests drive: the one that is named, the machine's, or Playwright's own.

As a program it tells the version and the path, or why there is none: with `EXIT_MISSING` where it
would help to install one.
"""

import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, Error, Playwright, sync_playwright

NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "microsoft-edge",
)
HOW_TO_GET_ONE = (
    "no Chromium, Chrome or Edge was found. Install one (Debian: apt-get install chromium; "
    "anywhere: .venv/bin/playwright install chromium), or name it in MEDICARE_BROWSER"
)
EXIT_MISSING = 3
# It asks nobody else for anything, and keeps its memory where containers have room.
FLAGS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
    "--disable-dev-shm-usage",
)


class Missing(Exception):
    """There is no browser; the text says how to get one."""


def find(playwright: Playwright) -> str:
    """Raise `Missing` where there is none, and ValueError where MEDICARE_BROWSER names none."""
    if named := os.environ.get("MEDICARE_BROWSER"):
        if found := shutil.which(named):
            return found
        raise ValueError(f"MEDICARE_BROWSER is {named!r}, which is no program")
    own = playwright.chromium.executable_path
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None and not Path(own).is_file():
        raise Missing(HOW_TO_GET_ONE)
    return found or own


def launch(playwright: Playwright) -> Browser:
    return playwright.chromium.launch(executable_path=find(playwright), args=FLAGS)


def main() -> int:
    with sync_playwright() as playwright:
        try:
            browser = launch(playwright)
        except Missing as missing:
            print(missing, file=sys.stderr)
            return EXIT_MISSING
        except (ValueError, Error) as error:
            print(error, file=sys.stderr)
            return 1
        print(f"{browser.version} ({find(playwright)})")
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
