from typing import Any

from django.core.management.commands import migrate
from django.db import connections

from medicare_django.accounts.long_statements import long_statements


class Command(migrate.Command):
    """Django's; to change a large table may take minutes."""

    def handle(self, *args: Any, **options: Any) -> None:
        with long_statements(connections[options["database"]]):
            super().handle(*args, **options)
