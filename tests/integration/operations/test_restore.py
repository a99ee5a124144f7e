"""A backup as docs/operations.md makes it, restored into a database of its own."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone

from binaries import path_of
from medicare_core.ids import DoctorId, PatientId
from medicare_django.accounts.models import UserProfile
from medicare_django.scheduling.wiring import booking_service
from tests.integration.database import address_of
from tests.integration.factories import PASSWORD, make_doctor, make_hours, make_patient

ROOT = Path(__file__).parents[3]
RESTORED = "test_medicare_restored"
Known = dict[str, Any]
LOOK = """
import json, sys
import django
django.setup()
from django.apps import apps
from django.contrib.auth import authenticate
from django.core.management import call_command
from django.http import HttpRequest
call_command("check_bookings", stdout=sys.stderr)
call_command("migrate", check_unapplied=True, stdout=sys.stderr)
email, password = sys.argv[1:]
request = HttpRequest()
request.META["REMOTE_ADDR"] = "127.0.0.1"
print(json.dumps({
    "rows": {model._meta.label: model.objects.count() for model in apps.get_models()},
    "names": sorted(apps.get_model("accounts.UserProfile").objects.values_list("name", flat=True)),
    "signed in": authenticate(request, username=email, password=password) is not None,
}))
"""


@pytest.mark.django_db(transaction=True)
def test_what_was_backed_up_is_whole_when_it_is_restored(tmp_path: Path) -> None:
    patient = make_patient(name="Zoë Łukaszewicz 李")
    book_and_cancel(PatientId(patient.pk))
    rows = {model._meta.label: model._default_manager.count() for model in apps.get_models()}
    names = sorted(UserProfile.objects.values_list("name", flat=True))

    url = WAYS[connection.vendor](connection.settings_dict, tmp_path)

    assert look(url, patient.email) == {"rows": rows, "names": names, "signed in": True}
    assert rows["scheduling.Appointment"] == 4
    assert rows["scheduling.OccupiedCell"] == 3 * 30 // 5


def book_and_cancel(patient: PatientId) -> None:
    day, now, doctor = timezone.localdate() + timedelta(days=2), timezone.now(), make_doctor()
    make_hours(doctor, "09:00", "11:00", start_date=day)
    service = booking_service()
    booked = [
        service.book(DoctorId(doctor.pk), patient, slot.starts_at, now=now)
        for slot in service.free_slots(DoctorId(doctor.pk), day, now=now)
    ]
    service.cancel(booked[0].id, now=now)


def restored_sqlite(known: Known, folder: Path) -> str:
    backup = folder / "backup.sqlite3"
    with closing(sqlite3.connect(known["NAME"])) as live, closing(sqlite3.connect(backup)) as copy:
        live.backup(copy)  # as `.backup` of the program sqlite3 does
    return address_of({**known, "NAME": str(backup)})


def restored_postgres(known: Known, folder: Path) -> str:
    backup, url = folder / "backup.dump", address_of(known)
    dump = ["--format=custom", "--no-owner", f"--file={backup}", f"--dbname={url}"]
    run("postgres", "pg_dump", *dump)
    run("postgres", "psql", "-qX", url, "-c", f"DROP DATABASE IF EXISTS {RESTORED}")
    run("postgres", "psql", "-qX", url, "-c", f"CREATE DATABASE {RESTORED}")
    url = address_of({**known, "NAME": RESTORED})
    run("postgres", "pg_restore", "--no-owner", "--exit-on-error", f"--dbname={url}", str(backup))
    return url


def restored_mysql(known: Known, folder: Path) -> str:
    backup = folder / "backup.sql"
    to_server = [f"--host={known['HOST']}", f"--port={known['PORT']}", f"--user={known['USER']}"]
    safe = ["--single-transaction", "--default-character-set=utf8mb4"]
    run("mariadb", "mariadb-dump", *to_server, *safe, f"--result-file={backup}", known["NAME"])
    again = f"CREATE OR REPLACE DATABASE {RESTORED} CHARACTER SET utf8mb4"
    run("mariadb", "mariadb", *to_server, "-e", again)
    utf8 = "--default-character-set=utf8mb4"
    run("mariadb", "mariadb", *to_server, utf8, RESTORED, "-e", f"source {backup}")
    return address_of({**known, "NAME": RESTORED})


WAYS: dict[str, Callable[[Known, Path], str]] = {
    "sqlite": restored_sqlite,
    "postgresql": restored_postgres,
    "mysql": restored_mysql,
}


def run(server: str, program: str, *arguments: str) -> None:
    subprocess.run([path_of(server, program), *arguments], check=True, timeout=60)


def look(url: str, email: str) -> Any:
    environment = {**os.environ, "DATABASE_URL": url, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
    done = subprocess.run(
        [sys.executable, "-c", LOOK, email, PASSWORD],
        env=environment,
        stdout=subprocess.PIPE,
        check=True,
        timeout=60,
    )
    return json.loads(done.stdout)
