from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.utils import timezone
from time_machine import travel

from medicare_django.accounts import registration
from medicare_django.accounts.models import UserProfile
from medicare_django.accounts.password_reset import make_token
from medicare_django.notifications import account_mail
from medicare_django.notifications.letters import compose
from medicare_django.notifications.models import Kind, Notification, State
from tests.integration.api_client import Answer, call, get, log_in, mailed_code, post
from tests.integration.factories import (
    PASSWORD,
    make_appointment,
    make_doctor,
    make_patient,
    make_report,
    make_user,
)

pytestmark = pytest.mark.django_db
EMAIL = "ada@example.org"


def register(**changes: Any) -> Answer:
    return post(
        "register/",
        {
            "name": "Ada Lovelace",
            "email": EMAIL,
            "password": PASSWORD,
            "confirm_password": PASSWORD,
            **changes,
        },
    )


def mails(kind: Kind) -> int:
    return Notification.objects.filter(kind=kind).count()


def test_a_patient_registers_verifies_and_logs_in() -> None:
    answer = register(phone_number="+49 30 1234567", gender="female", age=36, place="London")
    assert answer.status == 201
    assert answer.body == {
        "status": "Created",
        "status_code": 201,
        "message": "Please verify your e-mail with the code that we have mailed you. If no code "
        "arrives, ask for a new password: that verifies the address as well.",
        "data": {"email": EMAIL},
    }
    assert mails(Kind.EMAIL_CODE) == 1
    verified = post("verify-email/", {"email": "ADA@example.org", "otp": mailed_code(EMAIL)})
    assert verified.status == 200
    token = log_in(UserProfile.objects.get())["access"]
    assert get("profile/", token=token).data == {
        "id": UserProfile.objects.get().pk,
        "name": "Ada Lovelace",
        "email": EMAIL,
        "phone_number": "+49301234567",
        "gender": "female",
        "age": 36,
        "place": "London",
        "is_email_verified": True,
        "role": "patient",
    }


def test_a_known_address_gets_the_same_answer_and_its_owner_a_mail() -> None:
    new = register()
    make_patient(email="Owner@Example.org")
    make_doctor(email="doctor@example.org")
    for email in ("owner@example.ORG", "doctor@example.org"):
        known = register(email=email)
        assert known.status == new.status
        assert known.body == {**new.body, "data": {"email": email}}
    assert mails(Kind.ACCOUNT_EXISTS) == 2
    assert mails(Kind.EMAIL_CODE) == 1
    owner = UserProfile.objects.get(email="Owner@Example.org")
    assert owner.check_password(PASSWORD)
    assert owner.name != "Ada Lovelace"


def test_the_owner_of_a_known_address_is_told_ten_times_a_day_at_most() -> None:
    make_patient(email=EMAIL)
    start = timezone.now()
    for minute in range(15):
        with travel(start + timedelta(seconds=61 * minute)):
            register()
            register()
            Notification.objects.update(state=State.SENT)
    assert mails(Kind.ACCOUNT_EXISTS) == 10


def test_the_owner_is_not_told_again_while_a_mail_is_on_its_way() -> None:
    make_patient(email=EMAIL)
    register()
    mail = Notification.objects.get()
    assert mail.expires_at is not None
    assert mail.expires_at - mail.created_at > timedelta(hours=23)
    with travel(timezone.now() + timedelta(hours=23)):
        register()
    assert mails(Kind.ACCOUNT_EXISTS) == 1


def test_a_deactivated_account_stays_as_it_is_and_gets_no_mail() -> None:
    make_user(email=EMAIL, name="Gone", is_active=False)
    assert register().status == 201
    assert UserProfile.objects.get().name == "Gone"
    assert Notification.objects.count() == 0


def test_registering_an_unverified_address_again_takes_it_over() -> None:
    register()
    first = log_in(UserProfile.objects.get())["access"]
    old_code = mailed_code(EMAIL)
    other = "another long password"
    assert register(name="Eve", password=other, confirm_password=other).status == 201
    user = UserProfile.objects.get()
    assert user.name == "Eve"
    assert user.check_password(other)
    assert get("profile/", token=first).status == 401
    # The first code went out for the first password: it is void, and a new one is there at once.
    assert mails(Kind.EMAIL_CODE) == 2
    assert post("verify-email/", {"email": EMAIL, "otp": old_code}).status == 400
    assert post("verify-email/", {"email": EMAIL, "otp": mailed_code(EMAIL)}).status == 200


def staff() -> None:
    make_user(email=EMAIL, is_staff=True)


def superuser() -> None:
    make_user(email=EMAIL, is_superuser=True)


def doctor() -> None:
    make_doctor(user=make_user(email=EMAIL))


def patient_with_an_appointment() -> None:
    make_appointment(make_patient(email=EMAIL))


def patient_with_a_report() -> None:
    make_report(make_patient(email=EMAIL))


def patient_who_had_a_code() -> None:
    register()
    post("verify-email/", {"email": EMAIL, "otp": mailed_code(EMAIL)})


