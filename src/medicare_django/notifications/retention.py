"""How long mails are kept in the outbox once nothing more happens to them."""

from datetime import datetime, timedelta

from django.db.models import Q
from django.db.models.functions import Now

from medicare_django.accounts.removal import remove_rows
from medicare_django.notifications.models import Notification, State

KEPT_FOR = timedelta(days=30)
FAILED_KEPT_FOR = timedelta(days=90)


def forget_mails(_now: datetime) -> int:
    """By the database's clock, which `next_attempt_at` is on: of a settled mail it is its end."""
    done = Q(state__in=[State.SENT, State.DROPPED], next_attempt_at__lt=Now() - KEPT_FOR)
    failed = Q(state=State.FAILED, next_attempt_at__lt=Now() - FAILED_KEPT_FOR)
    return remove_rows(Notification.objects.filter(done | failed))
