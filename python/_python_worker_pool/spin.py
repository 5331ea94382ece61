"""How long to poll for the next call before blocking.

To fall asleep and to be woken costs more than a short call. Callers that wait for one reply before
they send the next call are back within microseconds: for them polling pays. It does not where calls
are rare, nor on a single processor, which the host needs.
"""

import os
from time import perf_counter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

SPIN_TIME = 50e-6  # seconds
MAX_CREDIT = 8
# Without credit, one read in this many polls anyway, to notice that calls have become frequent.
RETRY_EVERY = 32


class Spinner:
    """Polls while that has paid off lately."""

    def __init__(self) -> None:
        self._credit = MAX_CREDIT
        self._skipped = 0

    # `now` is bound early, because users' tests may patch `time`.
    def poll(
        self,
        read: "Callable[[], bytes]",
        times: int = 1,
        now: "Callable[[], float]" = perf_counter,
    ) -> "bytes | None":
        """Calls `read` until it no longer raises BlockingIOError. None when the time was up.

        It is up after so many times the usual; in vain, it counts as often.
        """
        if not self._pays():
            return None
        end = now() + SPIN_TIME * times
        while True:
            try:
                data = read()
            except BlockingIOError:
                if now() >= end:
                    self._credit -= times
                    return None
            else:
                self._credit = MAX_CREDIT
                return data

    def _pays(self) -> bool:
        if self._credit > 0:
            return True
        self._skipped += 1
        if self._skipped < RETRY_EVERY:
            return False
        self._skipped = 0
        self._credit = 1
        return True


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1  # on other systems than Linux