@pytest.mark.parametrize(
    "make",
    [
        staff,
        superuser,
        doctor,
        patient_with_an_appointment,
        patient_with_a_report,
        patient_who_had_a_code,
    ],
)
def test_an_account_that_is_more_than_a_sign_up_is_never_taken_over(
    make: Callable[[], None],
) -> None:
    make()
    user = UserProfile.objects.get(email=EMAIL)
    user.is_email_verified = False  # as an admin may untick it
    user.save()
    theirs = log_in(user)["access"]
    Notification.objects.all().delete()

    other = "another long password"
    answer = register(name="Eve", password=other, confirm_password=other)
    assert answer.status == 201
    eve = {"email": "eve@example.org", "password": other, "confirm_password": other}
    assert answer.body == {**register(**eve).body, "data": {"email": EMAIL}}
    user.refresh_from_db()
    assert user.check_password(PASSWORD)
    assert user.name != "Eve"
    assert get("profile/", token=theirs).status == 200
    told = Notification.objects.filter(recipient=user)
    assert [mail.kind for mail in told] == [Kind.ACCOUNT_EXISTS]

    assert post("resend-otp/", {"email": EMAIL}).status == 200
    assert post("verify-email/", {"email": EMAIL, "otp": mailed_code(EMAIL)}).status == 200
    assert log_in(user)["user"]["is_email_verified"]


def test_registering_again_leaves_nothing_of_the_first_registration() -> None:
    register(phone_number="+49 30 1234567", gender="female", age=36, place="London")
    register()
    token = log_in(UserProfile.objects.get())["access"]
    profile = get("profile/", token=token).data
    said = [profile[name] for name in ("phone_number", "gender", "age", "place")]
    assert said == ["", "", None, ""]


@pytest.mark.parametrize(("second", "mailed"), [(PASSWORD, 1), ("another long password", 2)])
def test_of_two_first_registrations_at_once_the_code_fits_the_password(
    second: str, mailed: int
) -> None:
    fields = {"name": "Ada", "email": EMAIL}
    slow = registration.prepare(second, fields)  # when nobody had the address yet
    account_mail.register(PASSWORD, fields, timezone.now())
    with patch.object(registration, "prepare", return_value=slow):
        account_mail.register(second, fields, timezone.now())
    assert mails(Kind.EMAIL_CODE) == mailed
    assert post("verify-email/", {"email": EMAIL, "otp": mailed_code(EMAIL)}).status == 200
    log_in(UserProfile.objects.get(), second)


def test_who_is_locked_out_of_codes_for_the_day_can_ask_for_a_new_password() -> None:
    for number in range(12):
        password = f"hostile pass phrase {number}"
        register(password=password, confirm_password=password)
    assert mails(Kind.EMAIL_CODE) == 10
    with travel(timezone.now() + timedelta(minutes=2)):
        answer = post("resend-otp/", {"email": EMAIL})
    assert "ask for a new password" in answer.body["message"]
    assert mails(Kind.EMAIL_CODE) == 10
    post("password/reset/", {"email": EMAIL})
    assert mails(Kind.PASSWORD_RESET) == 1
    body = {"token": make_token(UserProfile.objects.get()), "password": "the owner's own"}
    assert post("password/reset/confirm/", body).status == 200
    assert UserProfile.objects.get().is_email_verified


def test_the_mail_with_the_code_warns_of_the_passwords_of_others() -> None:
    register()
    letter = compose(Notification.objects.get())
    assert letter is not None
    for text in (str(letter.body), str(letter.alternatives[0][0])):
        assert "If you did not register just now, with a password of your own" in text
        assert "/forgotten-password/" in text


def test_registering_twice_with_one_password_leaves_the_mailed_code_good() -> None:
    register()
    code = mailed_code(EMAIL)
    register()
    assert mails(Kind.EMAIL_CODE) == 1
    assert post("verify-email/", {"email": EMAIL, "otp": code}).status == 200


def test_verifying_ends_every_earlier_login() -> None:
    register()
    earlier = log_in(UserProfile.objects.get())
    post("verify-email/", {"email": EMAIL, "otp": mailed_code(EMAIL)})
    assert get("profile/", token=earlier["access"]).status == 401
    assert post("refresh/", {"refresh": earlier["refresh"]}).status == 401


def test_the_sixth_code_is_refused_like_the_first_wrong_one() -> None:
    register()
    code = mailed_code(EMAIL)
    wrong = f"{(int(code) + 1) % 10**6:06}"
    answers = [post("verify-email/", {"email": EMAIL, "otp": wrong}) for _ in range(5)]
    answers.append(post("verify-email/", {"email": EMAIL, "otp": code}))
    answers.append(post("verify-email/", {"email": "nobody@example.org", "otp": code}))
    assert {answer.status for answer in answers} == {400}
    assert all(answer.body == answers[0].body for answer in answers)
    assert list(answers[0].errors) == ["otp"]
    assert not UserProfile.objects.get().is_email_verified


