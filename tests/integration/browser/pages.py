"""All pages of the site, once: what is tested on every page, and shown in the pictures, is these."""

import re
from collections.abc import Callable

from attrs import frozen
from django.template.loader import render_to_string
from playwright.sync_api import Page

from tests.integration.browser.demo_site import Role, Site


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
    "Patients": [],
    "Doctors": [],
    "Admins": [],
}
PAGES = [page for pages in PORTALS.values() for page in pages]

NO_PAGES: dict[str, str] = {}
"""URL names without an entry above, each with the reason: posted to only, a file, a redirect."""
