import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "medicare_django.settings")
application = get_wsgi_application()

from medicare_django.notifications import bell  # noqa: E402 - only now are the apps loaded

bell.start()
