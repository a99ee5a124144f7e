"""Windows of the browser on the site, and what goes wrong in them."""

from typing import Literal
from urllib.parse import urlsplit

from attrs import Factory, define, frozen
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    StorageState,
    ViewportSize,
)

from tests.integration.browser.demo_site import PASSWORD, Role, Site

Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
# Chromium's own line about an answer that is no success; `Faults` judges those itself.
_ECHO = "Failed to load resource: the server responded with a status of"
# What a person, or a script, is answered with 4xx is for the tests to judge.
_ASKED_FOR = {"document", "fetch", "xhr"}


@frozen
class Size:
    name: str
    width: int
    height: int
    is_phone: bool = False

    @property
    def viewport(self) -> ViewportSize:
        return {"width": self.width, "height": self.height}


DESKTOP = Size("desktop", 1280, 800)
PHONE = Size("phone", 360, 740, is_phone=True)
SIZES = (DESKTOP, PHONE)
NARROWEST = Size("narrowest", 320, 512)
"""What a desktop is that is magnified four times: WCAG 1.4.10 wants no more."""


@define(slots=False)  # Playwright sets attributes on what its listeners belong to
class Faults:
    """What no page may do, whatever its test is about; `found` says it in words."""

    host: str
    found: list[str] = Factory(list)

    def watch(self, page: Page) -> None:
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.found.append(f"script: {error}"))
        page.on("request", self._see_request)
        page.on("response", self._see_response)

    def _hear(self, message: ConsoleMessage) -> None:
        """Violations of the content policy come this way as well."""
        if message.type == "error" and not message.text.startswith(_ECHO):
            self.found.append(f"console: {message.text}")

    def _see_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https", "ws", "wss"} and parts.netloc != self.host:
            self.found.append(f"request to another host: {request.url}")

    def _see_response(self, response: Response) -> None:
        kind = response.request.resource_type
        if response.status >= 500 or (response.status >= 400 and kind not in _ASKED_FOR):
            self.found.append(f"{kind} {response.url} was answered with {response.status}")


def open_window(
    browser: Browser,
    site: Site,
    size: Size = DESKTOP,
    scheme: Scheme = "light",
    *,
    javascript: bool = True,
    cookies: StorageState | None = None,
) -> BrowserContext:
    """Each comes from an address of its own: to be locked out of one leaves the others open."""
    context = browser.new_context(
        base_url=site.url,
        viewport=size.viewport,
        is_mobile=size.is_phone,
        has_touch=size.is_phone,
        color_scheme=scheme,
        java_script_enabled=javascript,
        storage_state=cookies,
        extra_http_headers={"X-Forwarded-For": site.new_ip()},
        locale="en-GB",
        reduced_motion="reduce",  # what is still changing colour has none that can be judged
        timezone_id="UTC",
    )
    context.set_default_timeout(15_000)
    return context


def cookies_of(browser: Browser, site: Site, role: Role) -> StorageState:
    """Log in once for each site. Who logs out in a test, or changes a password, logs in anew."""
    if role not in site.logins:
        with open_window(browser, site) as context:
            log_in(context.new_page(), role)
            site.logins[role] = context.storage_state()
    return site.logins[role]


def log_in(page: Page, role: Role, email: str = "", password: str = PASSWORD) -> None:
    """Fill the form of the portal, by default for the demo's account."""
    page.goto(role.login_path)
    page.locator("[name=email]").fill(email or role.email)
    page.locator("[name=password]").fill(password)
    page.locator("[name=password]").press("Enter")
    page.wait_for_url(lambda url: urlsplit(url).path != role.login_path)
