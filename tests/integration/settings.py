"""The site's settings as the tests run them: given its secrets, with a cheap password hash.

What is set in the environment holds (DATABASE_URL, say), but not a developer's `.env`.
"""

import os
from pathlib import Path

from medicare_django.environment import read_file

os.environ |= {
    "DEMO": "0",
    "SECRET_KEY": "for-the-tests-only-" + "s" * 50,
    "JWT_SIGNING_KEY": "for-the-tests-only-" + "j" * 64,
    "ALLOWED_HOSTS": "testserver,localhost,127.0.0.1",
}
for _name in read_file(Path(__file__).parents[2] / ".env"):
    os.environ.setdefault(_name, "")  # an empty one wins over the file, and counts as not set

from medicare_django.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
SECURE_SSL_REDIRECT = False
# No test meets a throttle by chance.
_SCOPES = ("login", "registration", "codes", "uploads", "anonymous")
REST_FRAMEWORK = {
    **REST_FRAMEWORK,  # noqa: F405
    "DEFAULT_THROTTLE_RATES": dict.fromkeys(_SCOPES, "1000000/hour"),
}
