from django.contrib import admin

from medicare_django.accounts.read_only import ReadOnly
from medicare_django.notifications.models import Notification


@admin.register(Notification)
class Notifications(ReadOnly):
    list_display = ("id", "kind", "state", "tries", "created_at", "last_error_code")
    list_filter = ("state", "kind")
    ordering = ("-id",)
    exclude = ("params", "lease_token")
