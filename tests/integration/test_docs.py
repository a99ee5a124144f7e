import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
_LINK = re.compile(r"\]\(([^)#\s]*)(?:#([^)\s]*))?\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_the_documentation_leads_somewhere(page: Path) -> None:
    links = _LINK.findall(page.read_text(encoding="utf-8"))
    here = [(page.parent / link if link else page, to) for link, to in links if ":" not in link]
    assert [path for path, _ in here if not path.exists()] == []
    assert [to for path, to in here if to and to not in anchors(path)] == []


def anchors(page: Path) -> set[str]:
    """The headings of the page as links name them."""
    return {
        re.sub(r"[^\w\- ]", "", heading).lower().replace(" ", "-")
        for heading in _HEADING.findall(page.read_text(encoding="utf-8"))
    }
