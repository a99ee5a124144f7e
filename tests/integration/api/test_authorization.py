"""Every route, asked by everybody: one table, and no route without a row."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone

from medicare_django.accounts import tokens
from tests.integration.factories import (
    browser_of,
    make_patient,
)
from tests.integration.small_clinic import ROLES, Clinic, admin_site, make_clinic, routes

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
NOW = datetime(2031, 6, 2, 7, tzinfo=UTC)  # a Monday
TUESDAY = "2031-06-03"

BOOKING = {"doctor": "{doctor}", "date": TUESDAY, "time": "11:00"}
HOURS = {"start_date": TUESDAY, "start_time": "14:00", "end_time": "16:00"}
ABSENCE = {"start_date": "2031-07-01"}
CREDENTIALS = {"email": "{email}", "password": "wrong, but long"}
NEW_DOCTOR = {
    "name": "Dr Bo Lindqvist",
    "email": "bo@example.org",
    "specialization": "Dermatology",
    "hospital": "St Anne",
    "address": "1 Hill Street",
}
NEW_PATIENT = {"name": "Noor", "email": "noor@example.org"}
PASSWORDS = {"password": "a long pass phrase", "confirm_password": "a long pass phrase"}
CHANGE = {"old_password": "wrong, but long", "new_password": "another long one"}

ANYONE = [200] * 6
# (route, method, path, body, a status for each of ROLES)
TABLE: list[tuple[str, str, str, Any, list[int]]] = [
    ("schema/", "GET", "schema/", None, ANYONE),
    ("docs/", "GET", "docs/", None, ANYONE),
    ("register/", "POST", "register/", {**NEW_PATIENT, **PASSWORDS}, [201] * 6),
    ("verify-email/", "POST", "verify-email/", {"email": "{email}", "otp": "000000"}, [400] * 6),
    ("resend-otp/", "POST", "resend-otp/", {"email": "{email}"}, ANYONE),
    ("login/", "POST", "login/", CREDENTIALS, [401] * 6),
    ("token/", "POST", "token/", CREDENTIALS, [401] * 6),
    ("refresh/", "POST", "refresh/", {"refresh": "{refresh}"}, ANYONE),
    ("logout/", "POST", "logout/", {"refresh": "{refresh}"}, [200, 200, 403, 403, 403, 403]),
    ("password/change/", "POST", "password/change/", CHANGE, [401, *[400] * 5]),
    ("password/reset/", "POST", "password/reset/", {"email": "{email}"}, ANYONE),
    (
        "password/reset/confirm/",
        "POST",
        "password/reset/confirm/",
        {"token": "x", "password": "a long pass phrase"},
        [400] * 6,
    ),
    ("profile/", "GET", "profile/", None, [401, *[200] * 5]),
    ("profile/", "PATCH", "profile/", {"place": "Rome"}, [401, *[200] * 5]),
    ("create-doctor/", "POST", "create-doctor/", NEW_DOCTOR, [401, 403, 403, 403, 403, 201]),
    ("doctors/", "GET", "doctors/", None, ANYONE),
    ("doctors/<id:doctor>/", "GET", "doctors/{doctor}/", None, ANYONE),
    ("doctors/<id:doctor>/image/", "GET", "doctors/{doctor}/image/", None, [404] * 6),
    (
        "doctor/<id:doctor>/availability/",
        "GET",
        f"doctor/{{doctor}}/availability/?date={TUESDAY}",
        None,
        ANYONE,
    ),
    (
        "doctor/<id:doctor>/timeslots/",
        "GET",
        f"doctor/{{doctor}}/timeslots/?date={TUESDAY}",
        None,
        ANYONE,
    ),
    ("availability/", "GET", "availability/", None, [401, 403, 403, 200, 200, 403]),
    ("availability/", "POST", "availability/", HOURS, [401, 403, 403, 201, 201, 403]),
    *(
        (
            "availability/<id:rule>/",
            method,
            "availability/{rule}/",
            body,
            [401, 403, 403, 200, 404, 403],
        )
        for method, body in [("GET", None), ("PUT", HOURS), ("PATCH", {}), ("DELETE", None)]
    ),
    ("time-off/", "GET", "time-off/", None, [401, 403, 403, 200, 200, 403]),
    ("time-off/", "POST", "time-off/", ABSENCE, [401, 403, 403, 201, 201, 403]),
    (
        "time-off/<id:absence>/",
        "DELETE",
        "time-off/{time_off}/",
        None,
        [401, 403, 403, 200, 404, 403],
    ),
    ("closures/", "GET", "closures/", None, [401, 403, 403, 403, 403, 200]),
    ("closures/", "POST", "closures/", ABSENCE, [401, 403, 403, 403, 403, 201]),
    (
        "closures/<id:absence>/",
        "DELETE",
        "closures/{closure}/",
        None,
        [401, 403, 403, 403, 403, 200],
    ),
    ("book-appointment/", "POST", "book-appointment/", BOOKING, [401, 201, 201, 403, 403, 403]),
    (
        "book-appointment/",
        "POST",
        "book-appointment/",
        {**BOOKING, "patient": 1},
        [401, 400, 400, 403, 403, 403],
    ),
    ("appointments/history/", "GET", "appointments/history/", None, [401, *[200] * 5]),
    (
        "appointments/<uuid:appointment>/reschedule/",
        "POST",
        "appointments/{appointment}/reschedule/",
        {"date": TUESDAY, "time": "11:30"},
        [401, 200, 404, 403, 403, 403],
    ),
    (
        "appointments/<uuid:appointment>/cancel/",
        "DELETE",
        "appointments/{appointment}/cancel/",
        None,
        [401, 200, 404, 200, 404, 200],
    ),
    ("reports/upload/", "POST", "reports/upload/", {}, [401, 415, 415, 403, 403, 403]),
    ("reports/", "GET", "reports/?patient={patient}", None, [401, 200, 200, 200, 404, 403]),
    ("reports/", "GET", "reports/", None, [401, 200, 200, 400, 400, 403]),
    (
        "reports/<uuid:report>/file/",
        "GET",
        "reports/{report}/file/",
        None,
        [401, 200, 404, 200, 404, 403],
    ),
]
OTHER_ROUTES = {"": "whatever is not there, under /api/"}
NEEDS_A_LOGIN = [row for row in TABLE if row[4][0] == 401 and row[0] not in {"login/", "token/"}]


@pytest.fixture
def clinic() -> Clinic:
    return make_clinic(NOW)


def ask(clinic: Clinic, role: str, method: str, path: str, body: Any = None) -> Any:
    headers = {}
    if role != "anonymous":
        access = tokens.start_login(clinic.people[role], timezone.now()).access
        headers["Authorization"] = f"Bearer {access}"
    return send(Client(), clinic, method, path, body, headers)


def send(client: Client, clinic: Clinic, method: str, path: str, body: Any, headers: Any) -> Any:
    return client.generic(
        method,
        f"/api/{clinic.fill(path)}",
        "" if body is None else json.dumps(clinic.fill(body), default=str),
        content_type="application/json",
        headers=headers,
    )


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(
    ("route", "method", "path", "body", "statuses"), TABLE, ids=[f"{r[1]} {r[2]}" for r in TABLE]
)
def test_everybody_gets_what_is_theirs_and_no_more(
    clinic: Clinic,
    role: str,
    route: str,
    method: str,
    path: str,
    body: Any,
    statuses: list[int],
) -> None:
    answer = ask(clinic, role, method, path, body)
    assert answer.status_code == statuses[ROLES.index(role)], answer.content
    if role in {"patient", "doctor"}:
        stranger = clinic.people["other patient"]
        content = b"".join(answer) if answer.streaming else answer.content
        for canary in (stranger.name, stranger.email, stranger.phone_number, stranger.place):
            assert canary.encode() not in content
        assert f"Canary of {stranger.pk}".encode() not in content


@pytest.mark.parametrize(
    ("route", "method", "path", "body", "statuses"),
    NEEDS_A_LOGIN,
    ids=[f"{r[1]} {r[2]}" for r in NEEDS_A_LOGIN],
)
def test_neither_a_session_nor_a_dead_login_opens_the_api(
    clinic: Clinic, route: str, method: str, path: str, body: Any, statuses: list[int]
) -> None:
    allowed = next(
        role for role, status in zip(ROLES, statuses, strict=True) if status not in {401, 403, 404}
    )
    user = clinic.people[allowed]
    session = browser_of(user)
    assert send(session, clinic, method, path, body, {}).status_code == 401
    pair = tokens.start_login(user, timezone.now())
    for token in (pair.refresh, pair.access[:-2], "x"):
        bearer = {"Authorization": f"Bearer {token}"}
        assert send(Client(), clinic, method, path, body, bearer).status_code == 401
    user.is_active = False
    user.save()
    bearer = {"Authorization": f"Bearer {pair.access}"}
    assert send(Client(), clinic, method, path, body, bearer).status_code == 401


def test_who_has_not_proved_an_address_books_and_uploads_nothing(clinic: Clinic) -> None:
    clinic.people["unverified"] = make_patient(is_email_verified=False)
    for path in ("book-appointment/", "reports/upload/"):
        answer = ask(clinic, "unverified", "POST", path, BOOKING)
        assert (answer.status_code, answer.json()["code"]) == (403, "email_not_verified")
    assert ask(clinic, "unverified", "GET", "profile/").status_code == 200


@pytest.mark.parametrize(
    ("role", "method", "path"),
    [
        ("patient", "DELETE", "appointments/{}/cancel/"),
        ("doctor", "DELETE", "appointments/{}/cancel/"),
        ("admin", "DELETE", "appointments/{}/cancel/"),
        ("patient", "GET", "reports/{}/file/"),
        ("doctor", "GET", "reports/{}/file/"),
    ],
)
def test_what_was_never_there_is_answered_like_what_is_not_yours(
    clinic: Clinic, role: str, method: str, path: str
) -> None:
    missing = ask(clinic, role, method, path.format(uuid4()))
    assert missing.status_code == 404
    if role != "admin":
        own = path.format("{appointment}" if "cancel" in path else "{report}")
        assert ask(clinic, f"other {role}", method, own).content == missing.content


def test_no_route_is_without_a_row() -> None:
    found = {route for prefix, route in routes(get_resolver()) if prefix == "api/"}
    assert found == {row[0] for row in TABLE} | {*OTHER_ROUTES}


def admin_pages() -> list[str]:
    """Every page of Django Admin, with an id of 1 where one is needed."""
    found = [
        (prefix + route).replace("<path:object_id>", "1").replace("<id>", "1")
        for prefix, route in routes(admin_site(), "admin/")
    ]
    open_to_all = {"admin/login/", "admin/logout/"}
    return [
        page for page in found if page not in open_to_all and "(" not in page and "<" not in page
    ]


@pytest.mark.parametrize("role", ROLES[:-1])
def test_django_admin_is_for_admins(clinic: Clinic, role: str) -> None:
    client = Client() if role == "anonymous" else browser_of(clinic.people[role])
    pages = admin_pages()
    assert len(pages) > 20
    for page in pages:
        answer = client.get(f"/{page}")
        assert answer.status_code == 302, page
        assert answer["Location"].partition("?")[0] == "/admin/login/", page


def test_admins_see_django_admin_and_no_reports_in_it(clinic: Clinic) -> None:
    client = browser_of(clinic.people["admin"])
    page = client.get("/admin/")
    assert page.status_code == 200
    assert b"eport" not in page.content
    assert not any("records" in page for page in admin_pages())
