from celery import shared_task

from medicare_django.operations.purge import purge_in_background

PURGE_SECONDS = 240
"""Then it is ended, before the broker would give it to another worker; the rest is for tomorrow."""


@shared_task(time_limit=PURGE_SECONDS)
def purge() -> None:
    purge_in_background()
