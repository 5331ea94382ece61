"""Calls that the host has cancelled, and which code an interrupt is meant for.

Their ids come through a pipe of their own: a frame could lie behind a long one. The event loop
reads it, and so does the handler of the interrupt, which the host sends where code does not return
to the loop. Where there is no such pipe, ids come as frames, and an interrupt that comes without
one is meant for the only call that runs.
"""

import os

from . import protocol
from .channel import ChannelLost, HostGone
from .codec import encode_details
from .current_call import current_call

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Callable, Iterable, Protocol

    from .protocol import Payload

    class Server(Protocol):
        """What runs async calls."""

        def only_task(self) -> int: ...
        def is_running(self, call_id: int) -> bool: ...
        def runs_user_code(self, frame: FrameType | None) -> bool: ...
        def send_held(self) -> None: ...
        def cancel(self, call_ids: Iterable[int]) -> None: ...


ID_SIZE = 8
READ_SIZE = 512 * ID_SIZE


class Cancels:
    def __init__(self, send: "Callable[[int, int, Payload], None]") -> None:
        self.plain = 0  # id of the call whose plain function runs in the main thread
        self.fd: int | None = None
        self.last_hit = 0  # the call whose code was interrupted last
        self.server: Server | None = None  # once there are async calls
        self._send = send
        self.ids: set[int] = set()  # of calls that run, or have not started yet
        self._interrupted: set[int] = set()  # of those, whose code knows of the cancel
        self.has_ended = False  # the host has closed the pipe: all calls are to end
        self._are_named = False  # whether the host says which calls it cancels

    def listen(self, fd: "int | None") -> None:
        if fd is not None:
            self.fd = fd
            self._are_named = True
            os.set_blocking(fd, False)

    def close(self) -> None:
        if self.fd is not None:
            try:
                os.close(self.fd)
            except OSError:  # the script was faster
                pass

    def read(self) -> "list[int]":
        """Returns the ids that have come since. May be called by a signal handler."""
        if self.fd is None:
            return []
        try:
            data = os.read(self.fd, READ_SIZE)
        except OSError:  # there are none, or the script has closed it
            return []
        self.has_ended = not data
        ids = [
            int.from_bytes(data[start : start + ID_SIZE], "little")
            for start in range(0, len(data), ID_SIZE)
        ]
        if ids:
            self._add(ids)
        return ids

    def note(self, call_id: int) -> None:
        """Of a frame; from any thread."""
        self._are_named = True
        self.ids.add(call_id)

    def is_hit(self, frame: "FrameType | None") -> bool:
        """Whether an interrupt is meant for the code that it has stopped: once for each call."""
        server = self.server
        cancelled = self.read()
        call_id = self.plain
        if not self._are_named:
            cancelled = [call_id or (server.only_task() if server is not None else 0)]
            self._add(cancelled)
        if server is not None:
            server.send_held()  # the code may go on for long
            if not call_id and server.runs_user_code(frame):
                call_id = current_call.get() if self._are_named else cancelled[0]
            server.cancel(one for one in cancelled if one != call_id)
        is_cancelled = call_id in self.ids or self.has_ended
        if not call_id or not is_cancelled or call_id in self._interrupted:
            return False
        self.last_hit = call_id
        self.acknowledge(call_id, None)
        return True

    def acknowledge(self, call_id: int, stack: "str | None") -> None:
        """Says that a cancel has reached a call, whose code is not interrupted from here on."""
        self._interrupted.add(call_id)
        try:
            self._send(protocol.CANCELLING, call_id, encode_details({"stack": stack}))
        except (HostGone, ChannelLost):  # the next reply notices
            pass

    def _add(self, ids: "list[int]") -> None:
        server = self.server
        if server is not None:
            self.ids = {one for one in tuple(self.ids) if server.is_running(one)}
            self._interrupted &= self.ids
        self.ids.update(ids)
