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

from medicare_django.configuration import site_url
from medicare_django.environment import Environment, read_file
from medicare_django.scheduling.checks import check_databases
from tests.integration.served_site import free_port

SECRETS = {
    "SECRET_KEY": "".join(map(chr, range(40, 110))),
    "JWT_SIGNING_KEY": "".join(map(chr, range(50, 110))),
    "ALLOWED_HOSTS": "clinic.example",
}
DEMO = {"DEMO": "1"}
LOCKING = {"transaction_mode": "IMMEDIATE"}
UTC = {"init_command": "SET time_zone = '+00:00'"}
FILES = {**DEMO, "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend"}


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
        ("ALLOWED_HOSTS", {**SECRETS, "ALLOWED_HOSTS": "https://clinic.example"}),
        ("ALLOWED_HOSTS", {**SECRETS, "ALLOWED_HOSTS": "clinic.example/"}),
        ("ALLOWED_HOSTS", {**SECRETS, "ALLOWED_HOSTS": "clinic.example:8000"}),
        ("ALLOWED_HOSTS", {**SECRETS, "ALLOWED_HOSTS": "a.example b.example"}),
        ("ALLOWED_HOSTS", {**SECRETS, "ALLOWED_HOSTS": "clinic.example,*"}),
        ("ALLOWED_HOSTS", {**DEMO, "ALLOWED_HOSTS": "localhost,clinic.example"}),
        ("ALLOWED_HOSTS", {**DEMO, "ALLOWED_HOSTS": "*"}),
        ("DEMO", {"DEMO": "perhaps"}),
        ("DEBUG", {**DEMO, "DEBUG": "2"}),
        ("DEBUG", {**DEMO, "DEBUG": "1"}),
        ("PORT", {**DEMO, "PORT": "abc"}),
        ("PORT", {**DEMO, "PORT": "65536"}),
        ("DATABASE_URL", {**DEMO, "DATABASE_URL": "postgres://clinic@db/clinic"}),
        ("DATABASE_URL", {**DEMO, "DATABASE_URL": "nonsense://x"}),
        ("DATABASE_URL", {**DEMO, "DATABASE_URL": "nonsense"}),
        ("DATABASE_URL", {**DEMO, "DATABASE_URL": "sqlite://:memory:"}),
        ("DATABASE_URL", {**DEMO, "DATABASE_URL": "sqlite:///"}),
        ("DATABASE_URL", {**DEMO, "DATABASE_URL": "sqlite:clinic.sqlite3"}),
        ("DATABASE_URL", {**DEMO, "DATABASE_URL": "sqlite://var/clinic.sqlite3"}),
        ("DATABASE_URL", {**DEMO, "DATABASE_URL": "sqlite:////proc/x/y"}),
        ("DATABASE_URL", {**DEMO, "DATABASE_URL": "sqlite:///src"}),
        ("DATABASE_URL", {**DEMO, "DATABASE_URL": "sqlite:///clinic%00.sqlite3"}),
        ("DATABASE_URL", {**DEMO, "DATABASE_URL": "sqlite:///clinic.sqlite3?timeout=5"}),
        ("DATABASE_URL", {**DEMO, "DATABASE_URL": "sqlite:///clinic.sqlite3?mode=ro&x=y"}),
        ("DATABASE_URL", {**DEMO, "DATABASE_URL": "sqlite:///clinic#1.sqlite3"}),
        ("DATABASE_URL", {**SECRETS, "DATABASE_URL": "postgres://db:port/clinic"}),
        ("DATABASE_URL", {**SECRETS, "DATABASE_URL": "postgres://clinic@[db/clinic"}),
        ("DATABASE_URL", {**SECRETS, "DATABASE_URL": "mysql://clinic@db"}),
        ("DATABASE_URL", {**SECRETS, "DATABASE_URL": "postgres://db/clinic?answer_timeout=0"}),
        ("DATABASE_URL", {**SECRETS, "DATABASE_URL": "postgres://db/clinic?answer_timeout=true"}),
        ("DATABASE_URL", {**SECRETS, "DATABASE_URL": "mysql://db/clinic?read_timeout=soon"}),
        ("DATABASE_URL", {**SECRETS, "DATABASE_URL": "oracle://clinic@db/clinic"}),
        ("DATABASE_URL", {**SECRETS, "DATABASE_URL": "mssql://clinic@db/clinic"}),
        ("REDIS_URL", {**DEMO, "REDIS_URL": "localhost:6379"}),
        ("SITE_URL", {**SECRETS, "SITE_URL": "clinic.example"}),
        ("SITE_URL", {**SECRETS, "SITE_URL": "http://clinic.example"}),
        ("SITE_URL", {**SECRETS, "SITE_URL": "https://clinic.example/"}),
        ("TIME_ZONE", {**DEMO, "TIME_ZONE": "Europe/Berlino"}),
        ("TIME_ZONE", {**DEMO, "TIME_ZONE": "../etc"}),
        ("TIME_ZONE", {**DEMO, "TIME_ZONE": "Factory"}),
        ("TIME_ZONE", {**DEMO, "TIME_ZONE": "localtime"}),
        ("SLOT_MINUTES", {**DEMO, "SLOT_MINUTES": "7"}),
        ("SLOT_MINUTES", {**DEMO, "SLOT_MINUTES": "485"}),
        ("SLOT_MINUTES", {**DEMO, "SLOT_MINUTES": "half an hour"}),
        ("BOOKING_NOTICE_MINUTES", {**DEMO, "BOOKING_NOTICE_MINUTES": "-1"}),
        ("BOOKING_HORIZON_DAYS", {**DEMO, "BOOKING_HORIZON_DAYS": "0"}),
        ("BOOKING_CANCEL_CUTOFF_MINUTES", {**DEMO, "BOOKING_CANCEL_CUTOFF_MINUTES": "43201"}),
        ("EMAIL_BACKEND", {**DEMO, "EMAIL_BACKEND": "pigeons"}),
        ("EMAIL_BACKEND", {**DEMO, "EMAIL_BACKEND": ".."}),
        ("EMAIL_BACKEND", {**DEMO, "EMAIL_BACKEND": "os.path"}),
        ("EMAIL_BACKEND", {**DEMO, "EMAIL_BACKEND": "os.getcwd"}),
        ("EMAIL_BACKEND", {**DEMO, "EMAIL_BACKEND": "pathlib.Path"}),
        ("EMAIL_FILE_PATH", FILES),
        ("EMAIL_FILE_PATH", {**FILES, "EMAIL_FILE_PATH": "/proc/x"}),
        ("EMAIL_FILE_PATH", {**FILES, "EMAIL_FILE_PATH": "manage.py"}),
        ("EMAIL_PORT", {**DEMO, "EMAIL_PORT": "smtp"}),
        ("EMAIL_USE_TLS", {**DEMO, "EMAIL_USE_TLS": "maybe"}),
        ("DEFAULT_FROM_EMAIL", {**DEMO, "DEFAULT_FROM_EMAIL": "the clinic"}),
        ("DEFAULT_FROM_EMAIL", {**DEMO, "DEFAULT_FROM_EMAIL": "Medicare <a@b"}),
        ("DEFAULT_FROM_EMAIL", {**DEMO, "DEFAULT_FROM_EMAIL": "<a b@c>"}),
        ("DEFAULT_FROM_EMAIL", {**DEMO, "DEFAULT_FROM_EMAIL": "a@b, c@d"}),
        ("DEFAULT_FROM_EMAIL", {**DEMO, "DEFAULT_FROM_EMAIL": "A <a@b>\r\nBcc: c@d"}),
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


