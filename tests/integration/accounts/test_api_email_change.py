import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from importlib import import_module
from io import StringIO
from time import perf_counter
from typing import Any
from unittest.mock import patch

import pytest
from django.apps import apps
from django.contrib.auth.hashers import make_password
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone
from time_machine import travel

from medicare_django.accounts import codes, tokens
from medicare_django.accounts.models import OneTimeCode, UserProfile
from medicare_django.accounts.pace import PACE
from medicare_django.accounts.password_reset import make_token, reset_password
from medicare_django.api.profile import ProfileChange
from medicare_django.notifications import delivery
from medicare_django.notifications.models import Kind, Notification
from tests.integration.api_client import Answer, call, get, log_in, mailed_code, post
from tests.integration.factories import (
    PASSWORD,
    browser_of,
    make_admin,
    make_doctor,
    make_patient,
    make_user,
)

pytestmark = pytest.mark.django_db
OLD, NEW = "ada@example.org", "Ada@New.example"
PHRASE = "another long phrase"
MINUTE = timedelta(minutes=1)


def ada(**fields: Any) -> UserProfile:
    return make_patient(**{"email": OLD, "name": "Ada Lovelace", **fields})


def change(user: UserProfile, email: str = NEW, **more: Any) -> Answer:
    token = log_in(UserProfile.objects.get(pk=user.pk))["access"]
    return call("PATCH", "profile/", {"email": email, **more}, token=token)


def prove(code: str, email: str = NEW) -> Answer:
    return post("verify-email/", {"email": email, "otp": code})


def address_of(user: UserProfile) -> str:
    email: str = UserProfile.objects.get(pk=user.pk).email
    return email


def owed(kind: Kind) -> int:
    return Notification.objects.filter(kind=kind).count()


def register(email: str = NEW) -> Answer:
    words = {"password": PASSWORD, "confirm_password": PASSWORD}
    return post("register/", {"name": "Somebody", "email": email, **words})


def test_the_address_changes_once_the_new_one_is_proved() -> None:
    user = ada()
    before = log_in(user)
    answer = call("PATCH", "profile/", {"email": NEW}, token=before["access"])
    assert answer.status == 200
    assert (answer.data["email"], answer.data["is_email_verified"]) == (OLD, True)
    for words in ("code", "/api/verify-email/", "/api/resend-otp/"):
        assert words in answer.body["message"]
    assert "was changed" not in answer.body["message"]
    log_in(user)

    assert prove(mailed_code(NEW), "ada@NEW.example").status == 200
    user.refresh_from_db()
    assert (user.email, user.email_canonical) == (NEW, "ada@new.example")
    assert user.is_email_verified
    assert get("profile/", token=before["access"]).status == 401
    assert post("refresh/", {"refresh": before["refresh"]}).status == 401
    assert get("profile/", token=log_in(user)["access"]).data["email"] == NEW
    assert post("login/", {"email": OLD, "password": PASSWORD}).status == 401


def test_the_code_goes_to_the_new_address_and_a_warning_to_the_old_one() -> None:
    user = ada()
    change(user)
    assert delivery.work_queue() == 2
    warning, code = mail.outbox
    assert (warning.to, code.to) == ([OLD], [NEW])
    assert "Hello Ada Lovelace," in warning.body
    assert "If it was not you" in warning.body
    assert NEW.lower() not in str(warning.message()).lower()
    assert code.body.startswith("Hello,\n")
    assert isinstance(code, mail.EmailMultiAlternatives)
    for text in (code.body, str(code.alternatives[0][0])):
        assert "Ada" not in text
        assert "register" not in text
        assert "If it was not you, do not use the code" in text
    found = re.search(r"\b[0-9]{6}\b", str(code.body))
    assert found is not None
    assert prove(found[0]).status == 200


def test_the_warning_goes_to_the_old_address_even_after_the_change() -> None:
    user = ada()
    change(user)
    prove(mailed_code(NEW))
    delivery.work_queue()
    assert [message.to for message in mail.outbox] == [[OLD]]  # and the used code to nobody


