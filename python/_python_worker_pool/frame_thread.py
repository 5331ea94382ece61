"""Reads frames in a thread, where the event loop cannot wait for the channel itself."""

from _thread import start_new_thread

from . import protocol
from .channel import NO_FRAME, ChannelLost, HostGone
from .protocol import ProtocolError
from .stdlib import stdlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, Deque, Iterator

    from .protocol import Frame

deque = stdlib("collections").deque


class FrameThread:
    def __init__(
        self,
        source: "Iterator[Frame]",
        cancel: "Callable[[int], None]",
        wake: "Callable[[], None]",
    ) -> None:
        """`cancel` gets to know of a cancelled call at once, `wake` of each frame."""
        self._source = source
        self._cancel = cancel
        self._wake = wake
        self._arrived: Deque[Frame | Exception | None] = deque()

    def start(self) -> None:
        start_new_thread(self._read, ())

    def frames(self) -> "Iterator[Frame]":
        """As those of a channel that does not block."""
        while True:
            frame = self._arrived.popleft() if self._arrived else NO_FRAME
            if frame is None:
                return
            if isinstance(frame, Exception):
                raise frame
            yield frame

    def _read(self) -> None:
        end: Exception | None = None
        try:
            for frame in self._source:
                if frame[0] == protocol.CANCEL:
                    self._cancel(frame[1])
                self._arrived.append(frame)
                self._wake()
        except (HostGone, ChannelLost, ProtocolError) as error:
            end = error
        self._arrived.append(end)
        self._wake()
