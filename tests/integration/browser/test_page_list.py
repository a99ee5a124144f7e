from collections import Counter
from collections.abc import Iterable, Iterator

from django.urls import URLPattern, URLResolver, resolve

from medicare_django.web.urls import urlpatterns
from tests.integration.browser.pages import NO_PAGES, PAGES


def names(patterns: Iterable[URLPattern | URLResolver], prefix: str = "") -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{pattern.namespace}:" if pattern.namespace else prefix
            yield from names(pattern.url_patterns, inner)
        elif pattern.name:
            yield prefix + pattern.name


def test_no_page_is_forgotten() -> None:
    listed = {page.url_name for page in PAGES}
    assert set(names(urlpatterns)) - listed == NO_PAGES.keys()


def test_every_entry_has_a_name_of_its_own() -> None:
    assert set(Counter(page.name for page in PAGES).values()) == {1}


def test_every_path_is_that_of_its_name() -> None:
    known = set(names(urlpatterns))
    for page in PAGES:
        if isinstance(page.path, str) and page.url_name in known:
            assert resolve(page.path.partition("?")[0]).view_name == page.url_name