def test_a_database_that_is_not_there_is_one_line_without_its_password(site: Path) -> None:
    address = f"postgres://user:secret@127.0.0.1:{free_port()}/clinic"
    done = start(site, "manage.py", "migrate", **SECRETS, DATABASE_URL=address)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert done.stderr.startswith("Medicare cannot use its database: ")
    assert "secret" not in done.stderr


def test_keys_that_cannot_be_kept_are_one_line(site: Path) -> None:
    (site / "var").write_text("a file where the folder should be")
    done = start(site, "manage.py", "check", **DEMO)
    assert done.stderr.startswith("Medicare cannot start: DEMO cannot keep its keys in ")
    assert len(done.stderr.splitlines()) == 1


def test_a_server_that_imports_the_site_is_told_the_same(site: Path) -> None:
    done = start(site, "-c", "import medicare_django.wsgi")
    assert done.returncode == 1
    assert done.stderr.startswith("Medicare cannot start: SECRET_KEY ")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        (b"# settings\nDEMO=1\nTIME_ZONE\n", "line 3 is not of the form NAME=value."),
        (b"TIME_ZONE='UTC\n", "line 1 has a quote that does not end its value."),
        (b"\nTIME_ZONE='UTC' or so\n", "line 2 has a quote that does not end its value."),
        ("DEFAULT_FROM_EMAIL=M\xfcller <m@localhost>".encode("latin-1"), "must be text in UTF-8."),
    ],
)
def test_what_is_wrong_with_the_file_is_said(site: Path, written: bytes, complaint: str) -> None:
    (site / ".env").write_bytes(written)
    done = start(site, "manage.py", "check")
    assert done.stderr == f"Medicare cannot start: .env {complaint}\n"


