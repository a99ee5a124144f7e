from django.apps import AppConfig
from django.urls import register_converter

from medicare_django.accounts.converters import IdConverter


class AccountsConfig(AppConfig):
    name = "medicare_django.accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        register_converter(IdConverter, "id")  # for the routes of both doors
