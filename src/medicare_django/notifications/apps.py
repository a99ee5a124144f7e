from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "medicare_django.notifications"

    def ready(self) -> None:
        from medicare_django.notifications import checks  # noqa: F401, PLC0415 - registers them
