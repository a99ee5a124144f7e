"""All pages of the site, once: what is tested on every page, and shown in the pictures, is these."""

import re
from collections.abc import Callable
from urllib.parse import urlencode

from attrs import frozen
from django.template.loader import render_to_string
from playwright.sync_api import Page

from tests.integration.browser.demo_site import Role, Site
from tests.integration.browser.journeys import DOCTOR, keep_report
from tests.integration.browser.windows import log_in

CLINIC = "/admin/dashboard/"


@frozen
class SitePage:
    url_name: str
    """As in `medicare_django.web.urls`; any other word where it is not there."""
    path: str | Callable[[Page, Site], str]
    """May be found by going there, in a window of the role."""
    role: Role | None = None
    state: str = ""
    """Tells several entries of one URL name apart."""
    act: Callable[[Page], None] | None = None
    """What is done on the page to bring about that state."""
    is_ours: bool = True
    """Else drawn by another package: shown, but neither weighed nor judged."""

    @property
    def name(self) -> str:
        return re.sub(r"[^a-z0-9]+", "-", f"{self.url_name} {self.state}".lower()).strip("-")

    @property
    def title(self) -> str:
        title = self.url_name.replace("-", " ").capitalize()
        return f"{title}: {self.state}" if self.state else title

    def visit(self, page: Page, site: Site) -> None:
        page.goto(self.path if isinstance(self.path, str) else self.path(page, site))
        if self.act:
            self.act(page)


def _mailed_link(_page: Page, site: Site) -> str:
    email = site.new_patient()
    site.post("password/reset", {"email": email}, 200)
    return site.mailed_path(email, 2)


def _submit(page: Page) -> None:
    with page.expect_navigation():
        page.locator("main form [type=submit]").first.click()


def _submit_as_a_stranger(page: Page) -> None:
    page.context.clear_cookies()
    page.locator("[name=email]").fill("somebody@example.net")
    _submit(page)


def _broken(page: Page, _site: Site) -> str:
    """No page of the site breaks when one asks it to, so this one is handed to the browser."""
    body = render_to_string("500.html")
    page.route("**/broken/", lambda route: route.fulfill(content_type="text/html", body=body))
    return "/broken/"


def _wait_for_operations(page: Page) -> None:
    page.locator(".opblock").first.wait_for()


def _behind(start: str, selector: str, ending: str = "") -> Callable[[Page, Site], str]:
    """The path of the first such link of a page, with another ending in place of its last part."""

    def find(page: Page, _site: Site) -> str:
        page.goto(start)
        path = page.locator(selector).first.get_attribute("href") or ""
        return re.sub(r"[^/]+/$", ending, path.partition("?")[0]) if ending else path

    return find


def _own_visit(ending: str) -> Callable[[Page, Site], str]:
    return _behind("/appointments/", "a[href$='/move/']", ending)


def _first_time(page: Page, _site: Site) -> str:
    page.goto(DOCTOR)
    start = page.locator("#times input[name=start]").first.get_attribute("value") or ""
    return f"{DOCTOR}book/?{urlencode({'start': start})}"


def _choose_first(page: Page) -> None:
    page.locator("#times label").first.click()


def _go_on(page: Page) -> None:
    _choose_first(page)
    with page.expect_navigation():
        page.get_by_role("button", name="Continue").click()


def _ask_to_cancel(page: Page) -> None:
    page.locator("a[data-dialog]").first.click()
    page.get_by_role("dialog").wait_for()


def _fail_thrice(page: Page) -> None:
    for _ in range(3):
        page.locator("[name=email]").fill("nobody@example.net")
        page.locator("[name=password]").fill("wrong")
        _submit(page)


def _want_what_is_too_soon(page: Page) -> None:
    """By a form that was open for long."""
    page.locator("[name=start]").evaluate("field => field.value = '2026-10-21T09:30:00+00:00'")
    _submit(page)


def _new_patient_of(path: str) -> Callable[[Page, Site], str]:
    """The page as somebody sees it who has just come, logged in."""

    def find(page: Page, site: Site) -> str:
        page.context.clear_cookies()
        log_in(page, Role.PATIENT, site.new_patient())
        return path

    return find


def _save(page: Page) -> None:
    with page.expect_navigation():
        page.locator("main form [type=submit]").last.click()


