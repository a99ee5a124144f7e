from typing import ClassVar
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class Kind(models.TextChoices):
    EMAIL_CODE = "email_code"
    ACCOUNT_EXISTS = "account_exists"
    PASSWORD_RESET = "password_reset"  # noqa: S105 - the name of a mail
    INVITATION = "invitation"
    EMAIL_CHANGE = "email_change"
    BOOKED = "booked"
    RESCHEDULED = "rescheduled"
    CANCELLED = "cancelled"
    REMINDER = "reminder"


class State(models.TextChoices):
    PENDING = "pending"
    SENT = "sent"
    FAILED = "failed"
    DROPPED = "dropped"


class Notification(models.Model):
    """A mail that is owed to somebody: the row is the queue.

    `params` holds ids and times only; names, addresses, codes and text are looked up or made when
    the mail is sent. Mails of one `topic` go out in the order of their ids.
    `next_attempt_at`, on the database's clock, is when the row may be claimed; a claim moves it
    to the end of its lease, so the mail of a worker that died is due again by itself.
    """

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    params = models.JSONField(default=dict)
    topic = models.CharField(max_length=60, blank=True, default="")
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    tries = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(db_default=Now())
    lease_token = models.UUIDField(null=True, editable=False)
    expires_at = models.DateTimeField(null=True)
    last_error_code = models.CharField(max_length=60, blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["state", "next_attempt_at"], name="notification_due"),
            models.Index(fields=["topic", "state"], name="notification_turn"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
