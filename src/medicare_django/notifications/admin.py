from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from medicare_django.notifications.models import Notification


class ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]  # cannot be subscripted
    """To look at only: what it shows is changed by the service or by nobody."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Notification)
class Notifications(ReadOnly):
    list_display = ("id", "kind", "state", "tries", "created_at", "last_error_code")
    list_filter = ("state", "kind")
    ordering = ("-id",)
    exclude = ("params", "lease_token")
