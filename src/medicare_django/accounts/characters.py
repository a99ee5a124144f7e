"""Characters that cannot be seen, or that mislead, in what people write."""

import re
import unicodedata

from django.core.exceptions import ValidationError

# Control, format, surrogate, private use and unassigned characters, line and paragraph separators.
# Among them are those that turn text around, so that a name can pass for another.
UNPRINTABLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
JOINERS = "\u200c\u200d"  # format characters that Persian, Hindi and emoji cannot do without
# Unicode's default-ignorable letters and marks, and the empty pattern of Braille.
INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U000e0000-\U000e0fff]"
)


def check_readable(text: str, harmless: str = JOINERS) -> None:
    """Raise ValidationError where characters cannot be seen or mislead, or where there are no others.

    `harmless` are those that would be among them and are let pass, where they stand inside.
    """
    kinds = {unicodedata.category(c) for c in text if c not in harmless}
    hidden = kinds & UNPRINTABLE or INVISIBLE.search(text) or text.strip(JOINERS) != text
    if hidden:
        raise ValidationError("This text has characters that cannot be shown.", code="unprintable")
    if text and not any(kind[0] in "LNS" for kind in kinds):
        raise ValidationError("Enter at least one letter or digit.", code="unreadable")


def one_line(text: str) -> str:
    return " ".join(text.split())
