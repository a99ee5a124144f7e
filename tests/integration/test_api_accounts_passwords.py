from datetime import timedelta

import pytest
from django.utils import timezone
from time_machine import travel

from medicare_django.accounts.codes import code_text
from medicare_django.accounts.models import OneTimeCode, UserProfile
from medicare_django.accounts.password_reset import make_token
from medicare_django.notifications.models import Kind, Notification
from tests.integration.api_client import Answer, get, log_in, mailed_code, post
from tests.integration.factories import make_patient, make_user

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
