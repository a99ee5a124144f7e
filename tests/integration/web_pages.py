"""What the tests of pages read out of an answer."""

import re
from typing import Any

from django.contrib.messages import get_messages


def text_of(answer: Any) -> str:
    """What is read on the page, each run of spaces as one."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def told(answer: Any) -> list[str]:
    """The messages that the next page shows."""
    return [str(message) for message in get_messages(answer.wsgi_request)]


def error_of(page: Any, field: str) -> str:
    """What stands beside this field, or nothing."""
    found = re.search(
        rf'<p class="error" id="id_{field}_error">.*?</svg>(.*?)</p>', page.content.decode(), re.S
    )
    return found[1].strip() if found else ""
