"""Which of the calls that were sent may start: those that the host has not revoked.

For each call there is a token in a pipe, the call's id. Taking the token out decides who owns the
call: this worker, or the host, which then gives it to another worker. A ping has a token, too: 0.
"""

import os

from .channel import ChannelLost, HostGone

TOKEN_SIZE = 8


class StartTokens:
    """The worker's end of the token pipe."""

    def __init__(self, fd: int) -> None:
        self._fd = fd  # non-blocking
        self._identity = self._identify()
        self._taken: int | None = None  # the token of a call whose frame is still to come

    def take(self, call_id: int) -> bool:
        """Whether a call may start. Must be asked once per call, in the order of their frames."""
        token = self._taken
        if token is None:
            try:
                data = os.read(self._fd, TOKEN_SIZE)
            except BlockingIOError:
                self._check_identity()
                return False
            except OSError as error:
                raise ChannelLost(f"reading a token: {error}") from error
            token = int.from_bytes(data, "little")
            if data and token == call_id:
                return True
            self._check_identity()
            if not data:
                raise HostGone
        if token == call_id:
            self._taken = None
            return True
        # The calls before it were revoked.
        self._taken = token
        return False

    def _check_identity(self) -> None:
        """Without its tokens, this worker would skip every call, and nobody would know."""
        if self._identify() != self._identity:
            raise ChannelLost("the script has replaced the descriptor of the tokens")

    def _identify(self) -> "tuple[int, int]":
        try:
            status = os.fstat(self._fd)
        except OSError as error:
            raise ChannelLost(f"identifying the pipe of the tokens: {error}") from error
        return status.st_dev, status.st_ino

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
