import time
from collections.abc import Callable


def comes_true(holds: Callable[[], bool], seconds: float = 60) -> bool:
    """Whether it does within that time; it is asked for until then."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
