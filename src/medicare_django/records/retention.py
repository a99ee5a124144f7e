from datetime import datetime

from medicare_django.accounts.removal import remove_orphans
from medicare_django.records.models import Report


def forget_orphans(now: datetime) -> int:
    """Delete files of reports without their row: a process ended between the one and the other."""
    named = Report.objects.values_list("file", flat=True)
    return remove_orphans("reports", named, now)
