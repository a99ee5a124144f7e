"""REDIS_URL as the cache, the probe and Celery read it: all of them alike, or nobody."""

from pathlib import Path
from typing import Any

import pytest
from kombu import Connection
from kombu.transport.redis import Channel
from redis import ConnectionPool

from medicare_django.environment import Environment
from medicare_django.redis_address import broker, redis_url
from stack_folder import see_to_certificate

SEEN = "ssl_cert_reqs=required&ssl_check_hostname=true"


def written_anew(url: str, folder: Path = Path("/srv")) -> str:
    return redis_url(Environment({"REDIS_URL": url}), folder=folder)


def as_the_cache_reads_it(url: str) -> dict[str, Any]:
    return ConnectionPool.from_url(url).make_connection().__dict__


def as_celery_reads_it(url: str) -> dict[str, Any]:
    class Unconnected(Channel):
        def __init__(self, connection: Any) -> None:
            self.connection = connection

    channel: Any = Unconnected(Connection(broker(url)).transport)
    return ConnectionPool(**channel._connparams()).make_connection().__dict__


@pytest.mark.parametrize(
    ("url", "anew"),
    [
        ("", ""),
        ("redis://", "redis://localhost:6379/0"),
        ("redis://:pw@host:6379/1", "redis://:pw@host:6379/1"),
        ("redis://host?db=2", "redis://host:6379/2"),
        ("redis://user@[::1]:7", "redis://user:@[::1]:7/0"),
        ("redis://:a;b@host", "redis://:a%3Bb@host:6379/0"),
        ("rediss://host", f"rediss://host:6379/0?{SEEN}"),
        (
            "rediss://u%25:%2F%3A%23%3F%40%C3%BC+@host/%33",
            f"rediss://u%25:%2F%3A%23%3F%40%C3%BC%2B@host:6379/3?{SEEN}",
        ),
        (
            "rediss://host?ssl_cert_reqs=CERT_NONE&ssl_check_hostname=False&db=4",
            "rediss://host:6379/4?ssl_cert_reqs=none&ssl_check_hostname=false",
        ),
        (
            "rediss://host?ssl_cert_reqs=none",
            "rediss://host:6379/0?ssl_cert_reqs=none&ssl_check_hostname=true",
        ),
        ("unix:///run/a%20b.sock", "unix:///run/a%20b.sock?db=0"),
        ("unix://:db=x@/run/redis.sock?db=2", "unix://:db%3Dx@/run/redis.sock?db=2"),
        ("unix:///r.sock?username=u&password=%3F", "unix://u:%3F@/r.sock?db=0"),
    ],
)
def test_an_address_has_one_form_which_everybody_reads_alike(url: str, anew: str) -> None:
    assert written_anew(url) == anew
    if anew:
        names = ("host", "port", "path", "db", "username", "password", "cert_reqs", "ca_certs")
        ours, celerys = as_the_cache_reads_it(anew), as_celery_reads_it(anew)
        for name in (*names, "check_hostname"):
            assert (ours.get(name) or None) == (celerys.get(name) or None), name


def test_files_count_from_the_folder_of_the_site(tmp_path: Path) -> None:
    certificate, key = tmp_path / "a certificate.pem", tmp_path / "key.pem"
    see_to_certificate(certificate, key, ["localhost"])
    options = f"ssl_ca_certs=a%20certificate.pem&ssl_certfile={certificate}&ssl_keyfile=key.pem"
    anew = written_anew(f"rediss://host?{options}", tmp_path)
    for found in (as_the_cache_reads_it(anew), as_celery_reads_it(anew)):
        assert (found["ca_certs"], found["certfile"]) == (str(certificate), str(certificate))
        assert found["keyfile"] == str(key)


@pytest.mark.parametrize(
    "url",
    [
        "localhost:6379",
        "redis:host",
        "REDIS://host",
        "redis://host:secret/0",
        "redis://host:0x1/0",
        "redis://host:0/1",
        "redis://user:1?secret@host/0",
        "redis://user:1/secret@host/0",
        "redis://user:1#secret@host/0",
        "redis://:secret#@host/0",
        "redis://ho st/0",
        "redis://host/secret",
        "redis://host?db=secret",
        "redis://host?db",
        "redis://host?socket_timeout=60",
        "redis://host?ssl_cert_reqs=none",
        "rediss://host?ssl_cert_reqs=",
        "rediss://host?ssl_cert_reqs=secret",
        "rediss://host?ssl_check_hostname=",
        "rediss://host?ssl_ca_certs=",
        "rediss://host?ssl_ca_certs=/secret",
        "rediss://host?ssl_ca_certs=%00",
        "rediss://host?ssl_certfile=/secret",
        "rediss://host?ssl_keyfile=/secret",
        "unix://run/redis.sock",
        "unix://",
        "unix:///",
        "unix://user:secret@/?db=1",
    ],
)
def test_what_somebody_would_misread_is_refused_in_one_line_without_its_password(url: str) -> None:
    with pytest.raises(SystemExit, match="Medicare cannot start: REDIS_URL ") as refusal:
        written_anew(url)
    assert "\n" not in str(refusal.value)
    assert "secret" not in str(refusal.value)
