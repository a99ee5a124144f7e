"""Removing many rows or files, in steps so short that nobody has to wait for them."""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from time import sleep
from typing import Any

from django.core.files.storage import default_storage
from django.db.models import QuerySet

BATCH = 500
PAUSE_SECONDS = 0.02
"""Between two batches, so that whoever waits for the one writer of SQLite has a turn."""

ORPHANS_FOR = timedelta(days=1)
"""Longer than any upload takes, whose file is there before its row."""

logger = logging.getLogger(__name__)


def in_batches(rows: "QuerySet[Any]") -> "Iterator[QuerySet[Any]]":
    """The same rows, some at a time: each batch is changed or deleted in its own transaction."""
    last, ordered = None, rows.order_by("pk")
    while True:
        following = ordered if last is None else ordered.filter(pk__gt=last)
        pks = list(following.values_list("pk", flat=True)[:BATCH])
        if not pks:
            return
        # Asked once more when it is done: what was chosen may have changed since.
        yield rows.filter(pk__in=pks)
        last = pks[-1]
        sleep(PAUSE_SECONDS)


def remove_rows(rows: "QuerySet[Any]") -> int:
    """Delete them, and what belongs to them; how many they were, without that."""
    label = rows.model._meta.label  # noqa: SLF001 - documented all the same
    return sum(batch.delete()[1].get(label, 0) for batch in in_batches(rows))


def remove_orphans(folder: str, named: "QuerySet[Any, str]", now: datetime) -> int:
    """Delete the files in the folder that are older than `ORPHANS_FOR` and not among the `named` ones.

    Nothing is deleted where most would go: the folder is more likely that of another database.
    """
    try:
        _, files = default_storage.listdir(folder)
    except FileNotFoundError:
        return 0
    kept = set(named)
    orphans = [name for file in files if (name := f"{folder}/{file}") not in kept]
    old = [name for name in orphans if default_storage.get_modified_time(name) < now - ORPHANS_FOR]
    if len(old) > len(kept):
        logger.warning("%d files in %s belong to no row, so none is removed", len(old), folder)
        return 0
    for name in old:
        default_storage.delete(name)
    return len(old)
