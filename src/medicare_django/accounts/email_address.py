import re

from django.core.exceptions import ValidationError

MAX_LENGTH = 254
MAX_LOCAL_PART = 64
INVALID = "Enter a valid e-mail address."

# Domains with these are different ones today from what the codec makes of them (IDNA 2003).
_DEVIATIONS = set("\u00df\u1e9e\u03c2\u200c\u200d")

_ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_CANONICAL = re.compile(rf"{_ATOM}(\.{_ATOM})*@({_LABEL}\.)+(?![0-9]+\Z){_LABEL}")


def plain_email(email: str) -> str:
    """The address as it is stored and mailed to: an international domain in its ASCII form."""
    local, at, domain = email.strip().rpartition("@")
    # Without a true @ there is no domain, and turning a full-width one into ASCII would make some.
    return local + at + _ascii_domain(domain) if at else domain


def canonical_email(email: str) -> str:
    """What the spellings of one address have in common."""
    return plain_email(email).lower()


def validate_email_address(email: str) -> None:
    """Refuse what no clinic patient has: quoted local parts, address literals, bare host names.

    The plain form is judged, since that is what mail goes to: signs that only become `@`, `,` or a
    space when the domain is turned into ASCII do not get past.
    """
    plain = plain_email(email)
    # In this order: lower case makes an ASCII letter of the Kelvin sign.
    valid = plain.isascii() and _CANONICAL.fullmatch(plain.lower())
    if (
        not _DEVIATIONS.isdisjoint(email)
        or not valid
        or len(plain) > MAX_LENGTH
        or plain.index("@") > MAX_LOCAL_PART
    ):
        raise ValidationError(INVALID, code="invalid")


def _ascii_domain(domain: str) -> str:
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:  # not a domain at all: the address is never valid
        return domain
