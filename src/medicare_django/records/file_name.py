import re
import unicodedata
from collections.abc import Sequence

from medicare_django.accounts.characters import UNPRINTABLE

MAX_LENGTH = 100
# Browsers write a quote, and the end of a line, in the name of an upload as %22, %0D and %0A.
_SPECIAL = re.compile(r"""[/\\"'`<>:|?*]|%22|%0D|%0A""")
_RESERVED = re.compile(
    r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9\u00b9\u00b2\u00b3])\s*(\.|\Z)",
    re.IGNORECASE,
)


def clean_file_name(name: str, extensions: Sequence[str]) -> str:
    """Return a name that any system can save the file under, ending in one of `extensions`.

    Nothing is ever stored under it: it is what a download suggests.
    """
    composed = unicodedata.normalize("NFC", name)
    kept = "".join(c for c in composed if unicodedata.category(c) not in UNPRINTABLE)
    stem, extension = _split(_SPECIAL.sub("", kept).rstrip(" ."), extensions)
    stem = stem.strip(" .")
    if _RESERVED.match(stem + extension):
        stem = f"_{stem}"
    stem = stem[: MAX_LENGTH - len(extension)].rstrip(" .")
    return (stem or "report") + extension


def _split(name: str, extensions: Sequence[str]) -> tuple[str, str]:
    """The extension as it was written, or else the usual one."""
    for extension in extensions:
        if name.lower().endswith(extension):
            return name[: -len(extension)], name[-len(extension) :]
    return name, extensions[0]
