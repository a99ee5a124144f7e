from django.apps import AppConfig


class OperationsConfig(AppConfig):
    name = "medicare_django.operations"
