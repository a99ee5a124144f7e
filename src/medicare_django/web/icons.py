"""Icons of Font Awesome, read from its package: a page holds the few that it shows."""

import re
from functools import cache
from importlib.resources import files

_FOLDER = files("fontawesomefree") / "static" / "fontawesomefree" / "svgs"
_VIEW_BOX = re.compile(r'viewBox="([0-9 .-]+)"')
_PATHS = re.compile(r"<path [^>]*/>")


@cache
def icon_svg(name: str, style: str = "solid") -> str:
    """Decoration: hidden from screen readers, so a word has to stand beside it."""
    source = (_FOLDER / f"{style}/{name}.svg").read_text(encoding="utf-8")
    view_box = _VIEW_BOX.search(source)
    assert view_box is not None, name  # noqa: S101 - a file of the package is not a picture
    return (
        f'<svg class="icon" aria-hidden="true" focusable="false" viewBox="{view_box[1]}">'
        f"{''.join(_PATHS.findall(source))}</svg>"
    )
