"""Working the outbox: claim, send, mark. Every worker, of whatever sort, calls these functions.

A mail is sent at least once. An extra copy goes out only when a worker dies, or is cut off,
between the server's acceptance and our mark; it then bears the same Message-ID. No transaction is
open while a server is talked to, and the clock that decides who may send is the database's.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPResponseException
from uuid import uuid4

from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import close_old_connections
from django.db.models import Exists, F, OuterRef, QuerySet
from django.db.models.functions import Now

from medicare_django.notifications import letters
from medicare_django.notifications.models import Notification, State

LEASE = timedelta(seconds=120)
SWEEP_SECONDS = 5
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 720))
"""The waits after temporary failures; when they are used up, the mail has failed."""

logger = logging.getLogger(__name__)


class GivenUp(Exception):
    """More claims than failures: this mail ends the workers that touch it."""


def sweep(stopped: Callable[[], bool]) -> int:
    """Work all that is due and survive any error, for callers that come again in a while."""
    try:
        close_old_connections()
        return work_queue(stopped=stopped)
    except Exception as error:  # the next sweep tries again
        # Only the type: what an error says may quote an address.
        logger.warning("The mail queue could not be worked: %s", type(error).__name__)
        return 0
    finally:
        close_old_connections()


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
    with _mail_server() as connection:
        try:
            state = send(row, connection)
        except Exception as error:  # one bad mail must not stop the others
            return _mark_failure(row, error)
        mark(row, state)
    return state


def claim(pk: int) -> Notification | None:
    """Take the mail for the time of a lease, or None where it is not to be had."""
    # The turn is asked for first, since MySQL lets no UPDATE ask about its own table. It cannot be
    # lost in between: nobody writes a mail of a topic before one that is there already.
    if not _due().filter(pk=pk).exists():
        return None
    token = uuid4()
    claimed = Notification.objects.filter(
        pk=pk, state=State.PENDING, next_attempt_at__lte=Now()
    ).update(lease_token=token, next_attempt_at=Now() + LEASE, tries=F("tries") + 1)
    if not claimed:
        return None
    rows = Notification.objects.select_related("recipient")
    return rows.filter(pk=pk, lease_token=token).first()


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


def _due() -> QuerySet[Notification]:
    """What may be claimed now; of a topic only the oldest mail that is still owed."""
    pending = Notification.objects.filter(state=State.PENDING)
    earlier = pending.filter(topic=OuterRef("topic"), pk__lt=OuterRef("pk")).exclude(topic="")
    due = pending.filter(~Exists(earlier), next_attempt_at__lte=Now())
    return due.order_by("next_attempt_at", "pk")


@contextmanager
def _mail_server() -> Iterator[BaseEmailBackend]:
    connection = get_connection()
    try:
        yield connection
    finally:
        # By now the mail is marked: a farewell that goes wrong must not send it a second time.
        with suppress(Exception):
            connection.close()


def _mark_failure(row: Notification, error: Exception) -> State:
    permanent = _is_permanent(error)
    final = permanent or row.tries > len(PAUSES)
    state = State.FAILED if final else State.PENDING
    pause = timedelta(0) if final else PAUSES[row.tries - 1]
    code = _error_code(error)
    logger.warning("Mail %s (%s) was not sent: %s, now %s", row.pk, row.kind, code, state.value)
    mark(row, state, code, pause)
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
