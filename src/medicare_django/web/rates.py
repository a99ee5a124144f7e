"""Forms that come too often from one address are refused, as the API refuses its requests."""

from http import HTTPStatus
from typing import TypeVar

from django.http import HttpResponse

R = TypeVar("R", bound=HttpResponse)
_MINUTE, _HOUR = 60, 60 * 60


def too_many(seconds: int) -> str:
    return f"Too many requests. You can try again in {wait_words(seconds)}."


def wait_words(seconds: float) -> str:
    """Never less than it takes: "a minute", "12 minutes", "5 hours"."""
    if seconds <= _MINUTE:
        return "a minute"
    if seconds <= 2 * _HOUR:
        return f"{-(-seconds // _MINUTE):.0f} minutes"
    return f"{-(-seconds // _HOUR):.0f} hours"


def retry_after(page: R, seconds: int) -> R:
    """Have the form that is shown again say, to programs too, how long it is refused."""
    page.status_code = HTTPStatus.TOO_MANY_REQUESTS
    page["Retry-After"] = str(seconds)
    return page
