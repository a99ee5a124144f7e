"""What a line of the log looks like: JSON for machines, or plain for who sits in front of it.

Of an exception a line tells the type and the places, never the text and no variables: the text of
an IntegrityError quotes the address that was given twice. What is left goes through the masks.
"""

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from types import TracebackType

from medicare_django.operations.masks import masked
from medicare_django.operations.request_ids import request_id, user_id

_DEEPEST = 30  # frames of one exception, and exceptions of one chain


class JsonLines(logging.Formatter):
    """One object a line, of texts and whole numbers. Never raises."""

    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, object] = {
            "time": _time_of(record),
            "level": record.levelname,
            "logger": record.name,
            "message": message_of(record),
            "request_id": request_id(),
            "user_id": user_id(),
            "exception": exception_of(record),
            **getattr(record, "fields", {}),
        }
        # Written in ASCII, so without a newline and without half of a surrogate pair.
        return json.dumps({name: _shown(value) for name, value in fields.items() if value != ""})


class PlainLines(logging.Formatter):
    """The same for a terminal. Never raises."""

    def format(self, record: logging.LogRecord) -> str:
        words = [_time_of(record), record.levelname, f"{record.name}:", message_of(record)]
        return masked(" ".join(filter(None, [*words, exception_of(record)])))


class Terse(logging.Filter):
    """Of what Celery says while Redis is away: the sentence, without the stack it comes with twice."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.msg == "Message Error: %s\n%s" and isinstance(record.args, tuple):
            record.msg, record.args, record.exc_info = "%s", record.args[:1], None
        # How Celery 6 will do what is set here on purpose.
        return "CPendingDeprecationWarning" not in message_of(record)


def _shown(value: object) -> str | int:
    return int(value) if isinstance(value, int) else masked(str(value))


def message_of(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:  # whatever the arguments do when they are asked for their text
        return f"{record.msg!r}, whose arguments cannot be filled in"


def exception_of(record: logging.LogRecord) -> str:
    """The types and places of the exception and of what it came from; "" where there is none."""
    error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
    return " from ".join(
        f"{type(each).__module__}.{type(each).__qualname__} at {_places(each.__traceback__)}"
        for each in _chain(error)
    )


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()  # a chain may bite its own tail
    while error is not None and id(error) not in seen and len(seen) < _DEEPEST:
        seen.add(id(error))
        yield error
        hidden = error.__suppress_context__
        error = error.__cause__ or (None if hidden else error.__context__)


def _places(trace: TracebackType | None) -> str:
    places = []
    while trace is not None:
        frame = trace.tb_frame
        module = frame.f_globals.get("__name__", "?")
        places.append(f"{module}:{frame.f_code.co_name}:{trace.tb_lineno}")
        trace = trace.tb_next
    return ", ".join(places[-_DEEPEST:]) or "?"  # the last ones are where it happened


def _time_of(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
