"""Wrong passwords in a row lock an account for the address that they came from.

A try is counted before its password is compared, in the database and by compare-and-set: of however
many that come at once, no more are compared than are allowed. What was right is forgotten again.
"""

import math
from datetime import datetime, timedelta

from attrs import frozen
from axes.models import AccessAttempt
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from rest_framework.request import Request

from medicare_django.accounts.client_address import client_address
from medicare_django.accounts.contention import insist
from medicare_django.accounts.email_address import canonical_email

_COLUMN = 255  # characters of a user name in the table; no account has as many


class Locked(Exception):
    def __init__(self, seconds: int) -> None:
        super().__init__(f"locked for {seconds} more seconds")
        self.seconds = seconds


@frozen
class Tries:
    """The tries on one account from one address; there need not be such an account."""

    account: str
    address: str

    @classmethod
    def of(cls, email: str, request: HttpRequest | Request) -> "Tries":
        return cls(account_key(email), client_address(request))

    def take(self) -> None:
        """Count one more, to be called before its password is looked at. Raises Locked."""
        while not insist(self._count):
            self.refuse_if_locked()
            # Neither: a success has just removed the row, or the minute ended just now.

    def refuse_if_locked(self) -> None:
        """Raises Locked, as it is for the last of the wrong tries and for all that follow it."""
        seconds = self.seconds_locked()
        if seconds:
            raise Locked(seconds)

    def seconds_locked(self) -> int:
        now = timezone.now()
        used_up = self._rows().filter(
            attempt_time__gt=_over_before(now),
            failures_since_start__gte=settings.AXES_FAILURE_LIMIT,
        )
        last = used_up.values_list("attempt_time", flat=True).first()
        if last is None:
            return 0
        return math.ceil((last - _over_before(now)).total_seconds())

    def forget(self) -> None:
        insist(self._rows().delete)

    def _count(self) -> bool:
        if self._begin():
            return True
        now = timezone.now()
        counting = self._rows().filter(
            attempt_time__gt=_over_before(now),
            failures_since_start__lt=settings.AXES_FAILURE_LIMIT,
        )
        counted = F("failures_since_start") + 1
        if counting.update(failures_since_start=counted, attempt_time=now):
            return True
        over = self._rows().filter(attempt_time__lte=_over_before(now))
        return over.update(failures_since_start=1, attempt_time=now) > 0

    def _begin(self) -> bool:
        if self._rows().exists():
            return False
        forget_old_tries()  # each new row pays for those that nobody needs any more
        try:
            with transaction.atomic():
                AccessAttempt.objects.create(
                    username=self.account,
                    ip_address=self.address,
                    user_agent="",
                    failures_since_start=1,
                )
        except IntegrityError:  # another one, at the same time, was quicker
            return False
        return True

    def _rows(self) -> "QuerySet[AccessAttempt]":
        # The table has a row for each browser as well: here all of them are one.
        return AccessAttempt.objects.filter(
            username=self.account, ip_address=self.address, user_agent=""
        )


def account_key(email: str) -> str:
    """In ASCII, since MySQL and MariaDB compare other letters as if they had no accents."""
    plain = canonical_email(email).encode("ascii", "backslashreplace")
    return plain.decode("ascii")[:_COLUMN]


def forget_old_tries() -> int:
    old = AccessAttempt.objects.filter(attempt_time__lte=_over_before(timezone.now()))
    # `delete` would look first, and then take a row along that counts again meanwhile.
    return old._raw_delete(old.db)  # noqa: SLF001


def _over_before(now: datetime) -> datetime:
    cool_off: timedelta = settings.AXES_COOLOFF_TIME
    return now - cool_off
