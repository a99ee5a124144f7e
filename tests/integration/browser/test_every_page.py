import pytest

from tests.integration.browser.conftest import OpenPage
from tests.integration.browser.demo_site import Site
from tests.integration.browser.page_checks import (
    MAX_BYTES,
    Scales,
    barriers,
    inline_code,
    sideways,
)
from tests.integration.browser.pages import PAGES, SitePage
from tests.integration.browser.windows import NARROWEST, SCHEMES, SIZES

every_page = pytest.mark.parametrize(
    "one", [page for page in PAGES if page.is_ours], ids=lambda one: one.name
)


@every_page
def test_a_page_is_for_everybody_in_every_size_and_scheme(
    one: SitePage, site: Site, open_page: OpenPage
) -> None:
    page = open_page(role=one.role)
    one.visit(page, site)
    page.set_viewport_size(NARROWEST.viewport)
    findings = inline_code(page.content()) + sideways(page)
    for size in SIZES:
        page.set_viewport_size(size.viewport)
        findings += sideways(page)
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            findings += [f"{size.name}, {scheme}: {barrier}" for barrier in barriers(page)]
    assert not findings, "\n".join(findings)


@every_page
def test_a_page_is_light(one: SitePage, site: Site, open_page: OpenPage) -> None:
    page = open_page(role=one.role)
    scales = Scales(page)
    one.visit(page, site)
    page.wait_for_load_state("networkidle")
    assert 0 < scales.total <= MAX_BYTES, scales.loaded


@pytest.mark.parametrize(
    "one", [page for page in PAGES if not page.is_ours], ids=lambda one: one.name
)
def test_a_page_of_another_package_keeps_to_the_site(
    one: SitePage, site: Site, open_page: OpenPage
) -> None:
    one.visit(open_page(role=one.role), site)
