"""Removing, once a day, what nobody needs any more; done twice, or by two at once, it does no harm."""

import logging
from collections.abc import Callable
from datetime import datetime

from django.utils import timezone

from medicare_django.accounts import retention as accounts
from medicare_django.notifications import retention as notifications
from medicare_django.records import retention as records
from medicare_django.scheduling import retention as scheduling

logger = logging.getLogger(__name__)

STEPS: dict[str, Callable[[datetime], int]] = {
    "codes": accounts.forget_codes,
    "refresh tokens": accounts.forget_tokens,
    "logins": accounts.forget_logins,
    "sessions": accounts.forget_sessions,
    "tries to log in": accounts.forget_tries,
    "mails": notifications.forget_mails,
    "booking keys": scheduling.forget_booking_keys,
    "pictures": accounts.forget_pictures,
    "report files": records.forget_orphans,
}


def purge(now: datetime) -> dict[str, int | None]:
    """Return how many were removed of each; None where that failed, which stops nothing else."""
    return {name: _take(name, step, now) for name, step in STEPS.items()}


def purge_in_background() -> None:
    removed = {name: count for name, count in purge(timezone.now()).items() if count}
    told = ", ".join(f"{count} {name}" for name, count in removed.items())
    logger.info("Removed: %s", told or "nothing")


def _take(name: str, step: Callable[[datetime], int], now: datetime) -> int | None:
    try:
        return step(now)
    except Exception as error:
        # Only the type: what an error says may quote an address.
        logger.warning("No %s could be removed: %s", name, type(error).__name__)
        return None
