from django.apps import AppConfig


class RecordsConfig(AppConfig):
    name = "medicare_django.records"
