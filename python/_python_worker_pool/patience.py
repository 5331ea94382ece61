"""How long to look for the next call before falling asleep.

To fall asleep and to be woken costs more than a short call. Callers that wait for one reply before
they send the next call are back within microseconds: for them it pays to look again and again. It
does not where calls are rare, nor where there is one processor, which the host needs.
"""

import os
from time import perf_counter

LOOK_FOR = 50e-6  # seconds
MOST_CREDIT = 8
# Without credit, how many chances pass until one is taken to see whether times have changed.
CHANCES = 32


class Patience:
    def __init__(self):
        self._credit = MOST_CREDIT
        self._chances = 0

    def look(self, read, now=perf_counter):  # kept here: some tests of users stop the clock
        """Calls `read`, which raises BlockingIOError, until it returns. None when it did not."""
        if not self._pays():
            return None
        end = now() + LOOK_FOR
        while True:
            try:
                data = read()
            except BlockingIOError:
                if now() >= end:
                    self._credit -= 1
                    return None
            else:
                self._credit = MOST_CREDIT
                return data

    def _pays(self):
        if self._credit > 0:
            return True
        self._chances += 1
        if self._chances < CHANCES:
            return False
        self._chances = 0
        self._credit = 1
        return True


def processors():
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on this system
        return os.cpu_count() or 1
