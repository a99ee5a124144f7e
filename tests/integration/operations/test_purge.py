import os
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.utils import timezone
from pytest_django import Settings

from medicare_django import celery_app
from medicare_django.accounts import codes, registration, removal, tokens
from medicare_django.accounts.models import Login, OneTimeCode, RefreshToken, UserProfile
from medicare_django.notifications import delivery
from medicare_django.notifications.models import Kind, Notification, State
from medicare_django.notifications.tasks import sweep as sweep_task
from medicare_django.operations.purge import STEPS, purge, purge_in_background
from medicare_django.operations.tasks import purge as purge_task
from tests.integration.factories import (
    browser_of,
    client_of,
    make_doctor,
    make_patient,
    make_report,
)

pytestmark = pytest.mark.django_db
NOW = timezone.now()
DAY = timedelta(days=1)


def removed(step: str) -> int | None:
    return purge(NOW)[step]


def issue_code(user: UserProfile, age: timedelta, **fields: Any) -> OneTimeCode:
    user.otp = ""  # no minute has to pass between two
    user.save()
    code = codes.issue(user, NOW - age)
    assert code is not None
    OneTimeCode.objects.filter(pk=code.pk).update(**fields)
    return code


def make_login(age: timedelta, **fields: Any) -> Login:
    user = make_patient()
    mark = user.get_session_auth_hash()
    return Login.objects.create(user=user, password_mark=mark, started_at=NOW - age, **fields)


def make_token(login: Login, expires_in: timedelta) -> RefreshToken:
    jti = f"{RefreshToken.objects.count():032}"
    return RefreshToken.objects.create(jti=jti, login=login, expires_at=NOW + expires_in)


def make_mail(state: State, age: timedelta, **fields: Any) -> Notification:
    fields = {"kind": Kind.PASSWORD_RESET, "next_attempt_at": NOW - age} | fields
    return Notification.objects.create(recipient=make_patient(), state=state, **fields)


def age_file(path: Path, age: timedelta) -> None:
    when = (NOW - age).timestamp()
    os.utime(path, (when, when))


def test_codes_are_kept_for_three_days() -> None:
    user = make_patient(is_email_verified=False)
    kept = [issue_code(user, age) for age in (0 * DAY, DAY, 2.9 * DAY)]
    issue_code(user, 3.1 * DAY)
    assert removed("codes") == 1
    assert set(OneTimeCode.objects.all()) == set(kept)
    assert removed("codes") == 0


def test_of_a_used_code_stays_that_it_was_used_without_an_address() -> None:
    user = make_patient(email="ada@example.org", is_email_verified=False)
    login = make_login(30 * DAY)
    issue_code(user, 4 * DAY, used_at=NOW - 4 * DAY, login=login)
    assert not registration.is_pristine(user)
    assert removed("codes") == 1
    row = OneTimeCode.objects.get()
    assert [row.email, row.email_canonical, row.account_email, row.nonce] == [""] * 4
    assert row.password_mark == ""
    assert not Login.objects.filter(pk=login.pk).exists()
    assert not registration.is_pristine(user)
    assert removed("codes") == 0


def test_refresh_tokens_go_when_they_have_expired() -> None:
    login = make_login(0 * DAY)
    kept = make_token(login, -timedelta(minutes=50))  # clocks may differ
    make_token(login, -timedelta(minutes=70))
    assert removed("refresh tokens") == 1
    assert RefreshToken.objects.get() == kept


@pytest.mark.parametrize(
    ("age", "ended", "token", "is_kept"),
    [
        (0 * DAY, None, None, True),
        (0.9 * DAY, None, None, True),
        (2 * DAY, None, None, False),
        (30 * DAY, None, -DAY, False),
        (30 * DAY, None, 0.1 * DAY, True),
        (30 * DAY, 0.5 * DAY, DAY, True),
        (30 * DAY, 2 * DAY, DAY, False),
    ],
)
def test_logins_go_when_nothing_can_continue_them(
    age: timedelta, ended: timedelta | None, token: timedelta | None, is_kept: bool
) -> None:
    login = make_login(age, ended_at=None if ended is None else NOW - ended)
    if token is not None:
        make_token(login, token)
    assert removed("logins") == (0 if is_kept else 1)
    assert Login.objects.exists() is is_kept


def test_a_login_stays_for_as_long_as_a_code_that_it_asked_for() -> None:
    login = make_login(9 * DAY, ended_at=NOW - 8 * DAY)
    issue_code(make_patient(is_email_verified=False), DAY, login=login)
    assert removed("logins") == 0


def test_who_is_logged_in_stays_so() -> None:
    client, browser = client_of(make_patient()), browser_of(make_patient())
    pair = tokens.start_login(make_patient(), NOW)
    assert not any(purge(NOW).values())
    assert client.get("/api/profile/").status_code == 200
    assert browser.get("/profile/").status_code == 200
    tokens.refresh_login(pair.refresh, timezone.now())


