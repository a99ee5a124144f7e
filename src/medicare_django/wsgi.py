import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "medicare_django.settings")
django_application = get_wsgi_application()

# Only now are the apps loaded.
from medicare_django.front_door import front_door  # noqa: E402
from medicare_django.notifications import bell  # noqa: E402
from medicare_django.operations.purge import purge_in_background  # noqa: E402

application = front_door(django_application)
bell.start(daily=purge_in_background)
