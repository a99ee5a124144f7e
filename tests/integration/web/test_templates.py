import re
from pathlib import Path

import pytest

SOURCES = Path(__file__).parents[3] / "src" / "medicare_django"
# Mails are styled in their tags, as mail programs need it; they are no pages.
TEMPLATES = [file for file in SOURCES.rglob("*.html") if file.parent.name != "notifications"]
INLINE = re.compile(
    r"<style\b|\sstyle\s*=|\son[a-z]+\s*=|javascript:|<script(?![^>]*(\ssrc\s*=|application/json))",
    re.IGNORECASE,
)


@pytest.mark.parametrize(
    "file", TEMPLATES, ids=lambda file: str(file.relative_to(SOURCES).as_posix())
)
def test_a_page_holds_no_script_or_style_of_its_own(file: Path) -> None:
    assert not [found[0] for found in INLINE.finditer(file.read_text(encoding="utf-8"))]


@pytest.mark.parametrize(
    "text",
    ['<p style="x">', "<a\nonclick = 'x'>", "<script>", '<script nonce="{{ x }}">', "<style>"],
)
def test_what_would_be_inline_is_seen(text: str) -> None:
    assert INLINE.search(text)
    assert not INLINE.search('<script src="x"></script><option value="on">{{ on_date }}')
