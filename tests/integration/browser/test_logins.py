"""Every portal's login: who gets in, who is told where to go, and what a lock looks like."""

import re
from itertools import permutations

import pytest
from playwright.sync_api import Page, expect

from tests.integration.browser.conftest import OpenPage
from tests.integration.browser.demo_site import Role, Site
from tests.integration.browser.windows import DESKTOP, SIZES, Size, log_in

ROLES = list(Role)
HOMES = {Role.PATIENT: "/", Role.DOCTOR: "/doctor/", Role.ADMIN: "/admin/dashboard/"}
OWN_PAGES = {**HOMES, Role.PATIENT: "/appointments/"}
SECONDS = re.compile(r"You can try again in \d+ seconds?\.")
every_size = pytest.mark.parametrize("size", SIZES, ids=lambda size: size.name)
every_role = pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name.lower())


def enter(page: Page, email: str, password: str) -> None:
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    with page.expect_navigation():
        page.get_by_label("Password").press("Enter")


def shown_seconds(page: Page) -> int:
    return int(page.locator("[data-seconds]").inner_text())


@every_role
@every_size
def test_three_wrong_passwords_lock_for_a_minute_that_counts_down(
    open_page: OpenPage, size: Size, role: Role
) -> None:
    page = open_page(size)
    page.clock.install()
    page.goto(role.login_path)
    for _ in range(2):
        enter(page, role.email, "wrong")
        expect(page.get_by_role("alert")).to_contain_text("The e-mail or the password is wrong.")
    enter(page, role.email, "wrong")
    expect(page).to_have_url(re.compile(f"{role.login_path}$"))
    expect(page.get_by_role("alert")).to_have_text(SECONDS)
    button = page.locator("main form [type=submit]")
    expect(button).to_be_disabled()
    expect(page.get_by_label("E-mail")).to_have_value(role.email)

    before, said = shown_seconds(page), page.get_by_role("alert").inner_text()
    page.clock.run_for(10_000)
    assert before - 11 <= shown_seconds(page) <= before - 9
    assert page.get_by_role("alert").inner_text() == said, "it is read out once, not every second"
    page.clock.run_for(60_000)
    expect(button).to_be_enabled()
    expect(page.get_by_text("You can try again now.")).to_be_visible()
    expect(page.get_by_role("alert")).to_be_hidden()


@every_role
def test_a_locked_login_says_so_without_scripts_too(open_page: OpenPage, role: Role) -> None:
    page = open_page(DESKTOP, javascript=False)
    page.goto(role.login_path)
    for _ in range(3):
        enter(page, role.email, "wrong")
    expect(page.get_by_role("alert")).to_have_text(SECONDS)
    expect(page.locator("main form [type=submit]")).to_be_enabled()


@pytest.mark.parametrize(("role", "other"), list(permutations(ROLES, 2)))
def test_the_right_password_at_the_wrong_portal_leads_to_the_right_one(
    open_page: OpenPage, role: Role, other: Role
) -> None:
    page = open_page(DESKTOP)
    page.goto(other.login_path)
    enter(page, role.email, "medicare-demo")
    page.get_by_role("alert").get_by_role("link").click()
    expect(page).to_have_url(re.compile(f"{role.login_path}$"))
    log_in(page, role)
    page.goto(OWN_PAGES[other])
    expect(page.get_by_role("heading", level=1)).to_contain_text("This page is for")
    page.get_by_role("link", name="Go to your pages").click()
    expect(page).to_have_url(re.compile(f"{HOMES[role]}$"))


def test_django_admin_is_reached_by_the_portal_s_login(open_page: OpenPage, site: Site) -> None:
    page = open_page(DESKTOP)
    page.goto("/admin/scheduling/appointment/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Log in to the clinic")
    enter(page, Role.ADMIN.email, "medicare-demo")
    expect(page).to_have_url(f"{site.url}/admin/scheduling/appointment/")
    page.get_by_role("button", name="Log out").click()
    page.goto("/admin/")
    expect(page).to_have_url(re.compile("/admin/login/"))
