from django.urls.converters import IntConverter


class IdConverter(IntConverter):
    """No id has more digits, and a database cannot look for one that does not fit."""

    regex = "[0-9]{1,18}"
