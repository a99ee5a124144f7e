"""What the templates of all portals share: `{% load medicare %}`."""

import re
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.forms import BoundField
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

from medicare_django.web import times
from medicare_django.web.icons import icon_svg

register = template.Library()


@register.simple_tag
def icon(name: str, style: str = "solid") -> SafeString:
    return mark_safe(icon_svg(name, style))  # noqa: S308 - a file of the package


@register.filter
def day(value: date) -> str:
    return times.day(value)


@register.filter
def short_day(value: date) -> str:
    return times.short_day(value)


@register.filter
def clock(value: time | datetime) -> str:
    return times.clock(value)


@register.filter
def in_zone(value: datetime, name: str) -> datetime:
    return value.astimezone(ZoneInfo(name))


@register.filter
def zone(name: str) -> str:
    """Words for the zone where it is not the clinic's own, else nothing."""
    return times.zone_words(name)


@register.filter
def unbroken(words: str) -> SafeString:
    """Keep times such as "09:00-12:00" on one line, since browsers break them at the hyphen."""
    escaped = conditional_escape(words)
    return mark_safe(  # noqa: S308 - escaped above
        re.sub(r"\d\d:\d\d-[\w:]{5,8}[,.]?", r'<span class="nowrap">\g<0></span>', escaped)
    )


@register.filter
def initials(name: str) -> str:
    """The first letters of the first and the last word that begin with one; "Dr" is no name."""
    words = [word for word in name.split() if word[0].isalpha() and word not in {"Dr", "Dr."}]
    return "".join(word[0] for word in [*words[:1], *words[1:][-1:]]).upper()


@register.filter
def tint(pk: int) -> int:
    """One of six tints, always the same for the same person."""
    return pk % 6


@register.inclusion_tag("web/field.html")
def field(bound: BoundField, **more: Any) -> dict[str, Any]:
    return {"field": bound, **more}


@register.simple_tag(takes_context=True)
def here(context: template.Context, *names: str) -> SafeString:
    """Mark a link of the navigation while one of these routes is the page."""
    match = context["request"].resolver_match if "request" in context else None
    is_here = match is not None and match.view_name in names
    return SafeString(' aria-current="page"' if is_here else "")
