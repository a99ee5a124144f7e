from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO
from typing import Any
from unittest.mock import patch

import jwt
import pytest
from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from time_machine import travel

from medicare_django.accounts import tokens
from medicare_django.accounts.models import Login, UserProfile
from tests.integration.api_client import call, get, log_in, post
from tests.integration.factories import (
    PASSWORD,
    browser_of,
    make_admin,
    make_doctor,
    make_patient,
    make_user,
)

NEW = "a quite different one"


def forged(token: str, key: str | None = None, **changes: Any) -> str:
    """Return the token with other claims, signed with our key unless another is given."""
    claims = jwt.decode(token, options={"verify_signature": False})
    return jwt.encode({**claims, **changes}, key or settings.JWT_SIGNING_KEY, algorithm="HS256")


def later(seconds: float) -> travel:
    return travel(timezone.now() + timedelta(seconds=seconds))


@pytest.mark.django_db
def test_a_login_answers_with_tokens_and_who_it_is() -> None:
    doctor = make_doctor(name="Dr Grace")
    data = log_in(doctor.user)
    assert set(data) == {"access", "refresh", "user"}
    assert data["user"] == {
        "id": doctor.user.pk,
        "name": "Dr Grace",
        "email": doctor.user.email,
        "role": "doctor",
        "is_email_verified": True,
    }


@pytest.mark.django_db
def test_an_unverified_patient_may_log_in() -> None:
    assert log_in(make_user())["user"]["is_email_verified"] is False


@pytest.mark.django_db
def test_wrong_unknown_and_deactivated_logins_get_one_answer() -> None:
    user, gone = make_patient(), make_patient(is_active=False)
    answers = [
        post(path, {"email": email, "password": password})
        for path in ("login/", "token/")
        for email, password in (
            (user.email, "wrong"),
            ("nobody@example.org", PASSWORD),
            (gone.email, PASSWORD),
        )
    ]
    assert {answer.status for answer in answers} == {401}
    assert all(answer.body == answers[0].body for answer in answers)
    assert answers[0].headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.django_db
def test_token_answers_in_the_shape_of_simple_jwt() -> None:
    user = make_patient()
    answer = post("token/", {"email": user.email, "password": PASSWORD})
    assert answer.status == 200
    assert set(answer.body) == {"access", "refresh"}
    assert get("profile/", token=answer.body["access"]).data["email"] == user.email


@pytest.mark.django_db
@pytest.mark.parametrize("field", ["email", "password"])
@pytest.mark.parametrize("value", [None, "", [], {}, 1, "x" * 300])
def test_credentials_that_cannot_be_read_are_named(field: str, value: Any) -> None:
    answer = post("login/", {"email": "a@example.org", "password": "x", field: value})
    assert (answer.status, list(answer.errors)) == (400, [field])


@pytest.mark.django_db
def test_a_request_is_authenticated_with_one_query(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    token = log_in(make_doctor().user)["access"]
    with django_assert_num_queries(1):
        assert get("profile/", token=token).data["role"] == "doctor"


@pytest.mark.django_db
def test_a_refresh_is_exchanged_for_a_new_pair_once() -> None:
    first = log_in(make_patient())
    second = post("refresh/", {"refresh": first["refresh"]})
    assert second.status == 200
    assert set(second.body) == {"access", "refresh"}
    assert get("profile/", token=second.body["access"]).status == 200
    used = post("refresh/", {"refresh": first["refresh"]})
    assert used.status == 401
    assert used.body["status"] == "Unauthorized"
    assert post("refresh/", {"refresh": second.body["refresh"]}).status == 200


@pytest.mark.django_db
@pytest.mark.parametrize(("seconds", "status"), [(9, 200), (11, 401)])
def test_a_refresh_that_comes_back_late_ends_its_login(seconds: float, status: int) -> None:
    user = make_patient()
    stolen = log_in(user)
    other = log_in(user)
    access = post("refresh/", {"refresh": stolen["refresh"]}).body["access"]
    with later(seconds):
        assert post("refresh/", {"refresh": stolen["refresh"]}).status == 401
        assert get("profile/", token=access).status == status
        assert get("profile/", token=other["access"]).status == 200


@pytest.mark.django_db(transaction=True)
def test_of_two_parallel_refreshes_one_succeeds() -> None:
    refresh = log_in(make_patient())["refresh"]

    def exchange(_: int) -> int:
        try:
            return post("refresh/", {"refresh": refresh}).status
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(exchange, range(4))) == [200, 401, 401, 401]