@pytest.mark.parametrize(
    ("line", "zone"),
    [
        ("TIME_ZONE=Europe/Berlin", "Europe/Berlin"),
        ("TIME_ZONE = Europe/Berlin\t# ours", "Europe/Berlin"),
        ('export TIME_ZONE="Europe/Berlin" # ours', "Europe/Berlin"),
        ("TIME_ZONE='Europe/Berlin'", "Europe/Berlin"),
        ("TIME_ZONE='Europe/Berlin'\r", "Europe/Berlin"),
        ("TIME_ZONE=  # not yet", "UTC"),
        ("TIME_ZONE=", "UTC"),
        ("TIME_ZONE=''", "UTC"),
    ],
)
def test_a_line_of_the_file_may_have_quotes_and_a_comment(
    tmp_path: Path, line: str, zone: str
) -> None:
    file = tmp_path / ".env"
    file.write_bytes(f"\ufeff# from Windows\n{line}\n".encode())
    assert Environment(read_file(file)).text("TIME_ZONE", "UTC") == zone


def test_the_environment_wins_over_the_file(site: Path) -> None:
    (site / ".env").write_text(
        "export DEMO=1\nTIME_ZONE='Europe/Berlin'\nSLOT_MINUTES=20  # short\nEMAIL_PORT=\n"
    )
    names = ("TIME_ZONE", "SLOT_MINUTES", "EMAIL_PORT")
    assert values(site, *names) == ["Europe/Berlin", 20, 25]
    assert values(site, *names, TIME_ZONE="Asia/Tokyo") == ["Asia/Tokyo", 20, 25]


def test_production_is_clean_by_the_deployment_check(site: Path) -> None:
    check = ("-W", "error", "manage.py", "check", "--deploy", "--fail-level=WARNING")
    done = start(site, *check, **SECRETS, DEFAULT_FROM_EMAIL="m@clinic.example")
    assert (done.returncode, done.stderr) == (0, "")
    done = start(site, *check, **SECRETS)
    assert done.returncode == 1
    assert "System check identified 1 issue" in done.stderr
    assert "Set DEFAULT_FROM_EMAIL to one of your own" in done.stderr
    names = ("DEBUG", "ALLOWED_HOSTS", "EMAIL_BACKEND")
    backend = "django.core.mail.backends.smtp.EmailBackend"
    assert values(site, *names, **SECRETS) == [False, ["clinic.example"], backend]


