"""Other processes of the site, with the settings of the tests."""

import os
import sys


def environment(**given: str) -> dict[str, str]:
    usual = {
        "DJANGO_SETTINGS_MODULE": "tests.integration.settings",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    return os.environ | usual | given
