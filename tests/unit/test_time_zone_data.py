"""What `wall_clock` relies on, counted over every zone that is installed."""

from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

STEP = timedelta(hours=6)
FIRST = datetime(2000, 1, 1)  # noqa: DTZ001 - what clocks on the wall show, in any zone
WALL_CLOCK = [FIRST + STEP * i for i in range(41 * 1461)]  # to the end of 2040


def test_offsets_are_multiples_of_five_minutes_and_never_change_twice_in_four_days() -> None:
    uneven: set[str] = set()
    hasty: set[str] = set()
    changes = 0
    for name in available_timezones():
        offsets = list(map(ZoneInfo(name).utcoffset, WALL_CLOCK))
        found = [at for at, (old, new) in enumerate(pairwise(offsets)) if old != new]
        changes += len(found)
        if any(offset is None or offset % timedelta(minutes=5) for offset in set(offsets)):
            uneven.add(name)
        if any(
            (later - earlier - 1) * STEP <= timedelta(days=4) for earlier, later in pairwise(found)
        ):
            hasty.add(name)
    assert changes > 10_000
    assert uneven == set()
    assert hasty == set()
