"""The site's settings as the tests run them: given its secrets, with a cheap password hash.

What is set in the environment holds (DATABASE_URL, say), but not a developer's `.env`.
"""

import os
import re
from pathlib import Path

os.environ |= {
    "DEMO": "0",
    "SECRET_KEY": "for-the-tests-only-" + "s" * 50,
    "JWT_SIGNING_KEY": "for-the-tests-only-" + "j" * 64,
    "ALLOWED_HOSTS": "testserver,localhost,127.0.0.1",
}
_env_file = Path(__file__).parents[2] / ".env"
if _env_file.is_file():  # an empty variable wins over it, and counts as not set
    for _name in re.findall(r"(?m)^\s*(?:export\s+)?(\w+)\s*=", _env_file.read_text("utf-8")):
        os.environ.setdefault(_name, "")

from medicare_django.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
SECURE_SSL_REDIRECT = False
