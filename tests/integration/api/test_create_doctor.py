from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.core import mail
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from medicare_django.accounts.models import Doctor, UserProfile
from medicare_django.notifications import delivery
from medicare_django.notifications.models import Kind, Notification
from tests.integration.api_client import Answer, get, log_in, mailed_code, post
from tests.integration.factories import PASSWORD, make_admin, make_doctor, make_patient, make_user

GRACE = {
    "name": "Grace Hopper",
    "email": "Grace@hospital.example",
    "specialization": "Cardiology",
    "hospital": "North Hospital",
    "address": "1 Main Road",
}


@pytest.fixture
def admin(db: None) -> str:
    """Return the token of an admin."""
    token: str = log_in(make_admin())["access"]
    return token


def create(token: str, **changes: Any) -> Answer:
    return post("create-doctor/", GRACE | changes, token=token)


def test_a_doctor_with_a_password_can_log_in_at_once(admin: str) -> None:
    answer = create(
        admin, password=PASSWORD, phone_number="+49 30 1234567", timezone="Europe/Berlin"
    )
    doctor = Doctor.objects.get()
    assert (answer.status, answer.body["message"]) == (201, "The doctor was created.")
    public = {
        "id": doctor.pk,
        "name": "Grace Hopper",
        "specialization": "Cardiology",
        "hospital": "North Hospital",
        "address": "1 Main Road",
        "image": None,
        "timezone": "Europe/Berlin",
    }
    private = {"email": "Grace@hospital.example", "phone_number": "+49301234567"}
    assert answer.data == public | private
    assert get(f"doctors/{doctor.pk}/").data == public
    user = log_in(doctor.user)["user"]
    assert (user["role"], user["is_email_verified"]) == ("doctor", True)
    assert not Notification.objects.exists()


def test_a_doctor_without_a_password_is_invited_to_choose_one(admin: str) -> None:
    answer = create(admin)
    assert answer.status == 201
    assert "mailed" in answer.body["message"]
    user = Doctor.objects.get(pk=answer.data["id"]).user
    assert not user.has_usable_password()
    row = Notification.objects.get()
    assert (row.kind, row.recipient, row.params) == (Kind.INVITATION, user, {})
    assert row.expires_at is not None
    assert abs(row.expires_at - timezone.now() - timedelta(days=7)) < timedelta(minutes=1)

    assert delivery.work_queue() == 1
    (message,) = mail.outbox
    assert message.to == ["Grace@hospital.example"]
    link, forgotten = [line for line in message.body.splitlines() if "https://" in line]
    assert forgotten == "https://testserver/forgotten-password/"
    token = link.split("/")[-2]
    chosen = {"token": token, "password": "a phrase of my own"}
    assert post("password/reset/confirm/", chosen).status == 200
    log_in(user, "a phrase of my own")
    again = post("password/reset/confirm/", {"token": token, "password": "somebody else's one"})
    assert (again.status, list(again.errors)) == (400, ["token"])


def test_the_time_zone_is_the_clinics_unless_it_is_given(admin: str, settings: Settings) -> None:
    settings.TIME_ZONE = "Asia/Tokyo"
    assert create(admin).data["timezone"] == "Asia/Tokyo"


@pytest.mark.parametrize("email", ["grace@HOSPITAL.example", "Grace@hospital.example"])
@pytest.mark.parametrize(
    "fields", [{"is_email_verified": True}, {"is_active": False}, {"is_staff": True}]
)
def test_an_address_that_has_an_account_is_refused(
    admin: str, email: str, fields: dict[str, bool]
) -> None:
    make_user(email=email, **fields)
    answer = create(admin)
    assert (answer.status, list(answer.errors)) == (400, ["email"])
    assert answer.body["message"] == "The doctor was not created"
    assert not Doctor.objects.exists()
    assert not Notification.objects.exists()


