"""The Celery app, for `celery -A medicare_django worker` and `beat`. Configured in the settings."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "medicare_django.settings")

app = Celery("medicare")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.set_default()  # for all threads: that of this import alone would be the usual
app.autodiscover_tasks()
