from datetime import datetime, timedelta

from medicare_django.accounts.removal import remove_rows
from medicare_django.scheduling.models import BookingKey

KEYS_FOR = timedelta(days=1)
"""At least: no client asks again after that."""


def forget_booking_keys(now: datetime) -> int:
    return remove_rows(BookingKey.objects.filter(created_at__lt=now - KEYS_FOR))