def test_other_mails_go_to_the_old_address_until_then() -> None:
    user = ada()
    change(user)
    post("password/reset/", {"email": OLD})
    delivery.work_queue()
    assert [message.to for message in mail.outbox] == [[OLD], [NEW], [OLD]]


def test_what_is_owed_holds_no_address() -> None:
    change(ada())
    for row in Notification.objects.all():
        assert list(row.params) == ["code"]
        assert "@" not in str(row.params)


def test_other_fields_of_the_same_change_hold_at_once() -> None:
    answer = change(ada(), place="London", name="Ada King")
    assert answer.body["message"].startswith("Your profile was changed. Your e-mail stays")
    assert (answer.data["place"], answer.data["name"], answer.data["email"]) == (
        "London",
        "Ada King",
        OLD,
    )


@pytest.mark.parametrize("email", ["", None, "ada", 1, ["a@example.org"], "x" * 250 + "@x.org"])
def test_what_cannot_be_an_address_is_refused_and_nothing_is_changed(email: Any) -> None:
    user = ada()
    answer = change(user, email, name="Eve")
    assert (answer.status, list(answer.errors)) == (400, ["email"])
    assert UserProfile.objects.get(pk=user.pk).name == "Ada Lovelace"


def test_another_spelling_of_the_own_address_holds_at_once() -> None:
    user = ada()
    earlier = log_in(user)["access"]
    answer = change(user, "Ada@EXAMPLE.org")
    assert answer.body["message"] == "Your profile was changed."
    assert (answer.data["email"], answer.data["is_email_verified"]) == ("Ada@EXAMPLE.org", True)
    assert not Notification.objects.exists()
    assert get("profile/", token=earlier).status == 200


def test_the_own_address_leaves_a_change_that_was_asked_for_as_it_is() -> None:
    user = ada()
    change(user)
    change(user, OLD)
    assert prove(mailed_code(NEW)).status == 200


def test_the_answer_does_not_tell_whose_address_it_is() -> None:
    user = ada()
    make_patient(email="verified@example.org")
    make_user(email="unverified@example.org")
    make_patient(email="gone@example.org", is_active=False)
    token = log_in(user)["access"]
    answers = []
    for who in ("nobody", "verified", "unverified", "gone"):
        body = {"email": f"{who}@example.org"}
        started = perf_counter()
        answers.append(call("PATCH", "profile/", body, token=token))
        assert perf_counter() - started >= PACE
    assert {answer.status for answer in answers} == {200}
    assert all(answer.body == answers[0].body for answer in answers)
    delivery.work_queue()
    # The code for the free address was replaced before it could be sent.
    (told,) = [message for message in mail.outbox if message.to != [OLD]]
    assert told.to == ["verified@example.org"]
    assert "already have an account" in told.subject
    assert owed(Kind.EMAIL_CHANGE) == 4


def test_neither_do_the_codes_that_stay_in_force() -> None:
    user = ada()
    make_patient(email="verified@example.org")
    change(user)
    code = mailed_code(NEW)
    change(user, "verified@example.org")
    assert prove(code).status == 400


@pytest.mark.parametrize("fields", [None, {}, {"is_email_verified": True}])
def test_nor_how_many_codes_are_left_for_the_day(fields: dict[str, bool] | None) -> None:
    user = ada()
    if fields is not None:
        make_user(email=NEW, **fields)
    change(user)
    for minute in range(2, 20, 2):
        with travel(timezone.now() + minute * MINUTE):
            post("resend-otp/", {"email": NEW})
    assert OneTimeCode.objects.filter(user=user).count() == 10
    with travel(timezone.now() + 20 * MINUTE):
        change(user, "another@new.example")
    assert owed(Kind.EMAIL_CHANGE) == 1
    mailed = Notification.objects.filter(kind=Kind.EMAIL_CODE, recipient=user).count()
    assert mailed == (10 if fields is None else 0)


