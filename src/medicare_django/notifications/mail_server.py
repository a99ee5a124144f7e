"""The mail server, with a limit to the whole conversation.

`EMAIL_TIMEOUT` counts for each read, so a server that says one byte at a time could hold a worker
for hours.
"""

from contextlib import suppress
from functools import partial
from smtplib import SMTP, SMTPServerDisconnected
from socket import SHUT_RDWR, socket
from threading import Timer
from typing import Any, cast

from django.conf import settings
from django.core.mail import get_connection
from django.core.mail.backends import smtp
from django.core.mail.backends.base import BaseEmailBackend

DEADLINE_SECONDS = 30.0


class DeadlinePassed(SMTPServerDisconnected):
    """The conversation took too long as a whole."""


class _Deadline:
    """Cuts the conversation in its hands when the time is up."""

    def __init__(self) -> None:
        self.passed = False
        self.conversation: SMTP | None = None
        self._timer = Timer(DEADLINE_SECONDS, self._cut)
        self._timer.daemon = True
        self._timer.start()

    def cancel(self) -> None:
        self._timer.cancel()

    def _cut(self) -> None:
        self.passed = True
        line = self.conversation and self.conversation.sock
        if line:
            # The plain shutdown, under TLS too: it wakes up the thread that waits there.
            with suppress(OSError):
                socket.shutdown(line, SHUT_RDWR)


class _Conversation(SMTP):
    def __init__(self, deadline: _Deadline, *args: Any, **options: Any) -> None:
        self._deadline = deadline
        super().__init__(*args, **options)  # this connects, and waits for the greeting

    def getreply(self) -> tuple[int, bytes]:
        # Handed over first and asked afterwards, so one of the two threads sees the other.
        self._deadline.conversation = self
        self._leave_if_late()
        try:
            return super().getreply()
        finally:
            self._leave_if_late()  # for what came may be half a reply

    def _leave_if_late(self) -> None:
        if self._deadline.passed:
            self.close()
            raise DeadlinePassed


class EmailBackend(smtp.EmailBackend):
    """Django's, cut off `DEADLINE_SECONDS` after it was made. It is for one mail."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._deadline = _Deadline()

    @property
    def connection_class(self) -> type[SMTP]:
        # Django only calls it.
        return cast("type[SMTP]", partial(_Conversation, self._deadline))

    def close(self) -> None:
        try:
            super().close()
        finally:
            self._deadline.cancel()


_LIMITED = {"django.core.mail.backends.smtp.EmailBackend": f"{__name__}.EmailBackend"}


def connection() -> BaseEmailBackend:
    """Raises what the making of the chosen backend raises. Others than SMTP keep their own time."""
    return get_connection(_LIMITED.get(settings.EMAIL_BACKEND))