def test_whoever_signed_up_with_the_address_before_is_no_obstacle(admin: str) -> None:
    words = dict.fromkeys(("password", "confirm_password"), "a phrase of a stranger")
    theirs = {"name": "Eve", "email": "grace@HOSPITAL.example", "place": "Nowhere", **words}
    post("register/", theirs)
    user = UserProfile.objects.get(name="Eve")
    code = mailed_code(user.email)
    login = log_in(user, words["password"])

    answer = create(admin, password=PASSWORD)
    assert (answer.status, answer.data["email"]) == (201, GRACE["email"])
    doctor = Doctor.objects.get()
    assert doctor.user == user
    assert (doctor.user.name, doctor.user.place) == ("Grace Hopper", "")
    assert get("profile/", token=login["access"]).status == 401
    assert post("refresh/", {"refresh": login["refresh"]}).status == 401
    assert post("verify-email/", {"email": GRACE["email"], "otp": code}).status == 400
    old = {"email": GRACE["email"], "password": words["password"]}
    assert post("login/", old).status == 401
    assert log_in(doctor.user)["user"]["is_email_verified"]
    assert delivery.work_queue() == 0  # the code is of no use any more
    assert not mail.outbox


def test_a_stranger_who_signed_up_before_does_not_stand_in_the_way_of_the_invitation(
    admin: str,
) -> None:
    make_user(email=GRACE["email"])
    assert create(admin).status == 201
    assert not Doctor.objects.get().user.has_usable_password()
    assert delivery.work_queue() == 1
    assert [message.to for message in mail.outbox] == [[GRACE["email"]]]


@pytest.mark.django_db(transaction=True)
def test_of_four_who_create_the_same_doctor_at_once_one_succeeds() -> None:
    token = log_in(make_admin())["access"]

    def create_one(_: int) -> int:
        try:
            return create(token).status
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(create_one, range(4))) == [201, 400, 400, 400]
    assert Notification.objects.count() == 1


def test_without_the_invitation_there_is_no_doctor_either(admin: str) -> None:
    with patch(
        "medicare_django.notifications.account_mail.outbox.enqueue", side_effect=RuntimeError
    ):
        assert create(admin).status == 500
    assert not UserProfile.objects.filter(email=GRACE["email"]).exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "G" * 151}, "name"),
        ({"email": "grace"}, "email"),
        ({"email": None}, "email"),
        ({"specialization": "x" * 101}, "specialization"),
        ({"hospital": ["North"]}, "hospital"),
        ({"address": "x" * 256}, "address"),
        ({"password": "short"}, "password"),
        ({"password": "Grace Hopper"}, "password"),
        ({"password": "grace@hospital.example"}, "password"),
        ({"password": None}, "password"),
        ({"phone_number": "030 12345"}, "phone_number"),
        ({"timezone": "Europe/Berlino"}, "timezone"),
        ({"timezone": "localtime"}, "timezone"),
        ({"timezone": ""}, "timezone"),
        ({"timezone": 1}, "timezone"),
        ({"is_staff": True}, "is_staff"),
        ({"user": 1}, "user"),
    ],
)
def test_what_a_doctor_cannot_have_is_named(
    admin: str, changes: dict[str, Any], field: str
) -> None:
    answer = create(admin, **changes)
    assert (answer.status, list(answer.errors)) == (400, [field])
    assert not Doctor.objects.exists()


def test_everything_that_is_missing_is_named_at_once(admin: str) -> None:
    assert set(post("create-doctor/", {}, token=admin).errors) == set(GRACE)


@pytest.mark.django_db
def test_only_admins_create_doctors() -> None:
    assert post("create-doctor/", GRACE).status == 401
    for user in (make_patient(), make_doctor().user):
        answer = create(log_in(user)["access"])
        assert (answer.status, answer.body["message"]) == (403, "Only admins may do this.")
    assert not UserProfile.objects.filter(email=GRACE["email"]).exists()