def _first_patient(ending: str = "") -> Callable[[Page, Site], str]:
    find = _behind(f"{CLINIC}patients/", "tbody a")
    return lambda page, site: find(page, site) + ending


def _close_next_week(page: Page) -> None:
    page.get_by_label("First day").fill("2026-10-26")
    page.get_by_label("Last day").fill("2026-10-30")
    _save_form(page)


def _save_form(page: Page) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name="Save", exact=True).click()


def _fill_in_hours(page: Page) -> None:
    page.get_by_label("Tuesday").check()
    page.get_by_label("Thursday").check()
    page.get_by_label("Every how many weeks").fill("2")
    page.get_by_label("First day").fill("2026-10-20")
    page.get_by_label("From").fill("17:00")
    page.get_by_label("Until").fill("19:30")
    page.get_by_text("Tuesdays and Thursdays 17:00-19:30").wait_for()


def _own_account(portal: str, root: str, role: Role) -> list[SitePage]:
    return [
        SitePage(f"{portal}verify-email", f"{root}verify-email/"),
        SitePage(f"{portal}profile", f"{root}profile/", role),
        SitePage(f"{portal}change-email", f"{root}profile/email/", role),
        SitePage(f"{portal}change-password", f"{root}profile/password/", role),
    ]


PORTALS: dict[str, list[SitePage]] = {
    "Everybody": [
        SitePage("forgotten-password", "/forgotten-password/"),
        SitePage("forgotten-password", "/forgotten-password/", state="with errors", act=_submit),
        SitePage("password-mailed", "/password-mailed/"),
        SitePage("set-password", _mailed_link),
        SitePage("set-password", _mailed_link, state="with errors", act=_submit),
        SitePage("set-password", "/set-password/nothing/", state="link is over"),
        SitePage("password-set", "/password-set/"),
        SitePage("api-docs", "/api/docs/", act=_wait_for_operations, is_ours=False),
        SitePage(
            "error", "/forgotten-password/", state="403 form too old", act=_submit_as_a_stranger
        ),
        SitePage("error", "/nothing-is-here/", state="404"),
        SitePage("error", _broken, state="500"),
    ],
    "Patients": [
        SitePage("home", "/"),
        SitePage("home", "/?search=cardiology", state="found"),
        SitePage("home", "/?search=nobody+at+all", state="nobody found"),
        SitePage("doctor-page", DOCTOR, act=_choose_first),
        SitePage("login", "/login/"),
        SitePage("login", "/login/", state="locked", act=_fail_thrice),
        SitePage("register", "/register/"),
        SitePage("register", "/register/", state="with errors", act=_submit),
        SitePage("book", _first_time, Role.PATIENT),
        SitePage("book", _first_time, Role.PATIENT, "refused", _want_what_is_too_soon),
        SitePage("booked", _own_visit("booked/"), Role.PATIENT),
        SitePage("appointments", "/appointments/", Role.PATIENT),
        SitePage("appointments", _new_patient_of("/appointments/"), state="none"),
        SitePage("move-appointment", _own_visit("move/"), Role.PATIENT),
        SitePage("move-appointment", _own_visit("move/"), Role.PATIENT, "asked", _go_on),
        SitePage("cancel-appointment", _own_visit("cancel/"), Role.PATIENT),
        SitePage(
            "appointments", "/appointments/", Role.PATIENT, "asked to cancel", _ask_to_cancel
        ),
        SitePage("reports", _new_patient_of("/reports/"), act=keep_report),
        SitePage("reports", _new_patient_of("/reports/"), state="none"),
        SitePage("upload-report", "/reports/upload/", Role.PATIENT),
        *_own_account("", "/", Role.PATIENT),
        SitePage("error", "/doctor/", Role.PATIENT, "403 another portal"),
    ],
    "Doctors": [
        SitePage("doctor:login", "/doctor/login/"),
        SitePage("doctor:today", "/doctor/", Role.DOCTOR),
        SitePage("doctor:week", "/doctor/week/", Role.DOCTOR),
        SitePage("doctor:appointments", "/doctor/appointments/", Role.DOCTOR),
        SitePage(
            "doctor:cancel-appointment",
            _behind("/doctor/appointments/", "a[data-dialog]"),
            Role.DOCTOR,
        ),
        SitePage("doctor:patients", "/doctor/patients/", Role.DOCTOR),
        SitePage(
            "doctor:patient",
            _behind("/doctor/patients/", "main .patients a, main tbody a"),
            Role.DOCTOR,
        ),
        SitePage("doctor:availability", "/doctor/availability/", Role.DOCTOR),
        SitePage("doctor:add-hours", "/doctor/availability/add/", Role.DOCTOR, act=_fill_in_hours),
        SitePage(
            "doctor:add-hours", "/doctor/availability/add/", Role.DOCTOR, "with errors", _save_form
        ),
        SitePage(
            "doctor:change-hours", _behind("/doctor/availability/", "main li a"), Role.DOCTOR
        ),
        SitePage(
            "doctor:delete-hours",
            _behind("/doctor/availability/", "a[data-dialog]"),
            Role.DOCTOR,
        ),
        SitePage("doctor:time-off", "/doctor/time-off/", Role.DOCTOR),
        SitePage("doctor:add-time-off", "/doctor/time-off/add/", Role.DOCTOR),
        SitePage(
            "doctor:add-time-off",
            "/doctor/time-off/add/",
            Role.DOCTOR,
            "asked about appointments",
            _close_next_week,
        ),
        SitePage(
            "doctor:delete-time-off", _behind("/doctor/time-off/", "a[data-dialog]"), Role.DOCTOR
        ),
        *_own_account("doctor:", "/doctor/", Role.DOCTOR),
    ],
    "Admins": [
        SitePage("staff:login", "/admin/login/"),
        SitePage("staff:login", "/admin/login/", state="locked", act=_fail_thrice),
        SitePage("staff:dashboard", CLINIC, Role.ADMIN),
        SitePage("staff:appointments", f"{CLINIC}appointments/", Role.ADMIN),
        SitePage("staff:appointments", f"{CLINIC}appointments/?search=xyz", Role.ADMIN, "none"),
        SitePage(
            "staff:cancel-appointment",
            _behind(f"{CLINIC}appointments/", "a[data-dialog]"),
            Role.ADMIN,
        ),
        SitePage("staff:doctors", f"{CLINIC}doctors/", Role.ADMIN),
        SitePage("staff:add-doctor", f"{CLINIC}doctors/add/", Role.ADMIN),
        SitePage(
            "staff:add-doctor", f"{CLINIC}doctors/add/", Role.ADMIN, "with errors", act=_save
        ),
        SitePage("staff:doctor", f"{CLINIC}doctors/1/", Role.ADMIN),
        SitePage("staff:change-time-zone", f"{CLINIC}doctors/1/time-zone/", Role.ADMIN),
        SitePage("staff:deactivate-doctor", f"{CLINIC}doctors/1/deactivate/", Role.ADMIN),
        SitePage("staff:activate-doctor", f"{CLINIC}doctors/1/activate/", Role.ADMIN),
        SitePage("staff:patients", f"{CLINIC}patients/", Role.ADMIN),
        SitePage("staff:patient", _first_patient(), Role.ADMIN),
        SitePage("staff:deactivate-patient", _first_patient("deactivate/"), Role.ADMIN),
        SitePage("staff:activate-patient", _first_patient("activate/"), Role.ADMIN),
        SitePage("staff:closures", f"{CLINIC}closures/", Role.ADMIN),
        SitePage("staff:add-closure", f"{CLINIC}closures/add/", Role.ADMIN),
        SitePage(
            "staff:add-closure",
            f"{CLINIC}closures/add/",
            Role.ADMIN,
            "asked about appointments",
            _close_next_week,
        ),
        SitePage(
            "staff:delete-closure",
            _behind(f"{CLINIC}closures/", "a[data-dialog]"),
            Role.ADMIN,
        ),
        *_own_account("staff:", CLINIC, Role.ADMIN),
    ],
}
PAGES = [page for pages in PORTALS.values() for page in pages]

NO_PAGES = {
    "favicon": "a redirect to a picture",
    "logout": "posted to only",
    "doctor:logout": "posted to only",
    "staff:logout": "posted to only",
    "appointment-calendar": "a file",
    "report-file": "a file",
    "doctor:report-file": "a file",
    "doctor:preview-hours": "a part of the page of hours",
    "staff:invite-doctor": "posted to only",
}
"""URL names without an entry above, each with the reason: posted to only, a file, a redirect."""
