"""The database that the tests run on, whichever it is."""

from typing import Any
from urllib.parse import quote

_SCHEMES = {"sqlite3": "sqlite", "postgresql": "postgres", "mysql": "mysql"}


def address_of(known: dict[str, Any]) -> str:
    """What DATABASE_URL has to be for another process to use this one."""
    scheme = _SCHEMES[known["ENGINE"].rpartition(".")[-1]]
    if scheme == "sqlite":
        return f"sqlite:///{known['NAME']}"
    password = f":{quote(known['PASSWORD'], safe='')}" if known["PASSWORD"] else ""
    return f"{scheme}://{known['USER']}{password}@{known['HOST']}:{known['PORT']}/{known['NAME']}"