def test_the_demo_keeps_its_keys_to_itself_and_stays_at_home(site: Path) -> None:
    names = ("SECRET_KEY", "JWT_SIGNING_KEY", "ALLOWED_HOSTS", "DEBUG", "EMAIL_BACKEND")
    first = values(site, *names, **DEMO)
    assert first == values(site, *names, **DEMO)
    assert first[2:] == [
        ["127.0.0.1", "localhost", "[::1]"],
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


@pytest.mark.parametrize(
    ("scheme", "drivers", "engine"),
    [
        ("mariadb", ["MySQLdb", "pymysql"], "django.db.backends.mysql"),
        ("mysql", ["MySQLdb", "pymysql"], "django.db.backends.mysql"),
        ("postgres", ["psycopg"], "medicare_django.postgresql"),
        ("postgresql", ["psycopg"], "medicare_django.postgresql"),
    ],
)
def test_a_database_server_needs_its_driver(
    site: Path, scheme: str, drivers: list[str], engine: str
) -> None:
    env = {**SECRETS, "DATABASE_URL": f"{scheme}://clinic:secret@db:7777/clinic"}
    for driver in drivers:
        (site / "src" / f"{driver}.py").write_text("raise ImportError\n")
    done = start(site, "manage.py", "check", **env)
    assert done.stderr.startswith("Medicare cannot start: DATABASE_URL needs the package ")
    assert "secret" not in done.stderr
    for driver in drivers:
        (site / "src" / f"{driver}.py").unlink()
    (databases,) = values(site, "DATABASES", **env)
    assert databases["default"]["ENGINE"] == engine
    assert databases["default"]["PORT"] == 7777


@pytest.mark.parametrize(
    ("scheme", "option"), [("postgres", "answer_timeout"), ("mysql", "read_timeout")]
)
def test_how_long_an_answer_is_waited_for_may_stand_in_the_address(
    site: Path, scheme: str, option: str
) -> None:
    address = f"{scheme}://clinic@db/clinic"
    found = [
        values(site, "DATABASES", **SECRETS, DATABASE_URL=address + more)[0]["default"]["OPTIONS"]
        for more in ("", f"?{option}=2")
    ]
    assert found == [{**found[0], option: 30}, {**found[0], option: 2}]


@pytest.mark.parametrize(
    "sender", ["m@clinic.example", "Praxis M\xfcller <m@localhost>", '"Who, Dr." <dr.who+x@a.b>']
)
def test_a_sender_is_one_address_with_or_without_a_name(site: Path, sender: str) -> None:
    assert values(site, "DEFAULT_FROM_EMAIL", **DEMO, DEFAULT_FROM_EMAIL=sender) == [sender]


def test_hosts_may_be_addresses_and_whole_domains(site: Path) -> None:
    hosts = "clinic.example,.clinic.example,10.0.0.7,[2001:db8::7]"
    assert values(site, "ALLOWED_HOSTS", **{**SECRETS, "ALLOWED_HOSTS": hosts}) == [
        hosts.split(",")
    ]


@pytest.mark.parametrize(
    ("hosts", "url"),
    [
        ("clinic.example,www.clinic.example", "https://clinic.example"),
        (".clinic.example,www.clinic.example", "https://www.clinic.example"),
        ("localhost,10.0.0.7,[2001:db8::7],clinic.example", "https://clinic.example"),
        ("127.0.0.1,.clinic.example", "https://clinic.example"),
        ("10.0.0.7,.clinic.example", "https://clinic.example"),
        ("10.0.0.7", "https://10.0.0.7"),
        ("[2001:db8::7]", "https://[2001:db8::7]"),
    ],
)
def test_links_in_mails_lead_to_a_name_of_the_site(hosts: str, url: str) -> None:
    assert site_url(Environment({}), hosts.split(","), demo=False, port=8000) == url


def test_links_in_mails_lead_to_where_the_demo_is_served(site: Path) -> None:
    assert values(site, "SITE_URL", **DEMO) == ["http://127.0.0.1:8000"]
    env = {**DEMO, "PORT": "8123", "ALLOWED_HOSTS": "127.0.0.1,localhost"}
    assert values(site, "SITE_URL", **env) == ["http://127.0.0.1:8123"]
    assert site_url(Environment({}), [".localhost"], demo=True, port=80) == "http://localhost:80"
    assert values(site, "SITE_URL", **SECRETS) == ["https://clinic.example"]
    chosen = "https://www.clinic.example:8443"
    assert values(site, "SITE_URL", **SECRETS, SITE_URL=chosen) == [chosen]


def test_folders_that_are_named_are_made_in_the_site(site: Path) -> None:
    names = ("EMAIL_FILE_PATH", "MEDIA_ROOT")
    env = {**FILES, "EMAIL_FILE_PATH": "sent/mails", "MEDIA_ROOT": "uploads"}
    assert values(site, *names, **env) == [str(site / "sent" / "mails"), str(site / "uploads")]
    assert (site / "sent" / "mails").is_dir()


def test_an_installed_site_keeps_its_things_where_it_is_started(site: Path) -> None:
    (site / "manage.py").unlink()
    clinic = site / "clinic"
    clinic.mkdir()
    (clinic / ".env").write_text("DEMO=1\nTIME_ZONE=Asia/Tokyo\n")
    found = values(clinic, "BASE_DIR", "TIME_ZONE", PYTHONPATH=str(site / "src"))
    assert found == [str(clinic), "Asia/Tokyo"]
    assert sorted(path.name for path in clinic.iterdir()) == [".env", "var"]
    assert not (site / "var").exists()


def test_the_example_is_the_demo_with_every_setting_at_its_default(site: Path) -> None:
    shutil.copy(Path(settings.BASE_DIR) / ".env.example", site / ".env")
    example = read_file(site / ".env")
    names = (*(set(example) - {"DATABASE_URL"}), "DATABASES")
    found = values(site, *names)
    (site / ".env").unlink()
    assert found == values(site, *names, **DEMO)


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
        ("sqlite", {"ATOMIC_REQUESTS": True, "OPTIONS": LOCKING}, ["scheduling.E001"]),
        ("sqlite", {"OPTIONS": {}}, ["scheduling.E002"]),
        ("sqlite", {"OPTIONS": {"transaction_mode": "DEFERRED"}}, ["scheduling.E002"]),
        ("mysql", {"OPTIONS": {"isolation_level": "repeatable read", **UTC}}, ["scheduling.E003"]),
        ("mysql", {"OPTIONS": {"isolation_level": None, **UTC}}, ["scheduling.E003"]),
        ("mysql", {"OPTIONS": {"init_command": "SET time_zone = 'SYSTEM'"}}, ["scheduling.E004"]),
        ("mysql", {"OPTIONS": {}}, ["scheduling.E004"]),
        ("postgresql", {"OPTIONS": {"isolation_level": 3}}, ["scheduling.E003"]),
        ("mysql", {"OPTIONS": {"isolation_level": "Read Committed", **UTC}}, []),
        ("postgresql", {"OPTIONS": {}}, []),
    ],
)
def test_settings_that_break_bookings_are_refused(
    monkeypatch: pytest.MonkeyPatch, vendor: str, changes: dict[str, Any], found: list[str]
) -> None:
    assert problems(monkeypatch, vendor, **changes) == found
