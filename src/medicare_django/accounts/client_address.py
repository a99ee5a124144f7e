import ipaddress
import re

from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request

# Some proxies add the port, and then put an IPv6 address into brackets.
_WITH_PORT = re.compile(r"\[(?P<v6>[^\[\]]+)\](:[0-9]{1,5})?|(?P<v4>[0-9.]+):[0-9]{1,5}")
_UNKNOWN = "::"  # a connection without an address, such as one by a file of the machine


def client_address(request: HttpRequest | Request) -> str:
    """Where the request came from, as far as TRUSTED_PROXIES lets it be told.

    Of an IPv6 address the first one of its /64 network, since one client owns all of that.
    """
    direct = request.META.get("REMOTE_ADDR", "")
    told = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    # Each proxy adds, at the right, who came to it; what stands further left anybody may have sent.
    trusted = told[-settings.TRUSTED_PROXIES :][:1] if settings.TRUSTED_PROXIES else []
    return next((found for found in map(_normal, [*trusted, direct]) if found), _UNKNOWN)


def _normal(text: str) -> str | None:
    text = text.strip()
    if found := _WITH_PORT.fullmatch(text):
        text = found["v6"] or found["v4"]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Address(int(address) >> 64 << 64))
