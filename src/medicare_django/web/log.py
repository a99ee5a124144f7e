import logging
import re

_LINK = re.compile(r"(/set-password/)[^\s\"']+")


class WithoutTokens(logging.Filter):
    """Django logs the path of what it refuses, and in the path of a mailed link is its token."""

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        if _LINK.search(text):
            record.msg, record.args = _LINK.sub(r"\1...", text), ()
        return True
