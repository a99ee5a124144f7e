"""Warns before the first mail of a sender under whom none would arrive."""

from collections.abc import Sequence
from email.utils import parseaddr
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks

_STAYING = {  # whose mails do not leave this machine
    f"django.core.mail.backends.{name}.EmailBackend"
    for name in ("console", "dummy", "filebased", "locmem")
}


@checks.register(deploy=True)
def check_sender(
    app_configs: Sequence[AppConfig] | None, **options: Any
) -> list[checks.CheckMessage]:
    host = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2].lower()
    is_here = f".{host}".endswith((".localhost", ".localdomain"))
    if settings.EMAIL_BACKEND in _STAYING or not is_here:
        return []
    return [
        checks.Warning(
            f"Mails are sent from an address at {host}, which servers elsewhere refuse.",
            hint="Set DEFAULT_FROM_EMAIL to one of your own: Clinic <appointments@clinic.example>.",
            id="notifications.W001",
        )
    ]