@pytest.mark.django_db
def test_tokens_end_after_their_time() -> None:
    pair = log_in(make_patient())
    with later(14 * 60):
        assert get("profile/", token=pair["access"]).status == 200
    with later(16 * 60):
        assert get("profile/", token=pair["access"]).status == 401
    with later(25 * 60 * 60):
        assert post("refresh/", {"refresh": pair["refresh"]}).status == 401


@pytest.mark.django_db
def test_logging_out_ends_access_and_refresh_of_that_login_at_once() -> None:
    user = make_patient()
    here, there = log_in(user), log_in(user)
    answer = post("logout/", {"refresh": here["refresh"]}, token=here["access"])
    assert answer.status == 200
    assert get("profile/", token=here["access"]).status == 401
    assert post("refresh/", {"refresh": here["refresh"]}).status == 401
    assert get("profile/", token=there["access"]).status == 200


@pytest.mark.django_db
def test_nobody_logs_out_somebody_else() -> None:
    alice, eve = log_in(make_patient()), log_in(make_patient())
    assert post("logout/", {"refresh": alice["refresh"]}, token=eve["access"]).status == 403
    assert get("profile/", token=alice["access"]).status == 200
    assert post("logout/", {"refresh": eve["access"]}, token=eve["access"]).status == 401
    assert post("logout/", {}, token=eve["access"]).errors == {
        "refresh": ["This field is required."]
    }


@pytest.mark.django_db
def test_the_refresh_token_alone_is_enough_to_log_out() -> None:
    alone, stale, broken = (log_in(make_patient()) for _ in range(3))
    assert post("logout/", {"refresh": alone["refresh"]}).status == 200
    again = post("logout/", {"refresh": alone["refresh"]})
    assert (again.status, again.headers["WWW-Authenticate"][:6]) == (401, "Bearer")
    assert post("logout/", {"refresh": broken["refresh"]}, token="rubbish").status == 200
    with later(16 * 60):
        assert get("profile/", token=stale["access"]).status == 401
        body = {"refresh": stale["refresh"]}
        assert post("logout/", body, token=stale["access"]).status == 200
        assert post("refresh/", body).status == 401


@pytest.mark.django_db
@pytest.mark.parametrize("change", [{"password": "another hash"}, {"is_active": False}])
def test_a_login_is_refused_where_the_account_changed_while_the_password_was_checked(
    change: dict[str, Any],
) -> None:
    user = make_patient()

    def check_slowly(*args: Any, **credentials: Any) -> Any:
        found = authenticate(*args, **credentials)
        UserProfile.objects.filter(pk=user.pk).update(**change)
        return found

    with patch("medicare_django.api.sessions.authenticate", side_effect=check_slowly):
        answer = post("login/", {"email": user.email, "password": PASSWORD})
    assert answer.status == 401
    assert not Login.objects.exists()


@pytest.mark.django_db
def test_a_stronger_hash_of_the_same_password_ends_no_login() -> None:
    user = make_patient()
    UserProfile.objects.update(password=make_password(PASSWORD, salt="short"))
    user.refresh_from_db()
    access = tokens.start_login(user, timezone.now()).access
    assert get("profile/", token=log_in(user)["access"]).status == 200
    assert UserProfile.objects.get().password != user.password
    assert get("profile/", token=access).status == 200


@pytest.mark.django_db
def test_a_stronger_hash_does_not_undo_a_new_password() -> None:
    user = make_patient(password=NEW)
    user.password = make_password(PASSWORD, salt="short")
    assert user.check_password(PASSWORD)  # read before, so still good here
    new = UserProfile.objects.get()
    assert new.password != user.password
    with pytest.raises(tokens.TokenRefused):
        tokens.start_login(user, timezone.now())


@pytest.mark.django_db
def test_of_two_logins_that_strengthen_the_hash_at_once_both_succeed() -> None:
    make_patient()
    UserProfile.objects.update(password=make_password(PASSWORD, salt="short"))
    both = [UserProfile.objects.get(), UserProfile.objects.get()]
    for user in both:
        assert user.check_password(PASSWORD)
    for user in both:
        assert tokens.start_login(user, timezone.now()).access


