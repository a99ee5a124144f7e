import unicodedata

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator

MAX_LENGTH = 254
MAX_LOCAL_PART = 64
INVALID = "Enter a valid e-mail address."

_has_right_form = EmailValidator(message=INVALID, allowlist=[])


def canonical_email(email: str) -> str:
    """What two spellings of one address have in common: NFKC, IDNA domain, lower case."""
    local, at, domain = unicodedata.normalize("NFKC", email.strip()).rpartition("@")
    return (local + at + _ascii_domain(domain)).lower()


def validate_email_address(email: str) -> None:
    """Refuse what no clinic patient has: quoted local parts, address literals, bare host names."""
    local, _, _ = email.rpartition("@")
    # The validator ignores case by Unicode's rules, so that a dotless i would pass as an i.
    if not local.isascii() or '"' in local or len(local) > MAX_LOCAL_PART:
        raise ValidationError(INVALID, code="invalid")
    if len(canonical_email(email)) > MAX_LENGTH or "[" in email:
        raise ValidationError(INVALID, code="invalid")
    _has_right_form(email)


def _ascii_domain(domain: str) -> str:
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:  # not a domain at all: the address cannot have been stored
        return domain
