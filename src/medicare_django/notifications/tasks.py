"""What Celery's workers do: they work the outbox as everybody does, told by a ring or by beat.

A task may be lost, or run twice and late, without harm: what is owed stands in the outbox.
"""

from time import monotonic

from celery import shared_task

from medicare_django.notifications import delivery

DELIVER_SECONDS = 115
"""Longer than the longest delivery takes, and shorter than the lease."""
SWEEP_SECONDS = 30
"""After these no other mail is begun: the next sweep goes on."""


@shared_task(time_limit=DELIVER_SECONDS)
def deliver(pk: int) -> None:
    delivery.answer(pk)


@shared_task(time_limit=SWEEP_SECONDS + DELIVER_SECONDS)
def sweep() -> None:
    end = monotonic() + SWEEP_SECONDS
    delivery.sweep(stopped=lambda: monotonic() > end)
