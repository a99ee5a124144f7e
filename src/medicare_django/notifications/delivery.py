"""Working the outbox: claim, send, mark. Every worker, of whatever sort, calls these functions.

A mail is sent at least once. An extra copy goes out only when a worker dies, or is cut off,
between the server's acceptance and our mark; it then bears the same Message-ID. No transaction is
open while a server is talked to, and the clock that decides who may send is the database's.
"""

import logging
from collections.abc import Callable
from contextlib import ExitStack, suppress
from datetime import timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPResponseException
from time import monotonic, sleep
from uuid import uuid4

from django.core.mail.backends.base import BaseEmailBackend
from django.db import close_old_connections
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from medicare_django.accounts.contention import UNAVAILABLE
from medicare_django.notifications import letters, mail_server
from medicare_django.notifications.models import Kind, Notification, State

LEASE = timedelta(seconds=120)
"""Longer than a conversation with the server and the longest wait for the mark together."""
SWEEP_SECONDS = 5
MARK_SECONDS = 40
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 720))
"""The waits after temporary failures; when they are used up, the mail has failed."""

logger = logging.getLogger(__name__)


class GivenUp(Exception):
    """The last try was never marked, so its worker died of it, or at any rate in it."""


def sweep(stopped: Callable[[], bool]) -> int:
    """Work all that is due and survive any error, for callers that come again in a while."""
    try:
        close_old_connections()
        return work_queue(stopped=stopped)
    except Exception as error:  # the next sweep tries again
        # Only the type: what an error says may quote an address.
        logger.warning("The mail queue could not be worked: %s", type(error).__name__)
        return 0


def answer(pk: int) -> None:
    """Deliver the mail that was rung for and survive any error: a sweep comes by in a while."""
    try:
        deliver(pk)
    except Exception as error:
        logger.warning("Mail %s could not be worked: %s", pk, type(error).__name__)


def work_queue(limit: int = 1000, stopped: Callable[[], bool] = bool) -> int:
    """Deliver what is due, at most `limit` mails; returns how many were sent.

    `stopped` is asked before each mail.
    """
    settled: list[State] = []
    while due := list(_due().values_list("pk", flat=True)[: limit - len(settled)]):
        # A list goes stale: others work on it too, and a mail sent makes room for its successor.
        states = [state for pk in due if not stopped() and (state := deliver(pk))]
        if not states:
            break
        settled += states
    return settled.count(State.SENT)


def deliver(pk: int) -> State | None:
    """Claim one mail and settle it; None when it is not due, not its turn, or taken."""
    row = claim(pk)
    if row is None:
        return None
    with ExitStack() as farewell:  # said after the mark: it must not send the mail a second time
        try:
            connection = mail_server.connection()
            farewell.callback(_close, connection)
            state = send(row, connection)
        except Exception as error:  # one bad mail, or a broken server, must not stop the others
            return _mark_failure(row, error)
        _mark_in_the_end(row, state)
    return state


def claim(pk: int) -> Notification | None:
    """Take the mail for the time of a lease, or None where it is not to be had."""
    # The turn is asked for first, since MySQL lets no UPDATE ask about its own table. It cannot be
    # lost in between: nobody writes a mail of a topic before one that is there already.
    row = _due().select_related("recipient").filter(pk=pk).first()
    if row is None:
        return None
    unclaimed = Notification.objects.filter(
        pk=pk, state=State.PENDING, tries=row.tries, next_attempt_at__lte=Now()
    )
    row.tries += 1
    row.lease_token = uuid4()
    claimed = unclaimed.update(
        tries=row.tries,
        lease_token=row.lease_token,
        next_attempt_at=Now() + _lease(row.tries),
    )
    return row if claimed else None


def send(row: Notification, connection: BaseEmailBackend) -> State:
    """Raises whatever the making of the letter, or the mail server, raises."""
    if row.tries > len(PAUSES) + 1:
        raise GivenUp
    letter = letters.compose(row)
    if letter is None:
        return State.DROPPED
    connection.open()
    connection.send_messages([letter])
    return State.SENT


def mark(
    row: Notification, state: State, error_code: str = "", pause: timedelta = timedelta(0)
) -> bool:
    """False, with nothing changed, when the lease has passed to another worker meanwhile."""
    rows = Notification.objects.filter(pk=row.pk, lease_token=row.lease_token)
    return bool(
        rows.update(
            state=state,
            lease_token=None,
            last_error_code=error_code,
            next_attempt_at=Now() + pause,
            sent_at=Now() if state is State.SENT else None,
        )
    )


def owed() -> QuerySet[Notification]:
    """All that is not settled yet; a reminder is owed from the moment it is due."""
    is_to_come = Q(kind=Kind.REMINDER, tries=0, next_attempt_at__gt=Now())
    return Notification.objects.filter(~is_to_come, state=State.PENDING)


def _due() -> QuerySet[Notification]:
    """What may be claimed now; of a topic only the oldest mail that is still owed."""
    pending = Notification.objects.filter(state=State.PENDING)
    earlier = pending.filter(topic=OuterRef("topic"), pk__lt=OuterRef("pk")).exclude(topic="")
    due = pending.filter(~Exists(earlier), next_attempt_at__lte=Now())
    return due.order_by("next_attempt_at", "pk")


def _lease(tries: int) -> timedelta:
    """No shorter than the pause after this try would be."""
    # So a process that dies and is started again all the time gives up no mail any sooner.
    return max([LEASE, *PAUSES[tries - 1 : tries]])


def _close(connection: BaseEmailBackend) -> None:
    with suppress(Exception):
        connection.close()


def _mark_in_the_end(
    row: Notification, state: State, error_code: str = "", pause: timedelta = timedelta(0)
) -> None:
    """Mark through a locked or restarting database: a sent mail left unmarked is sent again."""
    end = monotonic() + MARK_SECONDS
    while True:
        try:
            mark(row, state, error_code, pause)
        except UNAVAILABLE:
            if monotonic() > end:
                raise
        else:
            return
        sleep(1)
        close_old_connections()


def _mark_failure(row: Notification, error: Exception) -> State:
    permanent = _is_permanent(error)
    final = permanent or row.tries > len(PAUSES)
    state = State.FAILED if final else State.PENDING
    pause = timedelta(0) if final else PAUSES[row.tries - 1]
    code = _error_code(error)
    logger.warning("Mail %s (%s) was not sent: %s, now %s", row.pk, row.kind, code, state.value)
    _mark_in_the_end(row, state, code, pause)
    return state


def _is_permanent(error: Exception) -> bool:
    """Whether the server will never take this mail. What it says about us may be set right."""
    if isinstance(error, SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    return isinstance(error, SMTPDataError) and error.smtp_code >= 500


def _error_code(error: Exception) -> str:
    """What went wrong, without a word of what the server said: it may quote the address."""
    if isinstance(error, SMTPRecipientsRefused):
        return f"smtp_{max(code for code, _ in error.recipients.values())}"
    if isinstance(error, SMTPResponseException):
        return f"smtp_{error.smtp_code}"
    return type(error).__name__[:60]
