"""The adapter: a database, a REST API, web pages and mail around `medicare_core`."""

from medicare_django.celery import app as celery_app

__all__ = ["celery_app"]