def change_in_admin(user: UserProfile) -> None:
    client = browser_of(make_admin())
    form = {"usable_password": "true", "password1": NEW, "password2": NEW}
    assert client.post(f"/admin/accounts/userprofile/{user.pk}/password/", form).status_code == 302


def change_by_command(user: UserProfile) -> None:
    with patch("getpass.getpass", return_value=NEW):
        call_command("changepassword", user.email, stdout=StringIO())


def change_in_bulk(user: UserProfile) -> None:
    UserProfile.objects.filter(pk=user.pk).update(password=make_password(NEW))


@pytest.mark.django_db
@pytest.mark.parametrize("change", [change_in_admin, change_by_command, change_in_bulk])
def test_a_new_password_ends_every_login_wherever_it_was_set(
    change: Callable[[UserProfile], None],
) -> None:
    user = make_patient()
    before = log_in(user)
    change(user)
    assert get("profile/", token=before["access"]).status == 401
    assert post("refresh/", {"refresh": before["refresh"]}).status == 401
    log_in(user, NEW)


@pytest.mark.django_db
def test_a_deactivated_user_who_is_activated_again_has_to_log_in_again() -> None:
    user, client = make_patient(), browser_of(make_admin())
    before = log_in(user)
    form = {"email": user.email, "name": user.name}
    path = f"/admin/accounts/userprofile/{user.pk}/change/"
    for active in ({}, {"is_active": "on"}):
        assert client.post(path, {**form, **active}).status_code == 302
        assert UserProfile.objects.get(pk=user.pk).is_active is bool(active)
        assert get("profile/", token=before["access"]).status == 401
        assert post("refresh/", {"refresh": before["refresh"]}).status == 401
    log_in(user)


@pytest.mark.django_db
def test_forged_and_misplaced_tokens_are_refused() -> None:
    pair = log_in(make_patient())
    access = pair["access"]
    assert get("profile/", token=forged(access)).status == 200  # so the others fail for a reason
    unsigned = jwt.encode(jwt.decode(access, options={"verify_signature": False}), "", "none")
    bad = [
        "",
        "x",
        access[:-2],
        "\u00fc",
        f"{access} {access}",
        pair["refresh"],
        unsigned,
        forged(access, key="k" * 64),
        forged(access, aud="elsewhere"),
        forged(access, iss="elsewhere"),
        forged(access, login="not a login"),
        forged(access, login=1),
        forged(access, login="00000000-0000-4000-8000-000000000000"),
    ]
    for token in bad:
        headers = {"Authorization": f"Bearer {token}"}
        assert call("GET", "profile/", **headers).status == 401, token
    assert post("refresh/", {"refresh": access}).status == 401


@pytest.mark.django_db
def test_a_deleted_or_deactivated_user_is_out_at_once() -> None:
    deleted, deactivated = make_patient(), make_patient()
    pairs = [log_in(deleted), log_in(deactivated)]
    deleted.delete()
    UserProfile.objects.filter(pk=deactivated.pk).update(is_active=False)
    for pair in pairs:
        assert get("profile/", token=pair["access"]).status == 401
        assert post("refresh/", {"refresh": pair["refresh"]}).status == 401


@pytest.mark.django_db
def test_a_stale_token_does_not_spoil_what_is_public() -> None:
    user = make_patient()
    stale = log_in(user)
    Login.objects.update(ended_at=timezone.now())
    body = {"email": user.email, "password": PASSWORD}
    assert post("login/", body, token=stale["access"]).status == 200
    assert post("resend-otp/", {"email": user.email}, token="rubbish").status == 200


@pytest.mark.django_db
def test_a_password_change_ends_all_other_logins() -> None:
    user = make_admin()
    here, there = log_in(user), log_in(user)
    new = "a quite different one"
    body = {"old_password": PASSWORD, "new_password": new}
    assert post("password/change/", body, token=here["access"]).status == 200
    assert get("profile/", token=here["access"]).status == 200
    assert get("profile/", token=there["access"]).status == 401
    log_in(user, new)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("old", "new", "field"),
    [("wrong", "a quite different one", "old_password"), (PASSWORD, "short", "new_password")],
)
def test_a_password_change_that_fails_changes_nothing(old: str, new: str, field: str) -> None:
    user = make_patient()
    body = {"old_password": old, "new_password": new}
    answer = post("password/change/", body, token=log_in(user)["access"])
    assert (answer.status, list(answer.errors)) == (400, [field])
    log_in(user)