def test_sessions_and_tries_go_when_they_are_over() -> None:
    for number, expires_in in enumerate([DAY, -DAY]):
        key, expiry = f"{number:032}", NOW + expires_in
        Session.objects.create(session_key=key, session_data="", expire_date=expiry)
    for name in ("old", "new"):
        tries = {"username": name, "ip_address": "192.0.2.1", "failures_since_start": 1}
        AccessAttempt.objects.create(**tries)
    old = AccessAttempt.objects.filter(username="old")
    old.update(attempt_time=NOW - timedelta(minutes=5))
    counts = purge(NOW)
    assert (counts["sessions"], counts["tries to log in"]) == (1, 1)
    assert Session.objects.get().expire_date == NOW + DAY
    assert AccessAttempt.objects.get().username == "new"


def test_mails_go_a_month_after_they_were_settled_and_failed_ones_after_three() -> None:
    kept = [
        make_mail(State.SENT, 29 * DAY),
        make_mail(State.DROPPED, 29 * DAY),
        make_mail(State.FAILED, 89 * DAY),
        make_mail(State.PENDING, 200 * DAY),
        make_mail(State.PENDING, -200 * DAY, kind=Kind.REMINDER),
    ]
    for state, age in ((State.SENT, 31), (State.DROPPED, 31), (State.FAILED, 91)):
        make_mail(state, age * DAY)
    assert removed("mails") == 3
    assert set(Notification.objects.all()) == set(kept)


def test_many_go_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(removal, "BATCH", 2)
    login = make_login(0 * DAY)
    for hours in range(-8, 0):
        make_token(login, hours * timedelta(hours=1) + timedelta(minutes=30))
    assert removed("refresh tokens") == 7
    assert RefreshToken.objects.count() == 1


def test_what_has_changed_since_it_was_chosen_stays() -> None:
    login = make_login(0 * DAY)
    make_token(login, -DAY)
    kept = make_token(login, -DAY)
    batch = next(removal.in_batches(RefreshToken.objects.filter(expires_at__lt=NOW)))
    RefreshToken.objects.filter(pk=kept.pk).update(expires_at=NOW + DAY)
    batch.delete()
    assert RefreshToken.objects.get() == kept


def test_files_without_a_row_go_after_a_day(media_root: Path) -> None:
    kept = media_root / str(make_report(make_patient()).file)
    age_file(kept, 9 * DAY)
    for name, age in (("old", 1.1 * DAY), ("new", 0.9 * DAY)):
        path = media_root / "reports" / name
        path.write_bytes(b"content")
        age_file(path, age)
    assert removed("report files") == 1
    names = {path.name for path in (media_root / "reports").iterdir()}
    assert names == {kept.name, "new"}
    assert removed("report files") == 0


def test_pictures_of_nobody_go_and_those_of_doctors_stay(media_root: Path) -> None:
    folder = media_root / "doctors"
    folder.mkdir(parents=True)
    for name in ("ada", "nobody"):
        (folder / name).write_bytes(b"picture")
        age_file(folder / name, 2 * DAY)
    doctor = make_doctor()
    type(doctor).objects.filter(pk=doctor.pk).update(image="doctors/ada")
    make_doctor()
    assert removed("pictures") == 1
    assert [path.name for path in folder.iterdir()] == ["ada"]


def test_a_folder_that_belongs_to_another_database_is_left_alone(
    media_root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = media_root / "reports"
    folder.mkdir(parents=True)
    (folder / "file").write_bytes(b"content")
    age_file(folder / "file", 9 * DAY)
    assert removed("report files") == 0
    assert "1 files in reports belong to no row, so none is removed" in caplog.text
    assert (folder / "file").exists()


def test_the_command_says_what_it_removed() -> None:
    make_mail(State.SENT, 31 * DAY)
    said = StringIO()
    call_command("purge", stdout=said)
    lines = said.getvalue().splitlines()
    assert len(lines) == len(STEPS)
    assert {"mails: 1 removed", "codes: 0 removed"} < set(lines)


def test_what_fails_stops_nothing_else_and_is_told(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: Any) -> int:
        raise OperationalError("ada@example.org is locked")

    monkeypatch.setitem(STEPS, "codes", fail)
    make_mail(State.SENT, 31 * DAY)
    said = StringIO()
    with pytest.raises(CommandError):
        call_command("purge", stdout=said)
    assert "codes: failed\n" in said.getvalue()
    assert "mails: 1 removed\n" in said.getvalue()
    assert "No codes could be removed: OperationalError" in caplog.text
    assert "ada@" not in caplog.text


def test_the_background_purge_logs_counts_only(caplog: pytest.LogCaptureFixture) -> None:
    make_mail(State.SENT, 31 * DAY)
    purge_in_background()
    assert "Removed: 1 mails" in caplog.text
    purge_task()
    assert "Removed: nothing" in caplog.text


def test_beat_knows_the_tasks(settings: Settings) -> None:
    entries = settings.CELERY_BEAT_SCHEDULE
    assert {entry["task"] for entry in entries.values()} == {sweep_task.name, purge_task.name}
    assert {sweep_task.name, purge_task.name} <= set(celery_app.tasks)
    sweep = entries["sweep the outbox"]["schedule"]
    assert sweep == timedelta(seconds=delivery.SWEEP_SECONDS)
