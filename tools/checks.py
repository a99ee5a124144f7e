"""`make test`: every check, one after the other, all of them even if one fails."""

import os
import subprocess
import tempfile
import time
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

from binaries import KINDS, Missing, at_hand
from browser import browser_at_hand
from environment import ROOT, core_python, development_python, say
from servers import serving

# Its own script names the folder in which the environment was made, which may have moved since.
LINT_IMPORTS = "import importlinter.cli; importlinter.cli.lint_imports_command()"

BROWSER_TESTS = "tests/integration/browser"
DATABASE_TESTS = [
    f"tests/integration/{name}"
    for name in ("accounts", "notifications", "operations/test_restore.py", "scheduling")
]
FAULT_TESTS = "tests/faults"
MAIL_TESTS = [f"{FAULT_TESTS}/test_mail_{name}.py" for name in ("faults", "kills")]
WORKERS = (os.cpu_count() or 1) + 1
"""One more than there are processors: some of the tests wait for servers."""
PYTEST = ("-m", "pytest", "-n", str(WORKERS), "--dist", "worksteal")
WITHOUT_DJANGO = (*PYTEST, "-o", "addopts=-ra --import-mode=importlib")


@dataclass(frozen=True)
class Check:
    """`database` names the server that it runs on; without one it is SQLite."""

    title: str
    command: list[str | Path]
    database: str = ""


@dataclass(frozen=True)
class Outcome:
    title: str
    passed: bool
    seconds: float


def run(_arguments: list[str]) -> int:
    development, core = development_python(), core_python()
    has_browser, browser = browser_at_hand(development)
    missing = missing_servers()
    with tempfile.TemporaryDirectory() as folder:
        reports = Path(folder)
        checks = [*static_checks(development), *test_runs(development, core, reports)]
        outcomes = [outcome(check) for check in checks if check.database not in missing]
        tests = counted(reports)
    failed = sum(not one.passed for one in outcomes)
    say(table(outcomes))
    say(f"browser: {browser if has_browser else f'not used: {browser}'}")
    for name, reason in missing.items():
        say(f"skipped on {KINDS[name].title}: {reason}")
    if missing and os.environ.get("CI"):
        failed += len(missing)
    say(f"{tests} in the tests; {failed} of {len(outcomes)} checks failed")
    return 1 if failed else 0


def run_thorough(_arguments: list[str]) -> int:
    """Search long and at random; what is found differs from run to run."""
    properties: list[str | Path] = [
        core_python(),
        *WITHOUT_DJANGO,
        "--timeout",
        "3600",
        "tests/unit",
    ]
    machine: list[str | Path] = [
        development_python(),
        *PYTEST,
        "--timeout",
        "3600",
        "tests/integration/scheduling/test_state_machine.py",
    ]
    fuzzer: list[str | Path] = [
        development_python(),
        *PYTEST,
        "tests/integration/api/test_fuzz.py",
    ]
    environment = {**os.environ, "HYPOTHESIS_PROFILE": "thorough", "FUZZ_EXAMPLES": "200"}
    codes = [
        subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
        for command in (properties, machine, fuzzer)
    ]
    return max(codes)


def run_faults(_arguments: list[str]) -> int:
    """The campaigns at their full size, and with FULL=1 at the size of a release.

    Those of mail run on the database of the tests, so once for each; the others make all databases
    for themselves. What they counted is kept in var/, as a table and for programs.
    """
    size = "full" if os.environ.get("FULL") == "1" else "usual"
    os.environ["FAULTS"] = size
    for old in (ROOT / "var").glob(f"faults-{size}.*"):
        old.unlink()
    missing = missing_servers()
    pytest: list[str | Path] = [development_python(), "-m", "pytest", "--verbose"]
    checks = [Check("faults", [*pytest, FAULT_TESTS])]
    for database in ("postgres", "mariadb"):
        title = f"mail, {KINDS[database].title}"
        checks.append(Check(title, [*pytest, *MAIL_TESTS], database))
    outcomes = [outcome(check) for check in checks if check.database not in missing]
    say(table(outcomes))
    for name, reason in missing.items():
        say(f"skipped on {KINDS[name].title}: {reason}")
    is_short = bool(missing and os.environ.get("CI"))
    return 0 if all(one.passed for one in outcomes) and not is_short else 1


