"""The last belt: what must not be in a log is taken out of whatever is about to be written there.

Our own lines keep silent about people by themselves; what others write may quote a path or the text
of an error. Short numbers stay, since ids are numbers as well.
"""

import re

LONGEST = 8000
_EMAIL_CHARACTER = r"[\w.!#$%&'*+/=?^`{|}~-]"
_MASKS = (
    (re.compile(r"(/set-password/)[^\s\"']+"), r"\1[token]"),
    # Ours and those of others: three parts, or two of which the last is a digest.
    (re.compile(r"\beyJ[\w.-]{10,}"), "[token]"),
    (re.compile(r"\b[\w-]{16,}\.[\w-]{43}\b"), "[token]"),
    (re.compile(r"(/[^\s?\"']*)\?[^\s\"']+"), r"\1?[query]"),
    # The lookbehind lets a run be tried from its beginning only: a long one would take its square.
    (re.compile(rf"(?<!{_EMAIL_CHARACTER}){_EMAIL_CHARACTER}+@[\w.-]+"), "[email]"),
    (re.compile(r"\+[0-9](?:[ ().-]?[0-9]){7,14}"), "[phone]"),
)


def masked(text: str) -> str:
    """The text without addresses, telephone numbers, tokens and queries, and cut off if long."""
    if len(text) > LONGEST:
        text = text[:LONGEST] + "..."
    for pattern, replacement in _MASKS:
        text = pattern.sub(replacement, text)
    return text
