"""The composition root: the core's service over this database, these settings, this outbox."""

from django.conf import settings

from medicare_core.booking import BookingService
from medicare_core.policy import BookingPolicy
from medicare_core.ports import Notifier, UnitOfWork
from medicare_django.accounts.contention import pause
from medicare_django.notifications.outbox import OutboxNotifier
from medicare_django.scheduling import repositories


def booking_service(notifier: Notifier | None = None) -> BookingService:
    """Everything that creates, moves or cancels an appointment or changes a schedule goes here."""
    work = UnitOfWork(
        repositories.ScheduleRepository(),
        repositories.AppointmentRepository(),
        notifier or OutboxNotifier(),
    )
    policy = BookingPolicy(
        notice_minutes=settings.BOOKING_NOTICE_MINUTES,
        horizon_days=settings.BOOKING_HORIZON_DAYS,
        cancel_cutoff_minutes=settings.BOOKING_CANCEL_CUTOFF_MINUTES,
    )
    return BookingService(repositories.beginning(work), work, policy, pause=pause)
