"""The last belt: what must not be in a log is taken out of whatever is about to be written there.

Our own lines keep silent about people by themselves; what others write may quote a path or the text
of an error. Short numbers stay, since ids are numbers as well.
"""

import re

LONGEST = 8000
# The lookbehinds let a run be tried from its beginning only: a long one would take its square.
_EMAIL_CHARACTER = r"[\w.!#$%&'*+/=?^`{|}~-]"
_PATH_CHARACTER = r"[^\s?\"']"
_MASKS = (
    (re.compile(r"(/set-password/)[^\s\"']+"), r"\1[token]"),
    # Ours and those of others: three parts, or two of which the last is a digest.
    (re.compile(r"\beyJ[\w.-]{10,}"), "[token]"),
    (re.compile(r"(?<![\w-])[\w-]{16,}\.[\w-]{43}\b"), "[token]"),
    (
        re.compile(rf"(?<!{_PATH_CHARACTER})([^\s?\"'/]*/{_PATH_CHARACTER}*)\?[^\s\"']+"),
        r"\1?[query]",
    ),
    # A sign that was encoded twice is still encoded once in the path that is logged.
    (re.compile(rf"(?<!{_EMAIL_CHARACTER}){_EMAIL_CHARACTER}+(?:@|%40)[\w.-]+"), "[email]"),
    (re.compile(r"\+[0-9](?:[ ().-]?[0-9]){7,14}"), "[phone]"),
)


def masked(text: str) -> str:
    """The text without addresses, telephone numbers, tokens and queries, and cut off if long."""
    if len(text) > LONGEST:
        text = text[:LONGEST] + "..."
    for pattern, replacement in _MASKS:
        text = pattern.sub(replacement, text)
    return text
