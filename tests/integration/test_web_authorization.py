"""Every page, asked for by everybody: one table, and no page without a row."""

from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import get_resolver

from tests.integration.factories import browser_of
from tests.integration.small_clinic import ROLES, Clinic, admin_site, make_clinic, routes

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
NOW = datetime(2031, 6, 2, 7, tzinfo=UTC)  # a Monday

ANYONE = [200] * 6
PATIENTS = [302, 200, 200, 403, 403, 403]
DOCTORS = [302, 403, 403, 200, 200, 403]
STAFF = [302, 403, 403, 403, 403, 200]
# (route, method, path, a status for each of ROLES)
TABLE: list[tuple[str, str, str, list[int]]] = [
    ("forgotten-password/", "GET", "forgotten-password/", ANYONE),
    ("forgotten-password/", "POST", "forgotten-password/", ANYONE),
    ("password-mailed/", "GET", "password-mailed/", ANYONE),
    ("set-password/<str:token>/", "GET", "set-password/x/", [410] * 6),
    ("set-password/<str:token>/", "POST", "set-password/x/", [410] * 6),
    ("password-set/", "GET", "password-set/", ANYONE),
    ("login/", "GET", "login/", [200, 302, 302, 200, 200, 200]),
    ("login/", "POST", "login/", ANYONE),
    ("logout/", "POST", "logout/", [302] * 6),
    ("logout/", "GET", "logout/", [405] * 6),
    ("doctor/login/", "GET", "doctor/login/", [200, 200, 200, 302, 302, 200]),
    ("doctor/login/", "POST", "doctor/login/", ANYONE),
    ("doctor/logout/", "POST", "doctor/logout/", [302] * 6),
    ("admin/login/", "GET", "admin/login/", [200, 200, 200, 200, 200, 302]),
    ("admin/login/", "POST", "admin/login/", ANYONE),
    ("admin/logout/", "POST", "admin/logout/", [302] * 6),
    # --- Patients
    ("", "GET", "", ANYONE),
    ("doctors/<id:doctor>/", "GET", "doctors/{doctor}/", ANYONE),
    (
        "doctors/<id:doctor>/book/",
        "GET",
        "doctors/{doctor}/book/?start=2031-06-03T11:00Z",
        PATIENTS,
    ),
    (
        "doctors/<id:doctor>/book/",
        "POST",
        "doctors/{doctor}/book/",
        [302, 302, 302, 403, 403, 403],
    ),
    ("appointments/", "GET", "appointments/", PATIENTS),
    *(
        (
            f"appointments/<uuid:appointment>/{page}",
            method,
            f"appointments/{{appointment}}/{page}",
            [302, status, 404, 403, 403, 403],
        )
        for page, method, status in [
            ("booked/", "GET", 200),
            ("calendar.ics", "GET", 200),
            ("move/", "GET", 200),
            ("move/", "POST", 302),
            ("cancel/", "GET", 200),
            ("cancel/", "POST", 302),
        ]
    ),
    ("register/", "GET", "register/", [200, 302, 302, 200, 200, 200]),
    ("register/", "POST", "register/", ANYONE),
    ("reports/", "GET", "reports/", PATIENTS),
    ("reports/upload/", "GET", "reports/upload/", PATIENTS),
    ("reports/upload/", "POST", "reports/upload/", PATIENTS),
    (
        "reports/<uuid:report>/file/",
        "GET",
        "reports/{report}/file/",
        [302, 200, 404, 403, 403, 403],
    ),
    # --- The own account, in every portal
    *(
        (f"{root}{page}", method, f"{root}{page}", whose)
        for root, own in [("", PATIENTS), ("doctor/", DOCTORS), ("admin/dashboard/", STAFF)]
        for page, whose in [
            ("verify-email/", ANYONE),
            ("profile/", own),
            ("profile/email/", own),
            ("profile/password/", own),
        ]
        for method in ("GET", "POST")
    ),
    # --- Doctors
    ("doctor/", "GET", "doctor/", DOCTORS),
    ("doctor/week/", "GET", "doctor/week/", DOCTORS),
    ("doctor/appointments/", "GET", "doctor/appointments/", DOCTORS),
    *(
        (
            "doctor/appointments/<uuid:appointment>/cancel/",
            method,
            "doctor/appointments/{appointment}/cancel/",
            [302, 403, 403, status, 404, 403],
        )
        for method, status in [("GET", 200), ("POST", 302)]
    ),
    ("doctor/patients/", "GET", "doctor/patients/", DOCTORS),
    (
        "doctor/patients/<id:patient>/",
        "GET",
        "doctor/patients/{patient}/",
        [302, 403, 403, 200, 404, 403],
    ),
    (
        "doctor/reports/<uuid:report>/file/",
        "GET",
        "doctor/reports/{report}/file/",
        [302, 403, 403, 200, 404, 403],
    ),
]


@pytest.fixture
def clinic() -> Clinic:
    return make_clinic(NOW)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(
    ("route", "method", "path", "statuses"), TABLE, ids=[f"{r[1]} {r[2]}" for r in TABLE]
)
def test_everybody_gets_the_pages_that_are_theirs(
    clinic: Clinic, role: str, route: str, method: str, path: str, statuses: list[int]
) -> None:
    browser = Client() if role == "anonymous" else browser_of(clinic.people[role])
    answer = browser.generic(method, f"/{clinic.fill(path)}")
    content = b"".join(answer) if answer.streaming else answer.content
    assert answer.status_code == statuses[ROLES.index(role)], content
    if role in {"patient", "doctor"}:
        stranger = clinic.people["other patient"]
        for canary in (stranger.name, stranger.email, stranger.phone_number, stranger.place):
            assert canary.encode() not in content
        assert f"Canary of {stranger.pk}".encode() not in content


@pytest.mark.parametrize(
    ("route", "method", "path", "statuses"),
    [row for row in TABLE if row[3] in (PATIENTS, DOCTORS, STAFF)],
)
def test_who_is_logged_out_goes_to_the_login_of_the_portal_and_comes_back(
    clinic: Clinic, route: str, method: str, path: str, statuses: list[int]
) -> None:
    where = {"d": "/doctor/login/", "a": "/admin/login/"}
    answer = Client().generic(method, f"/{clinic.fill(path)}")
    login, _, query = answer["Location"].partition("?")
    is_of_patients = statuses == PATIENTS
    assert login == ("/login/" if is_of_patients else where[path[0]])
    assert query.startswith("next=")


def test_no_page_is_without_a_row() -> None:
    django_admin = set(routes(admin_site(), "admin/"))
    found = {
        prefix + route
        for prefix, route in routes(get_resolver())
        if prefix != "api/" and (prefix, route) not in django_admin
    }
    assert found == {row[0] for row in TABLE}
