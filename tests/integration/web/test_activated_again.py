"""Whoever is deactivated has no login left when they are activated again, by whichever door."""

from collections.abc import Callable
from typing import Any

import pytest

from medicare_django.accounts.models import UserProfile
from tests.integration.factories import (
    browser_of,
    client_of,
    make_admin,
    make_doctor,
    make_patient,
)

pytestmark = pytest.mark.django_db(transaction=True)


def switch_in_django_admin(user: UserProfile, *, active: bool) -> None:
    form = {"email": user.email, "name": user.name}
    rights = ["is_active"] * active + ["is_staff", "is_superuser"] * user.is_staff
    post(f"accounts/userprofile/{user.pk}/change/", form | dict.fromkeys(rights, "on"))


def switch_patient(user: UserProfile, *, active: bool) -> None:
    post(f"dashboard/patients/{user.pk}/{'' if active else 'de'}activate/", {})


def switch_doctor(user: UserProfile, *, active: bool) -> None:
    post(f"dashboard/doctors/{user.doctor.pk}/{'' if active else 'de'}activate/", {})


def post(path: str, form: dict[str, str]) -> None:
    assert browser_of(make_admin()).post(f"/admin/{path}", form).status_code == 302


@pytest.mark.parametrize(
    ("make", "page", "switch"),
    [
        (make_admin, "/admin/dashboard/", switch_in_django_admin),
        (make_admin, "/admin/", switch_in_django_admin),
        (make_patient, "/appointments/", switch_in_django_admin),
        (make_patient, "/appointments/", switch_patient),
        (lambda: make_doctor().user, "/doctor/", switch_doctor),
    ],
)
def test_who_is_activated_again_has_neither_pages_nor_tokens_of_before(
    make: Callable[[], UserProfile], page: str, switch: Callable[..., Any]
) -> None:
    user = make()
    browser, client = browser_of(user), client_of(user)
    assert browser.get(page).status_code == client.get("/api/profile/").status_code == 200
    for active in (False, True):
        switch(user, active=active)
        user.refresh_from_db()
        assert user.is_active is active
        assert "/login/?next=" in browser.get(page)["Location"]
        assert client.get("/api/profile/").status_code == 401
    assert browser_of(user).get(page).status_code == 200
