"""The site as it is on one Wednesday morning, so that no test depends on when it is run."""

import os

import time_machine

from tests.integration.browser.clock import NOW, STANDS

time_machine.travel(NOW, tick=STANDS not in os.environ).start()

from medicare_django.wsgi import application  # noqa: E402

__all__ = ["application"]
