"""The checks themselves, on pages with planted faults."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from tests.integration.browser import windows
from tests.integration.browser.conftest import OpenPage
from tests.integration.browser.demo_site import Site
from tests.integration.browser.page_checks import Scales, barriers, inline_code, sideways
from tests.integration.browser.windows import DESKTOP, PHONE, Faults

FAINT = '<html lang="en"><title>x</title><p class="faint">hardly</p>'
META = "<meta name='viewport' content='width=device-width'>"
WIDE = f"<html lang='en'>{META}<title>x</title><pre>{'wide ' * 30}"


def test_faint_text_is_a_barrier(open_page: OpenPage) -> None:
    page = open_page()
    page.set_content(FAINT)
    assert barriers(page) == []
    page.evaluate("document.querySelector('.faint').style.color = '#aaa'")
    [barrier] = barriers(page)
    assert barrier.startswith("color-contrast")
    assert "hardly" in barrier


def test_what_is_too_wide_for_a_phone_is_named(open_page: OpenPage) -> None:
    page = open_page(DESKTOP)
    page.set_content(WIDE)
    assert sideways(page) == []
    page.set_viewport_size(PHONE.viewport)
    [found] = sideways(page)
    assert "in 360 px" in found
    assert "<pre>" in found
    page.set_content("<p>small")
    assert sideways(page) == ["no width for phones"]


@pytest.mark.parametrize(
    "tag",
    [
        "<p style='color: red'>",
        "<button onclick='go()'>",
        "<script>",
        "<script type='module'>",
        "<style>",
        "<a href=' javascript:go()'>",
    ],
)
def test_what_is_inline_is_named(tag: str) -> None:
    assert inline_code(f"<div>{tag}</div>") == [f"inline: {tag}"]


def test_what_comes_from_elsewhere_is_not_inline() -> None:
    assert inline_code('<link href="x.css"><script src="x.js"></script><a href="/x">') == []


def test_all_that_a_page_loads_is_weighed(open_page: OpenPage) -> None:
    page = open_page()
    scales = Scales(page)
    page.goto("/password-set/")
    page.wait_for_load_state("networkidle")
    assert any(url.endswith(".css") for url in scales.loaded)
    assert min(scales.loaded.values()) > 100


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("console.error('oh')", "console: oh"),
        ("setTimeout(() => missing())", "missing is not defined"),
        # Any other way the policy of the page would stop it before it is a request.
        ("location.href = 'http://localhost:9/x'", "request to another host"),
        ("document.body.setAttribute('style', 'color: red')", "Content Security Policy"),
        ("document.body.append(Object.assign(new Image(), {src: '/no.png'}))", "no.png"),
    ],
    ids=["console", "error", "foreign", "policy", "missing"],
)
def test_a_fault_is_seen(browser: Browser, site: Site, script: str, found: str) -> None:
    faults = Faults(urlsplit(site.url).netloc)
    with windows.open_window(browser, site) as context:
        page = context.new_page()
        faults.watch(page)
        page.goto("/forgotten-password/" if "Policy" in found else "/nothing-here/")
        assert faults.found == []
        page.evaluate(f"() => {{ {script} }}")
        for _ in range(100):
            if not faults.found:
                page.wait_for_timeout(50)
    assert found in " ".join(faults.found)
