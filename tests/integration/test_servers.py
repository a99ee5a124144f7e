"""The servers that the tests and `make stack` start: each is one's own, and obeys."""

import socket
import tempfile
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
from server_process import secret
from tests.integration.real_servers import real_server, refuse_missing


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


def test_what_is_kept_logs_nothing_of_what_it_stores() -> None:
    refuse_missing("postgres")
    with (
        tempfile.TemporaryDirectory() as folder,
        servers.postgres(Path(folder), fast=False) as kept,
    ):
        with psycopg.connect(kept.url, autocommit=True) as connection:
            connection.execute("CREATE TABLE person (email text UNIQUE)")
            insert = "INSERT INTO person VALUES ('ada@clinic.example')"
            connection.execute(insert)
            with pytest.raises(psycopg.errors.UniqueViolation):
                connection.execute(insert)
        log = kept.log.read_text()
    assert "person_email_key" in log
    assert "ada@" not in log


def test_no_link_leads_what_a_server_is_given_elsewhere(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    for name in ("log", "password"):
        (tmp_path / name).symlink_to(elsewhere)
    server = servers.Server("Nobody", ["true"], url="", port=1, log=tmp_path / "log")
    with pytest.raises(OSError, match="symbolic link"):
        server.start()
    with secret(tmp_path / "password", "for one") as file:
        assert file.read_text() == "for one\n"
        assert file.stat().st_mode & 0o777 == 0o600
    assert not elsewhere.exists()


def test_what_is_missing_is_said_with_the_way_to_get_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MEDICARE_REDIS", str(tmp_path))
    binaries.path_of.cache_clear()
    with pytest.raises(binaries.Missing, match=r"apt-get install redis-server.*MEDICARE_REDIS"):
        binaries.path_of("redis", "redis-server")
    binaries.path_of.cache_clear()
