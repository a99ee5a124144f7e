from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "medicare_django.accounts"
    default_auto_field = "django.db.models.BigAutoField"
