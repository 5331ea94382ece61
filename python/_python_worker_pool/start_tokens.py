"""Which of the calls that were sent may start: those that the host has not revoked.

For each call there is a token in a pipe, the call's id. Taking the token out decides who owns the
call: this worker, or the host, which then gives it to another worker. A ping has a token, too: 0.
"""

import os

from .channel import ChannelLost

TOKEN_SIZE = 8


class StartTokens:
    """The worker's end of the token pipe."""

    def __init__(self, fd: int) -> None:
        self._fd = fd  # non-blocking
        self._taken: int | None = None  # the token of a call whose frame is still to come

    def take(self, call_id: int) -> bool:
        """Whether a call may start. Must be asked once per call, in the order of their frames."""
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
        # The calls before it were revoked.
        self._taken = token
        return False

    def close(self) -> None:
        try:
            os.close(self._fd)
        except OSError:  # the script was faster
            pass


class NoTokens:
    """For hosts that cannot revoke calls: every call may start."""

    def take(self, _call_id: int) -> bool:
        return True

    def close(self) -> None:
        pass
