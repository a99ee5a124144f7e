from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from medicare_django.operations.purge import purge


class Command(BaseCommand):
    help = "Removes old codes, tokens, logins, sessions and mails, and files that nothing names."

    def handle(self, *args: Any, **options: Any) -> None:
        removed = purge(timezone.now())
        for name, count in removed.items():
            self.stdout.write(f"{name}: {'failed' if count is None else f'{count} removed'}")
        if None in removed.values():
            raise CommandError("Not all could be removed.")
