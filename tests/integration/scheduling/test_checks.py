"""What a database is refused for before anything is stored in it."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection

from medicare_django.scheduling.checks import check_tables

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def changed(change: str, undo: str) -> Iterator[None]:
    if connection.vendor != "mysql":
        pytest.skip("only MySQL and MariaDB have such databases")
    with connection.cursor() as cursor:
        cursor.execute(change)
        try:
            yield
        finally:
            cursor.execute(undo)


def found() -> list[str | None]:
    return [message.id for message in check_tables(None, databases=["default"])]


def test_the_database_of_the_tests_is_fit_for_bookings() -> None:
    assert found() == []
    assert check_tables(None) == []


def test_one_that_cannot_store_every_name_is_refused() -> None:
    name = connection.ops.quote_name(connection.settings_dict["NAME"])
    latin, all_of_them = (
        f"ALTER DATABASE {name} CHARACTER SET {it}" for it in ("latin1", "utf8mb4")
    )
    with changed(latin, all_of_them):
        assert found() == ["scheduling.E005"]


@pytest.mark.parametrize(
    ("change", "undo"),
    [
        ("CREATE TABLE loose (id int) ENGINE MyISAM", "DROP TABLE loose"),
        ("SET default_storage_engine = MyISAM", "SET default_storage_engine = InnoDB"),
    ],
)
def test_one_with_tables_that_know_no_transactions_is_refused(change: str, undo: str) -> None:
    with changed(change, undo):
        assert found() == ["scheduling.E006"]
