import os
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.integration.browser import chromium, demo_site, windows
from tests.integration.browser.demo_site import Role, Site
from tests.integration.browser.windows import DESKTOP, Faults, Scheme, Size


class OpenPage(Protocol):
    def __call__(
        self,
        size: Size = ...,
        scheme: Scheme = ...,
        *,
        javascript: bool = ...,
        role: Role | None = ...,
    ) -> Page: ...


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One for each process of the tests: to start it takes a second."""
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright's event loop stays in this thread, in which Django then refuses its database;
        # tests of other folders may come after these in one process.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        try:
            running = chromium.launch(playwright)
        except chromium.Missing as missing:
            if os.environ.get("CI") == "true":
                pytest.fail(str(missing))
            pytest.skip(str(missing))
        with running:
            yield running


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("seeded")
    demo_site.seed(folder)
    return folder


@pytest.fixture(scope="module")
def site(
    browser: Browser, seeded: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """The demo as it is in the beginning, for the tests of one module: keep out of their way.

    Take a patient of your own (`site.new_patient()`) for what you change.
    """
    with demo_site.site(seeded, tmp_path_factory.mktemp("site")) as running:
        yield running


@pytest.fixture
def open_page(browser: Browser, site: Site) -> Iterator[OpenPage]:
    """Opens pages, each in a window without cookies but those of its role.

    In the end, whatever went wrong in one of them fails the test: see `Faults`.
    """
    faults = Faults(urlsplit(site.url).netloc)
    opened: list[BrowserContext] = []

    def open_page(
        size: Size = DESKTOP,
        scheme: Scheme = "light",
        *,
        javascript: bool = True,
        role: Role | None = None,
    ) -> Page:
        cookies = windows.cookies_of(browser, site, role) if role else None
        context = windows.open_window(
            browser, site, size, scheme, javascript=javascript, cookies=cookies
        )
        opened.append(context)
        page = context.new_page()
        faults.watch(page)
        return page

    yield open_page
    for context in opened:
        context.close()
    assert not faults.found, "\n".join(faults.found)


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    return open_page()
