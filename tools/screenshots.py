"""`make screenshots`: a picture of every page, in both sizes and both schemes."""

import subprocess

from browser import browser_at_hand
from environment import ROOT, Failed, development_python


def run(_arguments: list[str]) -> int:
    python = development_python()
    found, text = browser_at_hand(python)
    if not found:
        raise Failed(text)
    done = subprocess.run(
        [python, "-m", "tests.integration.browser.screenshots"], cwd=ROOT, check=False
    )
    return done.returncode
