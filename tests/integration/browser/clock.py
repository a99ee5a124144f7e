"""When it is in the demo that the browser sees."""

from datetime import UTC, datetime

NOW = datetime(2026, 10, 21, 9, 17, tzinfo=UTC)
"""A Wednesday; what the server takes for the time when it starts."""
STANDS = "MEDICARE_CLOCK_STANDS"
"""Set in the environment of the server, it stays `NOW`."""
