from datetime import timedelta
from time import perf_counter
from typing import Any
from unittest.mock import patch

import pytest
from django.utils import timezone
from time_machine import travel

from medicare_django.accounts.codes import code_text
from medicare_django.accounts.models import OneTimeCode, UserProfile
from medicare_django.accounts.pace import PACE
from medicare_django.accounts.password_reset import make_token, reset_password
from medicare_django.accounts.tokens import end_logins
from medicare_django.notifications.models import Kind, Notification
from tests.integration.api_client import Answer, get, log_in, mailed_code, post
from tests.integration.factories import PASSWORD, make_patient, make_user

pytestmark = pytest.mark.django_db
NEW = "a quite different one"


def confirm(token: str, password: str = NEW) -> Answer:
    return post("password/reset/confirm/", {"token": token, "password": password})


def test_asking_for_a_reset_answers_the_same_for_everybody() -> None:
    known, gone = make_patient(), make_patient(is_active=False)
    answers = [
        post("password/reset/", {"email": email})
        for email in (known.email.upper(), known.email, gone.email, "nobody@example.org")
    ]
    assert {answer.status for answer in answers} == {200}
    assert all(answer.body == answers[0].body for answer in answers)
    mail = Notification.objects.get()  # one a minute
    assert (mail.kind, mail.recipient_id, mail.params) == (Kind.PASSWORD_RESET, known.pk, {})
    assert mail.expires_at is not None
    assert timedelta(minutes=59) < mail.expires_at - timezone.now() <= timedelta(hours=1)


def test_ten_resets_a_day_are_mailed_at_most_and_one_at_a_time() -> None:
    user, start = make_patient(), timezone.now()
    for minute in (0, 2):
        with travel(start + timedelta(minutes=minute)):
            post("password/reset/", {"email": user.email})
    assert Notification.objects.count() == 1  # it is still on its way
    for hour in range(2, 16):  # an expired one is not waited for
        with travel(start + timedelta(minutes=61 * hour)):
            post("password/reset/", {"email": user.email})
    assert Notification.objects.count() == 10
    with travel(start + timedelta(hours=26)):
        post("password/reset/", {"email": user.email})
    assert Notification.objects.count() == 11


@pytest.mark.parametrize("path", ["password/reset/", "resend-otp/", "verify-email/"])
def test_time_does_not_tell_who_has_an_account(path: str) -> None:
    for email in (make_patient().email, make_user().email, "nobody@example.org"):
        body = {"email": email, "otp": "000000"} if path == "verify-email/" else {"email": email}
        started = perf_counter()
        post(path, body)
        assert perf_counter() - started >= PACE


def test_a_login_does_not_void_a_reset_token() -> None:
    user = make_patient()
    token = make_token(user)
    log_in(user)
    assert confirm(token).status == 200


def change(token: str) -> Answer:
    body = {"old_password": PASSWORD, "new_password": NEW}
    return post("password/change/", body, token=token)


def test_a_change_does_not_undo_a_reset_that_came_first() -> None:
    user = make_patient()
    token = log_in(user)["access"]
    reset = make_token(user)

    def meanwhile(*_: Any) -> None:
        reset_password(reset, "the password of the reset")

    with patch("medicare_django.api.passwords.refuse_weak_password", side_effect=meanwhile):
        answer = change(token)
    assert answer.status == 401
    log_in(user, "the password of the reset")


def test_a_login_that_has_ended_meanwhile_changes_no_password() -> None:
    user = make_patient()
    token = log_in(user)["access"]

    def meanwhile(*_: Any) -> None:
        end_logins(user, timezone.now())

    with patch("medicare_django.api.passwords.refuse_weak_password", side_effect=meanwhile):
        answer = change(token)
    assert answer.status == 401
    log_in(user)


def test_a_reset_sets_the_password_verifies_and_ends_every_login() -> None:
    user = make_user()
    before = log_in(user)
    user.refresh_from_db()
    assert confirm(make_token(user)).status == 200
    assert get("profile/", token=before["access"]).status == 401
    assert log_in(user, NEW)["user"]["is_email_verified"] is True


def test_a_reset_token_works_once() -> None:
    user = make_patient()
    token = make_token(user)
    assert confirm(token).status == 200
    again = confirm(token, "yet another password")
    assert (again.status, list(again.errors)) == (400, ["token"])
    log_in(user, NEW)


def test_a_weak_password_does_not_use_the_token_up() -> None:
    token = make_token(make_patient())
    weak = confirm(token, "short")
    assert (weak.status, list(weak.errors)) == (400, ["password"])
    assert confirm(token).status == 200


def test_a_registration_of_somebody_else_does_not_void_a_reset_token() -> None:
    user = make_user(is_email_verified=False)
    token = make_token(user)
    person = {"name": "Somebody", "email": user.email}
    words = dict.fromkeys(("password", "confirm_password"), "another long phrase")
    assert post("register/", person | words).status == 201
    asked = {"token": token, "password": "the owner's own phrase"}
    assert post("password/reset/confirm/", asked).status == 200
    assert post("password/reset/confirm/", asked).status == 400
    user.refresh_from_db()
    assert user.is_email_verified
    assert user.check_password(asked["password"])


def test_a_reset_token_lives_for_an_hour() -> None:
    token = make_token(make_patient())
    with travel(timezone.now() + timedelta(minutes=61)):
        assert confirm(token).status == 400
    with travel(timezone.now() + timedelta(minutes=59)):
        assert confirm(token).status == 200


def test_tokens_that_are_not_ours_are_refused() -> None:
    alice, eve = make_patient(), make_patient()
    secret = make_token(eve).partition(".")[2]
    uid = make_token(alice).partition(".")[0]
    for token in (
        f"{uid}.{secret}",
        uid,
        f".{secret}",
        "x",
        "\u0663.x",
        f"OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5.{secret}",
    ):
        answer = confirm(token)
        assert (answer.status, list(answer.errors)) == (400, ["token"]), token


def test_a_reset_makes_the_code_in_force_useless() -> None:
    user = make_user()
    post("resend-otp/", {"email": user.email})
    code = mailed_code(user.email)
    user.refresh_from_db()
    confirm(make_token(user))
    assert post("verify-email/", {"email": user.email, "otp": code}).status == 400
    assert code_text(OneTimeCode.objects.get()) is None


def test_a_deactivated_account_cannot_be_reset() -> None:
    user = make_patient()
    token = make_token(user)
    UserProfile.objects.update(is_active=False)
    assert confirm(token).status == 400
