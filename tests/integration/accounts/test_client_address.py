from typing import Any

import pytest
from django.test import RequestFactory
from pytest_django import Settings
from rest_framework.request import Request

from medicare_django.accounts.client_address import client_address

ADDRESS = "203.0.113.7"


def address(forwarded: str | None = None, direct: str | None = ADDRESS) -> str:
    extra: dict[str, Any] = {"REMOTE_ADDR": direct}
    if forwarded is not None:
        extra["HTTP_X_FORWARDED_FOR"] = forwarded
    request = RequestFactory().get("/", **extra)
    if direct is None:
        del request.META["REMOTE_ADDR"]
    found = client_address(request)
    assert client_address(Request(request)) == found
    return found


@pytest.mark.parametrize("forwarded", [None, "", "198.51.100.1", "198.51.100.1, 10.0.0.1", "x"])
def test_without_trusted_proxies_no_header_is_believed(forwarded: str | None) -> None:
    assert address(forwarded) == ADDRESS


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (1, "198.51.100.1", "198.51.100.1"),
        (1, "10.9.9.9, 198.51.100.1", "198.51.100.1"),
        (1, "10.9.9.9,198.51.100.1", "198.51.100.1"),
        (2, "10.9.9.9, 198.51.100.1, 192.0.2.1", "198.51.100.1"),
        (2, "198.51.100.1, 192.0.2.1", "198.51.100.1"),
        (2, "198.51.100.1", "198.51.100.1"),  # fewer than there should be
        (10, "198.51.100.1, 192.0.2.1", "198.51.100.1"),
        (1, "  198.51.100.1  ", "198.51.100.1"),
        (1, "198.51.100.1:443", "198.51.100.1"),
        (2, "198.51.100.1:1, 192.0.2.1:65535", "198.51.100.1"),
        (1, "[2001:db8:1:2::7]:1234", "2001:db8:1:2::"),
        (1, "[2001:db8:1:2::7]", "2001:db8:1:2::"),
        (1, "[::ffff:198.51.100.1]:443", "198.51.100.1"),
        (1, "2001:db8:1:2::7:443", "2001:db8:1:2::"),  # no port without brackets
    ],
)
def test_the_trusted_proxies_are_counted_from_the_right(
    settings: Settings, proxies: int, forwarded: str, expected: str
) -> None:
    settings.TRUSTED_PROXIES = proxies
    assert address(forwarded) == expected


@pytest.mark.parametrize(
    "forwarded",
    [
        None,
        "",
        ",",
        "198.51.100.1,",
        "198.51.100.1, unknown",
        "198.51.100.1:",
        "198.51.100.1:x",
        "198.51.100.1:443:443",
        "198.51.100.256:443",
        "[2001:db8::1",
        "2001:db8::1]:443",
        "[2001:db8::1]443",
        "[[2001:db8::1]]",
        "[]:443",
        ":443",
        "198.51.100.256",
        "198.51.100.01",
        "\u0661.1.1.1",
        "1" * 10_000,
    ],
)
def test_what_is_no_address_leaves_that_of_the_connection(
    settings: Settings, forwarded: str | None
) -> None:
    settings.TRUSTED_PROXIES = 1
    assert address(forwarded) == ADDRESS


@pytest.mark.parametrize(
    ("direct", "expected"),
    [
        ("::ffff:198.51.100.1", "198.51.100.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:0DB8:0001:0002::ffff", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::"),
        ("::1", "::"),
    ],
)
def test_an_ipv6_client_is_its_network_and_a_mapped_one_is_ipv4(
    settings: Settings, direct: str, expected: str
) -> None:
    assert address(direct=direct) == expected
    settings.TRUSTED_PROXIES = 1
    assert address(direct) == expected


@pytest.mark.parametrize("direct", [None, "", "unix:", "/run/site.sock"])
def test_a_connection_without_an_address_has_one_to_be_counted_by(direct: str | None) -> None:
    assert address(direct=direct) == "::"