def test_resending_answers_the_same_whether_a_code_went_out_or_not() -> None:
    register()
    make_patient(email="verified@example.org")
    with travel(timezone.now() + timedelta(seconds=61)):
        answers = [
            post("resend-otp/", {"email": email})
            for email in (EMAIL, EMAIL, "verified@example.org", "nobody@example.org")
        ]
    assert {answer.status for answer in answers} == {200}
    assert all(answer.body == answers[0].body for answer in answers)
    assert mails(Kind.EMAIL_CODE) == 2


def test_the_owed_mail_holds_no_code() -> None:
    register()
    row = Notification.objects.get()
    assert list(row.params) == ["code"]
    assert row.params["code"] != int(mailed_code(EMAIL))
    assert row.expires_at is not None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": " \u200b "}, "name"),
        ({"name": 123}, "name"),
        ({"name": "a" * 151}, "name"),
        ({"name": "Ada\r\nBcc: eve@example.org"}, "name"),
        ({"name": "Ada \u202egnp"}, "name"),
        ({"name": "Ada\x00"}, "name"),
        ({"name": "Ada\ud800"}, "name"),
        ({"email": "ada"}, "email"),
        ({"email": ["ada@example.org"]}, "email"),
        ({"email": None}, "email"),
        ({"password": "short", "confirm_password": "short"}, "password"),
        ({"password": "password12345", "confirm_password": "password12345"}, "password"),
        ({"password": EMAIL, "confirm_password": EMAIL}, "password"),
        ({"password": "x" * 257, "confirm_password": "x" * 257}, "password"),
        ({"password": " " * 20, "confirm_password": " " * 20}, "password"),
        ({"password": "correct horse \ud800", "confirm_password": "x"}, "password"),
        ({"confirm_password": PASSWORD + " "}, "confirm_password"),
        ({"age": "36"}, "age"),
        ({"age": 36.5}, "age"),
        ({"age": True}, "age"),
        ({"age": -1}, "age"),
        ({"age": 151}, "age"),
        ({"gender": "unknown"}, "gender"),
        ({"gender": "\ud800"}, "gender"),
        ({"gender": ["female"]}, "gender"),
        ({"gender": 1}, "gender"),
        ({"phone_number": "030 12345"}, "phone_number"),
        ({"is_staff": True}, "is_staff"),
        ({"is_email_verified": True}, "is_email_verified"),
        ({"\ud800": 1}, "\\ud800"),
    ],
)
def test_what_cannot_be_registered_is_named(changes: dict[str, Any], field: str) -> None:
    answer = register(**changes)
    assert answer.status == 400
    assert answer.body["message"] == "Registration failed"
    assert answer.errors[field]
    assert set(answer.errors) <= {field, "confirm_password"}
    assert not UserProfile.objects.exists()


@pytest.mark.parametrize(
    "name", ["O'Brien", "\u674e", "\u0645\u0631\u064a\u0645", "<script>", "Zoe\u0308 \U0001f600"]
)
def test_people_are_called_what_they_are_called(name: str) -> None:
    assert register(name=name).status == 201
    assert UserProfile.objects.get().name == name


def test_everything_that_is_missing_is_named_at_once() -> None:
    answer = post("register/", {})
    assert set(answer.errors) == {"name", "email", "password", "confirm_password"}
    assert answer.errors["name"] == ["This field is required."]


@pytest.mark.parametrize("body", [None, [], "x", 5])
def test_a_body_that_is_no_object_is_refused(body: Any) -> None:
    assert post("register/", body).status == 400


@pytest.mark.parametrize("nothing", [None, ""])
def test_an_answer_can_be_taken_back(nothing: str | None) -> None:
    user = make_patient(phone_number="+49301234567", gender="female", place="London", age=36)
    answers = {"phone_number": nothing, "gender": nothing, "place": nothing, "age": None}
    changed = call("PATCH", "profile/", answers, token=log_in(user)["access"])
    assert changed.status == 200
    assert {name: changed.data[name] for name in answers} == {
        "phone_number": "",
        "gender": "",
        "place": "",
        "age": None,
    }


@pytest.mark.parametrize("gender", ["\ud800", "unknown" * 1000])
def test_a_choice_is_refused_without_showing_what_was_sent(gender: str) -> None:
    token = log_in(make_patient())["access"]
    answer = call("PATCH", "profile/", {"gender": gender}, token=token)
    assert answer.status == 400
    assert answer.errors == {"gender": ["Choose one of: female, male, other."]}


def test_a_profile_is_changed_in_part() -> None:
    token = log_in(make_patient(name="Ada", age=36, place="London"))["access"]
    answer = call("PATCH", "profile/", {"name": "Ada King", "age": None}, token=token)
    assert answer.status == 200
    assert (answer.data["name"], answer.data["age"], answer.data["place"]) == (
        "Ada King",
        None,
        "London",
    )
    for field in ("email", "role", "is_email_verified", "id"):
        refused = call("PATCH", "profile/", {field: "x"}, token=token)
        assert (refused.status, list(refused.errors)) == (400, [field])