@pytest.mark.parametrize("fields", [{"is_email_verified": True}, {"is_staff": True}])
def test_the_owner_of_an_address_is_told_seldom(fields: dict[str, bool]) -> None:
    make_user(email=NEW, **fields)
    for _ in range(3):
        change(make_patient())
    assert owed(Kind.ACCOUNT_EXISTS) == 1
    assert owed(Kind.EMAIL_CODE) == 0


def test_the_code_for_an_address_that_is_taken_is_of_no_use() -> None:
    user, owner = ada(), make_patient(email=NEW)
    change(user)
    assert prove(mailed_code(NEW)).status == 400
    assert (address_of(user), address_of(owner)) == (OLD, NEW)


def test_an_address_that_somebody_registers_in_between_is_theirs() -> None:
    user = ada()
    change(user)
    code = mailed_code(NEW)
    assert register().status == 201
    theirs = mailed_code(NEW)
    answer = prove(code)
    assert (answer.status, list(answer.errors)) == (400, ["otp"])
    assert address_of(user) == OLD
    assert prove(theirs).status == 200
    assert UserProfile.objects.get(email=NEW).name == "Somebody"


def test_of_two_who_claim_one_address_the_code_says_who_gets_it() -> None:
    first, second = ada(), make_patient()
    change(first)
    code = mailed_code(NEW)
    change(second)
    later = mailed_code(NEW)
    assert prove(code).status == 200
    assert (address_of(first), address_of(second)) == (NEW, second.email)
    assert prove(later).status == 400  # taken by now
    assert address_of(first) == NEW


@pytest.mark.django_db(transaction=True)
def test_of_two_who_prove_one_address_at_once_one_gets_it() -> None:
    users = [make_patient(), make_patient()]
    texts = []
    for user in users:
        change(user)
        texts.append(mailed_code(NEW))

    def prove_one(text: str) -> int:
        try:
            return prove(text).status
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(prove_one, texts)) == [200, 400]
    assert UserProfile.objects.filter(email=NEW).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_claim_each_others_address_do_not_block() -> None:
    users = [make_patient(), make_patient()]
    tokens = [log_in(user)["access"] for user in users]

    def claim(i: int) -> int:
        try:
            body = {"email": users[1 - i].email}
            return call("PATCH", "profile/", body, token=tokens[i]).status
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(claim, range(2))) == [200, 200]
    assert owed(Kind.ACCOUNT_EXISTS) == 2


def test_a_code_for_a_new_address_proves_no_other() -> None:
    user, other = make_user(email=OLD), make_user(email="other@example.org")
    change(user)
    code = mailed_code(NEW)
    assert prove(code, OLD).status == 400
    assert prove(code, other.email).status == 400
    assert not UserProfile.objects.filter(is_email_verified=True).exists()
    assert prove(code).status == 200
    assert address_of(user) == NEW


def test_the_newest_code_wins_whichever_address_it_proves() -> None:
    user = make_user(email=OLD)
    post("resend-otp/", {"email": OLD})
    own = mailed_code(OLD)
    change(user, "typo@new.example")
    typo = mailed_code("typo@new.example")
    change(user)
    assert prove(own, OLD).status == 400
    assert prove(typo, "typo@new.example").status == 400
    assert prove(mailed_code(NEW)).status == 200


def test_an_unproved_old_address_is_not_written_to() -> None:
    change(make_user(email=OLD))
    delivery.work_queue()
    assert [message.to for message in mail.outbox] == [[NEW]]


def test_five_wrong_codes_are_the_most() -> None:
    user = ada()
    change(user)
    code = mailed_code(NEW)
    wrong = f"{(int(code) + 1) % 10**6:06}"
    answers = [prove(wrong) for _ in range(5)]
    answers.append(prove(code))
    answers.append(prove(code, "nobody@example.org"))
    assert {answer.status for answer in answers} == {400}
    assert all(answer.body == answers[0].body for answer in answers)
    assert address_of(user) == OLD


def test_a_code_works_once_and_for_ten_minutes() -> None:
    user = ada()
    change(user)
    code = mailed_code(NEW)
    with travel(timezone.now() + 11 * MINUTE):
        assert prove(code).status == 400
    assert prove(code).status == 200
    assert prove(code).status == 400
    assert address_of(user) == NEW