def run_on(arguments: list[str]) -> int:
    """Run a program with servers of its own: `dev.py on postgres,redis pytest tests/...`."""
    names, *command = arguments
    for name in names.split(","):
        at_hand(name)
    with serving(*names.split(",")) as served:
        environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.integration.settings"}
        given: list[str | Path] = [development_python(), "-m", *command]
        return subprocess.run(given, cwd=ROOT, env=environment | served, check=False).returncode


def static_checks(python: Path) -> list[Check]:
    return [
        Check("ruff check", [python, "-m", "ruff", "check"]),
        Check("ruff format", [python, "-m", "ruff", "format", "--check"]),
        Check("mypy", [python, "-m", "mypy"]),
        Check("import contracts", [python, "-c", LINT_IMPORTS]),
        Check("migrations", [python, "manage.py", "makemigrations", "--check", "--dry-run"]),
    ]


def test_runs(development: Path, core: Path, reports: Path) -> list[Check]:
    """The core's tests where Django is not installed; those that look at pages; and all others.

    Those with the browser are apart because its driver keeps an event loop in the thread of the
    tests, in which Django would refuse its database.
    """
    report = f"--junitxml={reports}"
    return [
        Check("core alone", [core, *WITHOUT_DJANGO, f"{report}/core.xml", "tests/unit"]),
        Check(
            "all other tests",
            [
                *(development, *PYTEST, f"{report}/others.xml"),
                *("--ignore=tests/unit", f"--ignore={BROWSER_TESTS}", f"--ignore={FAULT_TESTS}"),
            ],
        ),
        *(
            Check(
                KINDS[database].title,
                [development, *PYTEST, f"{report}/{database}.xml", *DATABASE_TESTS],
                database,
            )
            for database in ("postgres", "mariadb")
        ),
        # One after the other: each of them starts processes enough.
        Check("faults", [development, "-m", "pytest", f"{report}/faults.xml", FAULT_TESTS]),
        Check("browser", [development, *PYTEST, f"{report}/browser.xml", BROWSER_TESTS]),
    ]


def missing_servers() -> dict[str, str]:
    """The servers that are neither here nor can be got, each with the reason."""
    reasons = {}
    for name in KINDS:
        try:
            at_hand(name)
        except Missing as missing:
            reasons[name] = str(missing)
    return reasons


def outcome(check: Check) -> Outcome:
    say(f"\n--- {check.title}")
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.integration.settings"}
    started = time.monotonic()
    with serving(check.database) as served:
        done = subprocess.run(check.command, cwd=ROOT, env=environment | served, check=False)
    return Outcome(check.title, done.returncode == 0, time.monotonic() - started)


def table(outcomes: list[Outcome]) -> str:
    words = {True: "passed", False: "FAILED"}
    rows = [f"{one.title:18}{words[one.passed]}{one.seconds:8.1f} s" for one in outcomes]
    return "\n".join(["", "-" * 34, *rows, "-" * 34])


def counted(reports: Path) -> str:
    """Count the tests themselves, over all runs of pytest."""
    suites = [
        suite
        for report in reports.glob("*.xml")
        for suite in ET.parse(report).iter("testsuite")  # noqa: S314  # written by us just now
    ]
    tests, failures, errors, skipped = (
        sum(int(suite.get(key, "0")) for suite in suites)
        for key in ("tests", "failures", "errors", "skipped")
    )
    failed = failures + errors
    return f"{tests - failed - skipped} passed, {failed} failed, {skipped} skipped"
