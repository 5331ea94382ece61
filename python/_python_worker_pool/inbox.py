"""What the host sends to a worker that serves calls."""

from . import protocol
from .protocol import ProtocolError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterator, Union

    from .cancels import Cancels
    from .channel import Channel
    from .protocol import Frame
    from .start_tokens import NoTokens, StartTokens

    Tokens = Union[StartTokens, NoTokens]


class Inbox:
    def __init__(
        self, channel: "Channel", frames: "Iterator[Frame]", tokens: "Tokens", cancels: "Cancels"
    ) -> None:
        self.channel = channel
        self.frames = frames
        self.may_start = tokens.take
        self.cancels = cancels

    def answer_other(self, kind: int, call_id: int) -> None:
        """Answers a frame that is no call."""
        if kind == protocol.PING:
            self.may_start(0)
            self.channel.send(protocol.PONG, 0, b"")
        elif kind == protocol.CANCEL:
            self.cancels.note(call_id)
        elif kind != protocol.CREDIT:  # of a stream that has ended
            raise ProtocolError(f"expected CALL, got a frame of kind {kind}")
