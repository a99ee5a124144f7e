import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.browser.chromium import EXIT_MISSING
from tests.integration.served_site import ROOT


def asked(folder: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Ask on a machine that has no browser but what is in the folder."""
    return subprocess.run(
        [sys.executable, "-m", "tests.integration.browser.chromium"],
        env=os.environ | {"PATH": str(folder), "PLAYWRIGHT_BROWSERS_PATH": str(folder), **env},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_a_browser_it_says_how_to_get_one(tmp_path: Path) -> None:
    done = asked(tmp_path, MEDICARE_BROWSER="")
    assert (done.returncode, done.stdout) == (EXIT_MISSING, "")
    assert "apt-get install chromium" in done.stderr
    assert "MEDICARE_BROWSER" in done.stderr


def test_a_name_that_is_no_program_is_an_error_and_nothing_to_skip(tmp_path: Path) -> None:
    done = asked(tmp_path, MEDICARE_BROWSER="/nowhere/chromium")
    assert done.returncode == 1
    assert "'/nowhere/chromium'" in done.stderr


@pytest.mark.parametrize("name", ["chromium", "google-chrome", "microsoft-edge"])
def test_a_browser_of_the_machine_that_will_not_start_is_an_error(
    tmp_path: Path, name: str
) -> None:
    (tmp_path / name).write_text("#!/bin/sh\necho broken >&2\nexit 1\n")
    (tmp_path / name).chmod(0o700)
    done = asked(tmp_path, MEDICARE_BROWSER="")
    assert done.returncode == 1
    assert str(tmp_path / name) in done.stderr


def test_the_tools_know_what_is_worth_installing() -> None:
    tools = (ROOT / "tools" / "browser.py").read_text(encoding="utf-8")
    assert f"EXIT_MISSING = {EXIT_MISSING} " in tools
