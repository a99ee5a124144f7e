"""What is asked of every page; each check gives its findings in words, or in bytes."""

from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
MAX_BYTES = 100_000
"""Of a page that is opened for the first time."""


def barriers(page: Page) -> list[str]:
    """Give what axe finds against WCAG 2.2 AA: the rule, where, and the element itself."""
    options = {"runOnly": {"type": "tag", "values": LEVELS}, "resultTypes": ["violations"]}
    response = Axe().run(page, options=options).response
    return [
        f"{rule['id']} ({rule['help']})\n    {node['target']}\n    {node['html'][:300]}"
        for rule in response["violations"]
        for node in rule["nodes"]
    ]


def sideways(page: Page) -> list[str]:
    """Name the page's width, and what sticks out, where it can be scrolled sideways."""
    if page.locator("meta[name=viewport][content*='width=device-width']").count() != 1:
        return ["no width for phones"]
    wider: list[str] = page.evaluate(
        """() => {
            const {scrollWidth, clientWidth} = document.documentElement;
            if (scrollWidth <= clientWidth) return [];
            const reach = (element) => {
                const {left, width} = element.getBoundingClientRect();
                const spills = getComputedStyle(element).overflowX === "visible";
                return left + (spills ? Math.max(width, element.scrollWidth) : width);
            };
            const out = [...document.body.querySelectorAll("*")].filter(
                (element) => reach(element) > clientWidth + 1);
            return [`${scrollWidth} px wide in ${clientWidth} px`].concat(
                out.slice(0, 5).map((element) => element.outerHTML.slice(0, 200)));
        }"""
    )
    return ["\n    ".join(wider)] if wider else []


def inline_code(html: str) -> list[str]:
    """Give the tags that hold script or style of their own."""
    parser = _InlineCode()
    parser.feed(html)
    parser.close()
    return [f"inline: {tag}" for tag in parser.found]


class _InlineCode(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if (
            tag == "style"
            or (tag == "script" and "src" not in given and given.get("type") != "application/json")
            or any(name == "style" or name.startswith("on") for name in given)
            or any(
                (value or "").strip().lower().startswith("javascript:") for value in given.values()
            )
        ):
            self.found.append(self.get_starttag_text() or tag)


class Scales:
    """Weighs all that a page loads from now on, but for pictures that people uploaded.

    What is ours comes from /static/, theirs does not. A form that is shown again is one page and
    another: of one address, what was heaviest counts.
    """

    def __init__(self, page: Page) -> None:
        self._kinds: dict[str, tuple[str, str]] = {}
        self.loaded: dict[str, int] = {}
        session = page.context.new_cdp_session(page)
        session.on("Network.responseReceived", self._receive)
        session.on("Network.loadingFinished", self._finish)
        session.send("Network.enable")

    def _receive(self, event: dict[str, Any]) -> None:
        self._kinds[event["requestId"]] = (event["type"], event["response"]["url"])

    def _finish(self, event: dict[str, Any]) -> None:
        kind, url = self._kinds.get(event["requestId"], ("", "an unknown address"))
        if kind != "Image" or urlsplit(url).path.startswith("/static/"):
            self.loaded[url] = max(self.loaded.get(url, 0), int(event["encodedDataLength"]))

    @property
    def total(self) -> int:
        return sum(self.loaded.values())