def test_a_new_code_can_be_had_for_an_address_that_waits() -> None:
    user = ada()
    change(user)
    first = mailed_code(NEW)
    assert post("resend-otp/", {"email": NEW}).status == 200
    assert owed(Kind.EMAIL_CODE) == 1  # less than a minute ago
    with travel(timezone.now() + 30 * MINUTE):  # the first one is too old by then
        answer = post("resend-otp/", {"email": "ADA@new.example"})
        assert answer.body == post("resend-otp/", {"email": "nobody@example.org"}).body
        assert owed(Kind.EMAIL_CODE) == 2
        assert owed(Kind.EMAIL_CHANGE) == 1
        assert prove(first).status == 400
        assert prove(mailed_code(NEW)).status == 200
    assert address_of(user) == NEW


def reset_old(user: UserProfile) -> None:
    reset_password(make_token(UserProfile.objects.get(pk=user.pk)), "a phrase after the reset")


def change_password(user: UserProfile) -> None:
    body = {"old_password": PASSWORD, "new_password": PHRASE}
    assert post("password/change/", body, token=log_in(user)["access"]).status == 200


def set_password_in_admin(user: UserProfile) -> None:
    client = browser_of(make_admin())
    form = {"usable_password": "true", "password1": PHRASE, "password2": PHRASE}
    path = f"/admin/accounts/userprofile/{user.pk}/password/"
    assert client.post(path, form).status_code == 302


def set_password_by_command(user: UserProfile) -> None:
    with patch("getpass.getpass", return_value=PHRASE):
        call_command("changepassword", user.email, stdout=StringIO())


def deactivate(user: UserProfile) -> None:
    UserProfile.objects.filter(pk=user.pk).update(is_active=False)


def move_by_admin(user: UserProfile) -> None:
    client = browser_of(make_admin())
    form = {"email": "right@example.org", "name": user.name, "is_active": "on"}
    path = f"/admin/accounts/userprofile/{user.pk}/change/"
    assert client.post(path, form).status_code == 302


def use_the_code(user: UserProfile) -> None:
    prove(mailed_code(NEW))


def ask_for_another(user: UserProfile) -> None:
    change(user, "another@new.example")


@pytest.mark.parametrize(
    "event",
    [
        reset_old,
        change_password,
        set_password_in_admin,
        set_password_by_command,
        deactivate,
        move_by_admin,
        use_the_code,
        ask_for_another,
    ],
)
def test_a_change_that_is_over_stays_over(event: Any) -> None:
    user = ada()
    change(user)
    code = mailed_code(NEW)
    event(user)
    after = address_of(user)
    mails = owed(Kind.EMAIL_CODE)
    assert prove(code).status == 400
    with travel(timezone.now() + 2 * MINUTE):
        post("resend-otp/", {"email": NEW})
    assert owed(Kind.EMAIL_CODE) == mails
    assert address_of(user) == after


def test_a_stronger_hash_of_the_same_password_keeps_the_change() -> None:
    user = ada()
    UserProfile.objects.update(password=make_password(PASSWORD, salt="short"))
    user.refresh_from_db()
    token = tokens.start_login(user, timezone.now()).access
    assert call("PATCH", "profile/", {"email": NEW}, token=token).status == 200
    log_in(user)
    assert UserProfile.objects.get().password != user.password
    assert prove(mailed_code(NEW)).status == 200


def test_the_own_address_can_be_proved_after_a_change_of_password() -> None:
    """Its code goes to who owns the address, whoever asks for it."""
    register(OLD)
    code = mailed_code(OLD)
    change_password(UserProfile.objects.get())
    assert prove(code, OLD).status == 200


def log_out(user: UserProfile) -> None:
    tokens.end_logins(user, timezone.now())


