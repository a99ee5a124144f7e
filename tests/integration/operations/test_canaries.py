"""That the trap of conftest springs: each of these tests logs what no test may."""

import logging
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest
from django.utils import timezone

from medicare_django.accounts import codes, password_reset, tokens
from medicare_django.accounts.models import UserProfile
from tests.integration.canaries import Trap, personal_in_file
from tests.integration.factories import browser_of, make_patient, make_report

pytestmark = pytest.mark.django_db

ours = logging.getLogger("medicare_django.somewhere")


@pytest.fixture
def patient() -> UserProfile:
    return make_patient(
        name="Noor Haddad",
        email="noor@example.net",
        phone_number="+493012345678",
        password="x9" * 8,
    )


@pytest.mark.parametrize(
    "said", ["Noor Haddad", "noor@example.net", "+493012345678", "x9" * 8, "<Noor Haddad>!"]
)
def test_what_tells_of_a_person_is_caught(trap: Trap, patient: UserProfile, said: str) -> None:
    ours.warning("Somebody came: %s", said)
    assert [each for each in trap.take() if each in said]


def test_a_code_is_caught_and_no_number_that_contains_it(trap: Trap, patient: UserProfile) -> None:
    patient.is_email_verified = False
    patient.save()
    code = codes.issue(patient, timezone.now())
    assert code is not None
    text = codes.code_text(code)
    ours.warning("Code %s is out", text)
    assert trap.take() == [text]
    trap.watch_for(text)
    ours.warning("Mail 1%s is out", text)
    assert trap.take() == []


@pytest.mark.parametrize(
    "make",
    [
        lambda user: tokens.start_login(user, timezone.now()).access,
        lambda user: tokens.start_login(user, timezone.now()).refresh,
        password_reset.make_token,
        password_reset.make_invitation,
    ],
)
def test_tokens_are_caught(
    trap: Trap, patient: UserProfile, make: Callable[[UserProfile], str]
) -> None:
    token = make(patient)
    ours.warning("Refused: %s", token)
    assert trap.take() == [token]


def test_the_key_of_a_session_is_caught(trap: Trap, patient: UserProfile) -> None:
    key = browser_of(patient).session.session_key
    ours.warning("Session %s is over", key)
    assert trap.take() == [key]


def test_what_a_report_says_is_caught(trap: Trap, patient: UserProfile) -> None:
    report = make_report(patient)
    ours.warning("Cannot read %s, %s", report.file_name, report.report)
    assert set(trap.take()) == {report.file_name, report.report}


def test_others_are_judged_by_what_the_masks_leave(trap: Trap, patient: UserProfile) -> None:
    others = logging.getLogger("somebody.else")
    others.warning("Refused: noor@example.net at /set-password/abc")
    assert trap.take() == []
    trap.watch_for("Noor Haddad")
    others.warning("Refused: Noor Haddad")
    assert trap.take() == ["Noor Haddad"]


def test_the_trap_listens_to_all_threads(trap: Trap, patient: UserProfile) -> None:
    ours.warning("Before them")
    threads = [Thread(target=ours.warning, args=("to %s", patient.email)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=10)
    assert trap.take() == [patient.email]


def test_what_nobody_hears_is_not_logged(trap: Trap, patient: UserProfile) -> None:
    ours.debug("Somebody came: %s", patient.email)
    assert trap.take() == []


def test_the_log_of_a_process_is_searched(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("eyJhbG.eyJz.sig\nGET /set-password/abc.def/ HTTP/1.1\nto ada@example.org\n")
    assert personal_in_file(log, None) == [
        "eyJhbG.eyJz.sig",
        "/set-password/abc.def/",
        "ada@example.org",
    ]
    log.write_text("/set-password/[token] to [email]")
    assert personal_in_file(log, None) == []
