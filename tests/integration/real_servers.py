"""Servers of the tests' own, by name: postgres, mariadb, redis."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

import binaries
import servers


@contextmanager
def real_server(name: str) -> Iterator[servers.Server]:
    """As `refuse_missing` does it where there is none."""
    refuse_missing(name)
    with servers.temporary(name) as server:
        yield server


def refuse_missing(name: str) -> None:
    """Skips the test where the server cannot be had; where everything must be there, fails it."""
    try:
        binaries.at_hand(name)
    except binaries.Missing as missing:
        if os.environ.get("CI"):
            pytest.fail(str(missing))
        pytest.skip(str(missing))