@pytest.mark.parametrize("event", [log_out, set_password_by_command, deactivate])
@pytest.mark.parametrize("email", [NEW, OLD.upper()])
def test_a_login_that_ends_while_its_request_comes_in_changes_nothing(
    event: Any, email: str
) -> None:
    user = ada()
    read = ProfileChange.read

    def read_slowly(*args: Any, **kwargs: Any) -> Any:
        event(user)
        return read(*args, **kwargs)

    with patch.object(ProfileChange, "read", side_effect=read_slowly):
        answer = change(user, email, name="Eve")
    assert (answer.status, answer.body["status"]) == (401, "Unauthorized")
    user.refresh_from_db()
    assert (user.name, user.email) == ("Ada Lovelace", OLD)
    assert not OneTimeCode.objects.exists()
    assert not Notification.objects.exists()


def test_an_address_that_an_admin_set_right_is_not_undone_by_the_wrong_one() -> None:
    register(OLD)
    code = mailed_code(OLD)
    move_by_admin(UserProfile.objects.get(email=OLD))
    assert prove(code, OLD).status == 400
    user = UserProfile.objects.get(email="right@example.org")
    assert not user.is_email_verified


def test_who_takes_over_an_unverified_account_does_not_get_its_change() -> None:
    register(OLD)
    user = UserProfile.objects.get()
    change(user)
    code = mailed_code(NEW)
    words = dict.fromkeys(("password", "confirm_password"), "another long phrase")
    post("register/", {"name": "Eve", "email": OLD, **words})
    assert prove(code).status == 400
    assert address_of(user) == OLD


def test_a_reset_token_does_not_outlive_the_change() -> None:
    user = ada()
    token = make_token(user)
    change(user)
    prove(mailed_code(NEW))
    body = {"token": token, "password": "a phrase of the old owner"}
    assert post("password/reset/confirm/", body).status == 400
    assert Client().get(f"/set-password/{token}/").status_code == 410


def test_doctors_change_their_address_too() -> None:
    doctor = make_doctor(email=OLD)
    change(doctor.user)
    assert prove(mailed_code(NEW)).status == 200
    assert log_in(UserProfile.objects.get(pk=doctor.user.pk))["user"]["role"] == "doctor"


def test_ten_codes_a_day_are_the_most_for_an_account() -> None:
    user = ada()
    for number in range(12):
        change(user, f"ada{number}@new.example")
    assert owed(Kind.EMAIL_CODE) == owed(Kind.EMAIL_CHANGE) == 10


def test_ten_codes_a_day_are_the_most_for_an_address_that_many_claim() -> None:
    for _ in range(12):
        change(make_patient())
    assert owed(Kind.EMAIL_CODE) == 10
    register()  # its owner is not kept out
    assert owed(Kind.EMAIL_CODE) == 11


def test_the_answers_of_a_change_are_held_even_where_it_fails() -> None:
    user = ada()
    with patch.object(codes, "issue", side_effect=RuntimeError):
        started = perf_counter()
        assert change(user).status == 500
        assert perf_counter() - started >= PACE


def test_codes_from_before_the_upgrade_prove_the_address_of_their_account() -> None:
    user = make_user(email=OLD)
    post("resend-otp/", {"email": OLD})
    code = mailed_code(OLD)
    OneTimeCode.objects.update(email="", email_canonical="", account_email="")
    assert prove(code, OLD).status == 400
    name = "medicare_django.accounts.migrations.0002_address_that_a_code_proves"
    import_module(name).fill_addresses(apps, None)
    assert prove(code, OLD).status == 200
    assert UserProfile.objects.get(pk=user.pk).is_email_verified


def test_a_change_ends_with_the_login_that_asked_for_it() -> None:
    """Whoever stole the token of that login is out with it, the mailed code in hand or not."""
    user = ada()
    login = log_in(user)
    assert call("PATCH", "profile/", {"email": NEW}, token=login["access"]).status == 200
    code = mailed_code(NEW)
    assert post("logout/", {"refresh": login["refresh"]}).status == 200
    assert prove(code).status == 400
    post("resend-otp/", {"email": NEW})
    assert owed(Kind.EMAIL_CODE) == 1
    assert address_of(user) == OLD
