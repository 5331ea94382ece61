"""A call whose items are sent as they come, as far as they are wanted, and then its reply."""

from .coroutines import stack_from
from .exceptions import describe
from .interrupts import is_interrupt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Tuple, Type

    from .calls import Calls, Pending
    from .protocol import Payload

    Reply = Tuple[int, Payload]  # kind, payload

# How much a stream may send before it is taken; the last item may exceed it.
MAX_BYTES = 256 * 1024

# How long a stream that always has a next item runs before others get a turn.
TURN = 1e-3  # seconds

MAX_WARNING = 1 << 16  # bytes of JSON


class Window:
    """How much a stream may still send: it is open while there is an item and a byte left.

    The stream counts what it sends, the main thread what was taken: there is no need for a lock.
    """

    __slots__ = ("_bytes", "_items", "_sent_bytes", "sent_items")

    def __init__(self, items: int) -> None:
        self._items = items
        self._bytes = MAX_BYTES
        self.sent_items = 0
        self._sent_bytes = 0

    @property
    def is_open(self) -> bool:
        return self.sent_items < self._items and self._sent_bytes < self._bytes

    def note(self, size: int) -> bool:
        """An item was sent. Returns whether the window is still open."""
        self.sent_items += 1
        self._sent_bytes += size
        return self.sent_items < self._items and self._sent_bytes < self._bytes

    def grant(self, items: int, size: int) -> None:
        """Items were taken."""
        self._items += items
        self._bytes += size


class Outlet:
    """Where the frames of a stream go, other than its reply."""

    def __init__(
        self,
        send: "Callable[[int, int, Payload], None]",
        acknowledge: "Callable[[int, str | None], None]",
        warn: "Callable[[str], None]",
    ) -> None:
        """`acknowledge(call_id, stack)` says that a cancel has reached the stream."""
        self.send = send
        self.acknowledge = acknowledge
        self.warn = warn


class Stream:
    # What a stream may raise because it was cancelled.
    _expected: "Tuple[Type[BaseException], ...]" = (GeneratorExit,)

    def __init__(
        self, call: "Pending", calls: "Calls", outlet: Outlet, wake: "Callable[[], None]"
    ) -> None:
        """`wake` is called when the stream may go on."""
        self.call_id = call.call_id
        self.window = Window(call.window)
        self.is_cancelled = False
        self._call = call
        self._calls = calls
        self._outlet = outlet
        self._wake = wake
        self._source: Any = call.value  # what has the items, once it is known
        self._has_ended = False  # with `_result`
        self._result: object = None

    def grant(self, items: int, size: int) -> None:
        self.window.grant(items, size)
        self._wake()

    def cancel(self) -> None:
        """May be called by a signal handler."""
        self.is_cancelled = True
        self._wake()

    def stack(self) -> "str | None":
        """Where the next item is waited for, as a traceback shows it."""
        return stack_from(self._source)

    def _reply(
        self, failure: "BaseException | None", close_failure: "BaseException | None"
    ) -> "Reply":
        """The reply: how the stream has ended, or else how it was closed."""
        error = failure
        if error is None:
            error = close_failure
        elif close_failure is not None:
            self._warn(close_failure)
        if error is not None and self.is_cancelled:
            self._warn(error)
        if error is None and not self._has_ended:
            error = GeneratorExit("the stream was cancelled")
        self._calls.end_span(self._result, error, self.is_cancelled)
        try:
            if error is None:
                reply, error = self._encode_result()
                if error is None:
                    return reply
            return self._calls.failure(error, self._call.name)
        finally:
            del error, failure, close_failure  # they refer to this frame

    def _encode_result(self) -> "tuple[Reply, BaseException | None]":
        calls = self._calls
        try:
            return calls.run(calls.encode_result, self._result, self._call.form), None
        except BaseException as error:
            return (0, b""), error

    def _warn(self, error: BaseException) -> None:
        """Of an exception that no reply tells of."""
        if isinstance(error, self._expected) or is_interrupt(error.__traceback__):
            return
        text: str = describe(error, MAX_WARNING)["traceback"]
        self._outlet.warn(f"The stream of {self._call.name}() failed while it was closed:\n{text}")
