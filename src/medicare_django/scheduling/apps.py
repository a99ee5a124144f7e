from django.apps import AppConfig


class SchedulingConfig(AppConfig):
    name = "medicare_django.scheduling"

    def ready(self) -> None:
        from medicare_django.scheduling import checks  # noqa: F401, PLC0415 - registers them
