"""Which of the calls that were sent may start: those that the host has not taken back.

For each call there is a token in a pipe, the call's number. Who takes it out has the call: this
worker, or the host, which then gives it to another worker.
"""

import os

from .channel import ChannelLost

TOKEN_SIZE = 8


class Claims:
    def __init__(self, fd):
        self._fd = fd  # never blocks
        self._taken = None  # the token of a call whose frame is still to come

    def take(self, call_id):
        """Whether a call may start. To be asked once for each, in the order of their frames."""
        token = self._taken
        if token is None:
            try:
                token = int.from_bytes(os.read(self._fd, TOKEN_SIZE), "little")
            except BlockingIOError:
                return False
            except OSError as error:
                raise ChannelLost(f"reading a token: {error}") from error
        if token == call_id:
            self._taken = None
            return True
        # Those before it were taken back.
        self._taken = token
        return False

    def close(self):
        try:
            os.close(self._fd)
        except OSError:  # the script was faster
            pass


class EveryCall:
    """Where the host can take nothing back."""

    def take(self, _call_id):
        return True

    def close(self):
        pass
