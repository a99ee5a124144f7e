from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "medicare_django.notifications"
