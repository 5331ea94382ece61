"""The replies of a worker, and the items of streams.

Those of one turn of the event loop are sent with one write.
"""

from time import perf_counter

from .channel import JOIN_SIZE
from .protocol import ITEM, address
from .stdlib import stdlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, Deque, Tuple

    from .channel import Channel
    from .protocol import Payload

deque = stdlib("collections").deque

MAX_HELD = 32
MAX_HOLD_TIME = 1e-3  # seconds


class Replies:
    def __init__(
        self,
        channel: "Channel",
        after_user_code: "Callable[[int], None]",
        after_call: "Callable[[int], None]",
        warn: "Callable[[str], None]",
    ) -> None:
        """`after_user_code(call_id)` sends what a call and others have printed; with 0, the others.

        `after_call(call_id)` sends what the call has printed. Both run in its context, and so does
        `warn`, which logs a text of ours.
        """
        self._channel = channel
        self.after_user_code = after_user_code
        self.after_call = after_call
        self.warn = warn
        self._is_sending = False
        self._held: Deque[Tuple[int, int, Payload]] = deque()
        self._until = 0.0

    def hold(
        self, kind: int, call_id: int, reply: "Payload", now: "Callable[[], float]" = perf_counter
    ) -> bool:
        """Keeps a reply until `flush`. Returns whether it is the first one."""
        self.after_call(call_id)
        held = self._held
        held.append((kind, call_id, reply))
        if len(held) == 1:
            self._until = now() + MAX_HOLD_TIME
            if len(reply) < JOIN_SIZE:
                return True
        elif len(held) < MAX_HELD and len(reply) < JOIN_SIZE and now() < self._until:
            return False
        self.flush()
        return False

    def send_now(self, kind: int, call_id: int, reply: "Payload") -> None:
        self.after_user_code(call_id)
        if self._held:
            self._held.append((kind, call_id, reply))
            self.send_held()
        else:
            self._channel.send(kind, call_id, reply)

    def item_sender(self, call_id: int) -> "Callable[[int, int, Payload], None]":
        """Returns what sends the items of a stream on the main thread, each at once."""
        after_call, send = self.after_call, self._channel.send_to
        usual = address(ITEM, call_id)

        def send_item(kind: int, call_id: int, item: "Payload") -> None:
            after_call(call_id)
            send(usual if kind == ITEM else address(kind, call_id), item)

        return send_item

    def flush(self) -> None:
        """Sends what is held."""
        if self._held:
            self.after_user_code(0)
            self.send_held()

    def send_held(self) -> None:
        """As `flush`, but nothing that was printed. May be called by a signal handler."""
        if self._is_sending:  # what the handler has interrupted sends them, in their order
            return
        self._is_sending = True
        frames = []
        try:
            while self._held:
                frames.append(self._held.popleft())
            if frames:
                self._channel.send_all(frames)
        finally:
            self._is_sending = False
