"""What somebody at the clinic should see to."""

from datetime import date, datetime, timedelta

from attrs import frozen
from django.db.models import Q, QuerySet

from medicare_core.availability import Repeat
from medicare_django.accounts.doctors import active_doctors
from medicare_django.accounts.models import Doctor
from medicare_django.notifications.models import Notification, State
from medicare_django.scheduling.models import Appointment, DoctorAvailability
from medicare_django.scheduling.wiring import booking_service

SHOWN = 5
MAIL_DAYS = 14
_DAY = timedelta(days=1)


@frozen
class Attention:
    """The first few of each; `stranded_count` and so on tell how many there are."""

    stranded: list[Appointment]
    stranded_count: int
    without_hours: list[Doctor]
    without_hours_count: int
    failed_mails: list[Notification]
    failed_mails_count: int

    def __bool__(self) -> bool:
        return bool(self.stranded or self.without_hours or self.failed_mails)


def needs_attention(now: datetime, today: date) -> Attention:
    ids = [each.id for each in booking_service().stranded(None, now=now)]
    rows = Appointment.objects.select_related("doctor__user", "patient").order_by(
        "starts_at", "pk"
    )
    idle = list(doctors_without_hours(today))
    failed = Notification.objects.filter(state=State.FAILED, created_at__gt=now - MAIL_DAYS * _DAY)
    return Attention(
        stranded=list(rows.filter(pk__in=ids[:SHOWN])),
        stranded_count=len(ids),
        without_hours=idle[:SHOWN],
        without_hours_count=len(idle),
        failed_mails=list(
            failed.select_related("recipient__doctor").order_by("-created_at", "-pk")[:SHOWN]
        ),
        failed_mails_count=failed.count(),
    )


def doctors_without_hours(today: date) -> list[Doctor]:
    """The active ones who offer nothing from today on, by name."""
    offering = hours_ahead(today).order_by().values("doctor")
    return list(active_doctors().exclude(pk__in=offering).order_by("user__name", "pk"))


def hours_ahead(today: date) -> QuerySet[DoctorAvailability]:
    """Those that are not over on this date."""
    single = Q(repeat_pattern=Repeat.NONE.value)
    goes_on = Q(end_date=None) | Q(end_date__gte=today)
    ahead = single & Q(start_date__gte=today) | ~single & goes_on
    return DoctorAvailability.objects.filter(ahead)
