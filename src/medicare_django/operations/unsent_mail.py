from datetime import timedelta

from django.db.models import Min, Q
from django.db.models.functions import Now

from medicare_django.notifications.delivery import PAUSES
from medicare_django.notifications.models import Notification, State


def oldest_unsent_seconds() -> int | None:
    """For how long the mail that waits longest ought to have been sent; None where none waits.

    On the database's clock. A mail that is put off because the server did not take it has waited
    since its first try; one that is meant for later, a reminder say, does not wait yet.
    """
    owed = Notification.objects.filter(
        Q(tries__gt=0) | Q(next_attempt_at__lte=Now()),
        state=State.PENDING,
        next_attempt_at__lte=Now() + PAUSES[-1],  # not through all reminders of the next months
    )
    by_tries = owed.values("tries").annotate(due_at=Min("next_attempt_at"), now=Now())
    waits = [row["now"] - row["due_at"] + _put_off(row["tries"]) for row in by_tries.order_by()]
    return max(0, int(max(waits).total_seconds())) if waits else None


def _put_off(tries: int) -> timedelta:
    return sum(PAUSES[:tries], timedelta(0))
