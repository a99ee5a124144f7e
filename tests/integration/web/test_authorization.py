"""Every page, asked for by everybody: one table, and no page without a row."""

from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import URLResolver, get_resolver

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
    ("favicon.ico", "GET", "favicon.ico", [302] * 6),
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
    ("doctor/availability/", "GET", "doctor/availability/", DOCTORS),
    ("doctor/availability/preview/", "GET", "doctor/availability/preview/", DOCTORS),
    *(
        (f"doctor/{page}/add/", method, f"doctor/{page}/add/", DOCTORS)
        for page in ("availability", "time-off")
        for method in ("GET", "POST")
    ),
    *(
        (f"doctor/{route}", method, f"doctor/{path}", [302, 403, 403, status, 404, 403])
        for route, path, method, status in [
            ("availability/<id:pk>/", "availability/{rule}/", "GET", 200),
            ("availability/<id:pk>/", "availability/{rule}/", "POST", 200),
            ("availability/<id:pk>/delete/", "availability/{rule}/delete/", "GET", 200),
            ("time-off/<id:pk>/delete/", "time-off/{time_off}/delete/", "GET", 200),
            ("time-off/<id:pk>/delete/", "time-off/{time_off}/delete/", "POST", 302),
            ("time-off/<id:pk>/delete/", "time-off/{closure}/delete/", "POST", 404),
        ]
    ),
    ("doctor/time-off/", "GET", "doctor/time-off/", DOCTORS),
    # --- Admins
    *(
        (f"admin/dashboard/{route}", method, f"admin/dashboard/{path}", [*STAFF[:5], status])
        for route, path, method, status in [
            ("", "", "GET", 200),
            ("appointments/", "appointments/", "GET", 200),
            (
                "appointments/<uuid:appointment>/cancel/",
                "appointments/{appointment}/cancel/",
                "GET",
                200,
            ),
            (
                "appointments/<uuid:appointment>/cancel/",
                "appointments/{appointment}/cancel/",
                "POST",
                302,
            ),
            ("doctors/", "doctors/", "GET", 200),
            ("doctors/add/", "doctors/add/", "GET", 200),
            ("doctors/add/", "doctors/add/", "POST", 200),
            ("doctors/<id:doctor>/", "doctors/{doctor}/", "GET", 200),
            ("doctors/<id:doctor>/", "doctors/{doctor}/", "POST", 200),
            ("doctors/<id:doctor>/invite/", "doctors/{doctor}/invite/", "POST", 302),
            ("doctors/<id:doctor>/time-zone/", "doctors/{doctor}/time-zone/", "GET", 200),
            ("doctors/<id:doctor>/time-zone/", "doctors/{doctor}/time-zone/", "POST", 200),
            ("doctors/<id:doctor>/deactivate/", "doctors/{doctor}/deactivate/", "GET", 200),
            ("doctors/<id:doctor>/deactivate/", "doctors/{doctor}/deactivate/", "POST", 200),
            ("doctors/<id:doctor>/activate/", "doctors/{doctor}/activate/", "POST", 302),
            ("patients/", "patients/", "GET", 200),
            ("patients/<id:patient>/", "patients/{patient}/", "GET", 200),
            ("patients/<id:patient>/deactivate/", "patients/{patient}/deactivate/", "GET", 200),
            ("patients/<id:patient>/activate/", "patients/{patient}/activate/", "POST", 302),
            ("closures/", "closures/", "GET", 200),
            ("closures/add/", "closures/add/", "GET", 200),
            ("closures/add/", "closures/add/", "POST", 200),
            ("closures/<id:pk>/delete/", "closures/{closure}/delete/", "GET", 200),
            ("closures/<id:pk>/delete/", "closures/{closure}/delete/", "POST", 302),
            ("closures/<id:pk>/delete/", "closures/{time_off}/delete/", "POST", 404),
        ]
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


def is_api(part: URLResolver) -> bool:
    return str(part.pattern) == "api/"


def test_no_page_is_without_a_row() -> None:
    parts = [each for each in get_resolver().url_patterns if isinstance(each, URLResolver)]
    pages = [each for each in parts if each is not admin_site() and not is_api(each)]
    found = {"".join(each) for part in pages for each in routes(part, str(part.pattern))}
    assert found == {row[0] for row in TABLE}
