from celery.signals import task_postrun, task_prerun
from django.apps import AppConfig
from django.core.signals import request_finished

from medicare_django.operations import request_ids


class OperationsConfig(AppConfig):
    name = "medicare_django.operations"

    def ready(self) -> None:
        # Each thread, and each process of a worker, does one thing after another.
        task_prerun.connect(request_ids.begin_task)
        task_postrun.connect(request_ids.forget)
        request_finished.connect(request_ids.forget)
