"""What the site says when it is started with settings that are wrong, or right."""

import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.checks import run_checks
from django.db import connections

from medicare_django.scheduling.checks import check_databases

SECRETS = {
    "SECRET_KEY": "".join(map(chr, range(40, 110))),
    "JWT_SIGNING_KEY": "".join(map(chr, range(50, 110))),
    "ALLOWED_HOSTS": "clinic.example",
}
DEMO = {"DEMO": "1"}


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Return a copy of the site that has neither a `.env` nor anything in `var/`."""
    root = Path(settings.BASE_DIR)
    shutil.copytree(root / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(root / "manage.py", tmp_path)
    return tmp_path


def start(site: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    passed_on = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=site,
        env={
            **passed_on,
            "PYTHONPATH": str(site / "src"),
            "DJANGO_SETTINGS_MODULE": "medicare_django.settings",
            **env,
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def values(site: Path, *names: str, **env: str) -> list[Any]:
    code = (
        "import json; from django.conf import settings; "
        f"print(json.dumps([getattr(settings, name, None) for name in {names!r}], default=str))"
    )
    done = start(site, "-c", code, **env)
    assert done.returncode == 0, done.stderr
    found: list[Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(
    ("name", "env"),
    [
        ("SECRET_KEY", {}),
        ("SECRET_KEY", {**SECRETS, "SECRET_KEY": "short"}),
        ("JWT_SIGNING_KEY", {**SECRETS, "JWT_SIGNING_KEY": ""}),
        ("JWT_SIGNING_KEY", {**SECRETS, "JWT_SIGNING_KEY": "x" * 31}),
        ("JWT_SIGNING_KEY", {**SECRETS, "JWT_SIGNING_KEY": SECRETS["SECRET_KEY"]}),
        ("ALLOWED_HOSTS", {**SECRETS, "ALLOWED_HOSTS": " , "}),
        ("ALLOWED_HOSTS", {**DEMO, "ALLOWED_HOSTS": "localhost,clinic.example"}),
        ("DEMO", {"DEMO": "perhaps"}),
        ("DEBUG", {**DEMO, "DEBUG": "2"}),
        ("DATABASE_URL", {**DEMO, "DATABASE_URL": "postgres://clinic@db/clinic"}),
        ("DATABASE_URL", {**DEMO, "DATABASE_URL": "nonsense://x"}),
        ("DATABASE_URL", {**DEMO, "DATABASE_URL": "nonsense"}),
        ("DATABASE_URL", {**DEMO, "DATABASE_URL": "sqlite://:memory:"}),
        ("DATABASE_URL", {**DEMO, "DATABASE_URL": "postgres://db:port/clinic"}),
        ("REDIS_URL", {**DEMO, "REDIS_URL": "localhost:6379"}),
        ("TIME_ZONE", {**DEMO, "TIME_ZONE": "Europe/Berlino"}),
        ("TIME_ZONE", {**DEMO, "TIME_ZONE": "../etc"}),
        ("SLOT_MINUTES", {**DEMO, "SLOT_MINUTES": "7"}),
        ("SLOT_MINUTES", {**DEMO, "SLOT_MINUTES": "485"}),
        ("SLOT_MINUTES", {**DEMO, "SLOT_MINUTES": "half an hour"}),
        ("BOOKING_NOTICE_MINUTES", {**DEMO, "BOOKING_NOTICE_MINUTES": "-1"}),
        ("BOOKING_HORIZON_DAYS", {**DEMO, "BOOKING_HORIZON_DAYS": "0"}),
        ("BOOKING_CANCEL_CUTOFF_MINUTES", {**DEMO, "BOOKING_CANCEL_CUTOFF_MINUTES": "43201"}),
        ("EMAIL_BACKEND", {**DEMO, "EMAIL_BACKEND": "pigeons"}),
        (
            "EMAIL_FILE_PATH",
            {**DEMO, "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend"},
        ),
        ("EMAIL_PORT", {**DEMO, "EMAIL_PORT": "smtp"}),
        ("EMAIL_USE_TLS", {**DEMO, "EMAIL_USE_TLS": "maybe"}),
        ("DEFAULT_FROM_EMAIL", {**DEMO, "DEFAULT_FROM_EMAIL": "the clinic"}),
        ("TRUSTED_PROXIES", {**DEMO, "TRUSTED_PROXIES": "10.0.0.1"}),
    ],
)
def test_a_wrong_value_is_one_line_that_names_it(
    site: Path, name: str, env: dict[str, str]
) -> None:
    done = start(site, "manage.py", "check", **env)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert done.stderr.startswith(f"Medicare cannot start: {name} ")


def test_a_server_that_imports_the_site_is_told_the_same(site: Path) -> None:
    done = start(site, "-c", "import medicare_django.wsgi")
    assert done.returncode == 1
    assert done.stderr.startswith("Medicare cannot start: SECRET_KEY ")
    assert len(done.stderr.splitlines()) == 1


def test_a_line_of_the_file_that_is_no_setting_is_named(site: Path) -> None:
    (site / ".env").write_text("# settings\nDEMO=1\nTIME_ZONE\n")
    done = start(site, "manage.py", "check")
    assert done.stderr == "Medicare cannot start: .env line 3 is not of the form NAME=value.\n"


def test_the_environment_wins_over_the_file(site: Path) -> None:
    (site / ".env").write_text(
        "export DEMO=1\nTIME_ZONE='Europe/Berlin'\nSLOT_MINUTES=20  # short\nEMAIL_PORT=\n"
    )
    names = ("TIME_ZONE", "SLOT_MINUTES", "EMAIL_PORT")
    assert values(site, *names) == ["Europe/Berlin", 20, 25]
    assert values(site, *names, TIME_ZONE="Asia/Tokyo") == ["Asia/Tokyo", 20, 25]


def test_production_is_clean_by_the_deployment_check(site: Path) -> None:
    done = start(
        site, "-W", "error", "manage.py", "check", "--deploy", "--fail-level=WARNING", **SECRETS
    )
    assert (done.returncode, done.stderr) == (0, "")
    names = ("DEBUG", "ALLOWED_HOSTS", "EMAIL_BACKEND")
    backend = "django.core.mail.backends.smtp.EmailBackend"
    assert values(site, *names, **SECRETS) == [False, ["clinic.example"], backend]


def test_the_demo_keeps_its_keys_to_itself_and_stays_at_home(site: Path) -> None:
    names = ("SECRET_KEY", "JWT_SIGNING_KEY", "ALLOWED_HOSTS", "DEBUG", "EMAIL_BACKEND")
    first = values(site, *names, **DEMO)
    assert first == values(site, *names, **DEMO)
    assert first[2:] == [
        ["localhost", "127.0.0.1", "[::1]"],
        False,
        "django.core.mail.backends.console.EmailBackend",
    ]
    kept = [path for path in (site / "var").iterdir() if "key" in path.name]
    assert len(kept) == 2
    assert {stat.S_IMODE(path.stat().st_mode) for path in kept} == {0o600}


def test_a_relative_database_lies_in_the_site(site: Path) -> None:
    (database,) = values(site, "DATABASES", **DEMO, DATABASE_URL="sqlite:///data/clinic.db")
    assert database["default"]["NAME"] == str(site / "data" / "clinic.db")
    assert database["default"]["OPTIONS"]["transaction_mode"] == "IMMEDIATE"


def test_mariadb_is_spoken_to_as_mysql(site: Path) -> None:
    url = "mariadb://clinic:secret@db/clinic"
    (database,) = values(site, "DATABASES", **SECRETS, DATABASE_URL=url)
    assert database["default"]["ENGINE"] == "django.db.backends.mysql"


def problems(monkeypatch: pytest.MonkeyPatch, vendor: str, **changes: Any) -> list[str | None]:
    database = connections["default"]
    monkeypatch.setattr(database, "vendor", vendor)
    monkeypatch.setattr(database, "settings_dict", {**database.settings_dict, **changes})
    return [message.id for message in check_databases(None)]


def test_the_settings_of_this_site_are_safe_for_bookings() -> None:
    assert [message for message in run_checks() if not message.is_silenced()] == []


@pytest.mark.parametrize(
    ("vendor", "changes", "found"),
    [
        ("sqlite", {"ATOMIC_REQUESTS": True}, ["scheduling.E001"]),
        ("sqlite", {"OPTIONS": {}}, ["scheduling.E002"]),
        ("sqlite", {"OPTIONS": {"transaction_mode": "DEFERRED"}}, ["scheduling.E002"]),
        ("mysql", {"OPTIONS": {"isolation_level": "repeatable read"}}, ["scheduling.E003"]),
        ("mysql", {"OPTIONS": {"isolation_level": None}}, ["scheduling.E003"]),
        ("postgresql", {"OPTIONS": {"isolation_level": 3}}, ["scheduling.E003"]),
        ("mysql", {"OPTIONS": {"isolation_level": "Read Committed"}}, []),
        ("postgresql", {"OPTIONS": {}}, []),
    ],
)
def test_settings_that_break_bookings_are_refused(
    monkeypatch: pytest.MonkeyPatch, vendor: str, changes: dict[str, Any], found: list[str]
) -> None:
    assert problems(monkeypatch, vendor, **changes) == found
