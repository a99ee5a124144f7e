"""Takes the pictures for docs/screenshots.md, on a demo whose clock stands still."""

import os
import sys
import tempfile
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

import django
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.integration.browser import chromium, demo_site, windows
from tests.integration.browser.demo_site import Site
from tests.integration.browser.pages import PORTALS, SitePage
from tests.integration.browser.windows import DESKTOP, PHONE, SCHEMES, SIZES, Faults, Scheme, Size
from tests.integration.served_site import ROOT

PICTURES = ROOT / "docs" / "screenshots"
DOCUMENT = ROOT / "docs" / "screenshots.md"
MAX_BYTES = 200_000
# Kept in a repository, they show what matters and no more: smaller, cut off, and compressed.
WIDTHS = {DESKTOP: 960, PHONE: 360}
HEIGHTS = {DESKTOP: 1600, PHONE: 2000}
"""Of the page, in its own pixels."""
QUALITY = 70
HEAD = """# Screenshots

Every page, on a desktop and on a phone, light and dark; long pages are cut off. Made by
`make screenshots`, of the demo data.
"""


def main() -> int:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.integration.settings"
    django.setup()
    faults: list[str] = []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        seeded, running = Path(folder, "seeded"), Path(folder, "site")
        seeded.mkdir()
        demo_site.seed(seeded)
        browser = chromium.launch(playwright)
        with demo_site.site(seeded, running, clock_stands=True) as site:
            PICTURES.mkdir(exist_ok=True)
            for old in PICTURES.glob("*.webp"):
                old.unlink()
            for one in (page for pages in PORTALS.values() for page in pages):
                faults += taken(browser, site, one)
        browser.close()
    DOCUMENT.write_text(document(), encoding="utf-8")
    total = sum(file.stat().st_size for file in PICTURES.glob("*.webp"))
    print(f"{len(list(PICTURES.glob('*.webp')))} pictures, {total / 1e6:.1f} MB")
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


def taken(browser: Browser, site: Site, one: SitePage) -> list[str]:
    """Take all pictures of one page, and give what went wrong."""
    print(one.name, flush=True)
    faults = Faults(urlsplit(site.url).netloc)
    cookies = windows.cookies_of(browser, site, one.role) if one.role else None
    for size in SIZES:
        with windows.open_window(browser, site, size, cookies=cookies) as context:
            page = context.new_page()
            faults.watch(page)
            one.visit(page, site)
            for scheme in SCHEMES:
                page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                take(page, one, size, scheme)
                weight = file_of(one, size, scheme).stat().st_size
                if weight > MAX_BYTES:
                    faults.found.append(f"a picture of {weight} bytes ({size.name}, {scheme})")
    return [f"{one.name}: {fault}" for fault in faults.found]


def take(page: Page, one: SitePage, size: Size, scheme: Scheme) -> None:
    # The other options would put a style into the page, which its content policy refuses.
    shot = page.screenshot(full_page=True, caret="initial", animations="allow")
    with Image.open(BytesIO(shot)) as picture:
        cut = picture.convert("RGB").crop(
            (0, 0, picture.width, min(picture.height, HEIGHTS[size]))
        )
        width = WIDTHS[size]
        cut.resize((width, round(cut.height * width / cut.width)), Image.Resampling.LANCZOS).save(
            file_of(one, size, scheme), quality=QUALITY, method=6
        )


def file_of(one: SitePage, size: Size, scheme: Scheme) -> Path:
    return PICTURES / f"{one.name}-{size.name}-{scheme}.webp"


def document() -> str:
    parts = [HEAD]
    for portal, pages in PORTALS.items():
        if pages:
            parts += [f"## {portal}\n", *map(section, pages)]
    return "\n".join(parts)


def section(one: SitePage) -> str:
    columns = [(size, scheme) for size in SIZES for scheme in SCHEMES]
    heads = " | ".join(f"{size.name}, {scheme}" for size, scheme in columns)
    cells = " | ".join(
        f"![{one.title}, {size.name}, {scheme}](screenshots/{file_of(one, size, scheme).name})"
        for size, scheme in columns
    )
    return f"### {one.title}\n\n| {heads} |\n|{' --- |' * len(columns)}\n| {cells} |\n"


if __name__ == "__main__":
    sys.exit(main())
