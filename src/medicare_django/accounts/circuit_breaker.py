"""Leaves a server in peace that has just failed, so that not every request waits for it in vain."""

import threading
from time import monotonic


class CircuitBreaker:
    """Open after a failure, for `seconds`; then one goes ahead, and the others see how it fares."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._open_until = 0.0  # never, while it is zero
        self._lock = threading.Lock()

    def lets_through(self) -> bool:
        """Whether to try. Who does must say afterwards whether it `succeeded` or `failed`."""
        if not self._open_until:
            return True
        with self._lock:
            if monotonic() < self._open_until:
                return False
            self._open_until = monotonic() + self._seconds
            return True

    def succeeded(self) -> None:
        self._open_until = 0.0

    def failed(self) -> None:
        self._open_until = monotonic() + self._seconds
