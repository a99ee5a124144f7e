"""The servers that the tests and `make stack` start: each is one's own, and obeys."""

import socket
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pymysql
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

import binaries
import servers
from tests.integration.real_servers import real_server


@pytest.fixture(params=["postgres", "mariadb", "redis"], scope="module")
def server(request: pytest.FixtureRequest) -> Iterator[servers.Server]:
    with real_server(request.param) as started:
        yield started


def ask(server: servers.Server) -> None:
    """Raises what the driver raises when nobody answers within two seconds."""
    if server.name == "Redis":
        redis.Redis(port=server.port, socket_timeout=2, retry=Retry(NoBackoff(), 0)).ping()
    elif server.name == "PostgreSQL":
        psycopg.connect(server.url, connect_timeout=2).close()
    else:
        pymysql.connect(
            user="root",
            host="127.0.0.1",
            port=server.port,
            database="medicare",
            read_timeout=2,
        ).close()


def test_a_server_stops_and_starts_again_in_its_place(server: servers.Server) -> None:
    ask(server)
    server.stop()
    assert not servers.is_answered(server.port)
    server.start()
    ask(server)


def test_one_that_is_frozen_takes_connections_and_says_nothing(server: servers.Server) -> None:
    server.freeze()
    with socket.create_connection(("127.0.0.1", server.port), timeout=2):
        pass
    with pytest.raises((redis.TimeoutError, psycopg.OperationalError, pymysql.OperationalError)):
        ask(server)
    server.thaw()
    ask(server)


def test_one_that_is_killed_is_gone_at_once(server: servers.Server) -> None:
    server.kill()
    assert not servers.is_answered(server.port)
    server.start()
    ask(server)


def test_what_is_missing_is_said_with_the_way_to_get_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MEDICARE_REDIS", str(tmp_path))
    binaries.path_of.cache_clear()
    with pytest.raises(binaries.Missing, match=r"apt-get install redis-server.*MEDICARE_REDIS"):
        binaries.path_of("redis", "redis-server")
    binaries.path_of.cache_clear()
