from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from time_machine import travel

from medicare_django.accounts.models import UserProfile
from medicare_django.notifications.models import Kind, Notification
from tests.integration.api_client import Answer, call, get, log_in, mailed_code, post
from tests.integration.factories import PASSWORD, make_doctor, make_patient, make_user

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
        "message": "Please verify your e-mail with the code that we have mailed you.",
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


def test_the_owner_of_a_known_address_is_told_once_a_minute_at_most() -> None:
    make_patient(email=EMAIL)
    register()
    register()
    assert mails(Kind.ACCOUNT_EXISTS) == 1
    with travel(timezone.now() + timedelta(seconds=61)):
        register()
    assert mails(Kind.ACCOUNT_EXISTS) == 2


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
    # The code went out for the first password, and within the minute there is no second one.
    assert post("verify-email/", {"email": EMAIL, "otp": old_code}).status == 400
    with travel(timezone.now() + timedelta(seconds=61)):
        register(name="Eve", password=other, confirm_password=other)
        code = mailed_code(EMAIL)
        assert post("verify-email/", {"email": EMAIL, "otp": code}).status == 200


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
