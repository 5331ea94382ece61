"""Streams of iterators that are not async.

On the main thread they are resumed in turn, outside of the event loop, and never wait: where they
may not go on, the loop runs. Where functions run in threads, a stream has one of them to its end.
"""

from _thread import allocate_lock
from time import perf_counter

from .current_call import current_call
from .streamable import close
from .streams import TURN, Stream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

    from .calls import Calls, Pending
    from .cancels import Cancels
    from .protocol import Payload
    from .replies import Replies
    from .streams import Outlet, Reply

_ENDED = -1
_FAILED = -2


class SyncStream(Stream):
    def __init__(
        self, call: "Pending", calls: "Calls", outlet: "Outlet", wake: "Callable[[], None]"
    ) -> None:
        super().__init__(call, calls, outlet, wake)
        call.context.run(current_call.set, call.call_id)

    @property
    def can_go_on(self) -> bool:
        return self.window.is_open or self.is_cancelled

    def resume(self, until: float) -> "Reply | None":
        """Sends items while it may, until a time. Returns the reply once the stream has ended."""
        return self._call.context.run(self._resume, until)

    def abandon(self) -> None:
        """Closes what is streamed; there is no reply any more."""
        self._call.context.run(self._close)

    def _resume(self, until: float, now: "Callable[[], float]" = perf_counter) -> "Reply | None":
        window, call_id = self.window, self.call_id
        run, produce, send = self._calls.run, self._produce, self._outlet.send
        failure: BaseException | None = None
        is_open = window.is_open
        while is_open and not self.is_cancelled:
            try:
                kind, payload = run(produce)
            except BaseException as error:
                kind, failure = _FAILED, error
            if kind < 0:
                try:
                    self._calls.end_child(failure)
                    return self._reply(failure, self._close())
                finally:
                    del failure  # it refers to this frame
            send(kind, call_id, payload)
            is_open = window.note(len(payload))
            del payload  # and with it memory of the script's
            if now() >= until:
                break
        if self.is_cancelled:
            self._outlet.acknowledge(call_id, self.stack())
            return self._reply(None, self._close())
        return None

    def _produce(self) -> "Reply":
        try:
            value = next(self._source)
        except StopIteration as end:
            self._has_ended = True
            self._result = end.value
            return _ENDED, b""
        return self._calls.encode_item(value, self._call.form, self.window.sent_items)

    def _close(self) -> "BaseException | None":
        """Returns what that has raised."""
        try:
            self._calls.run(close, self._source)
        except BaseException as error:
            return error
        self._calls.end_child()
        return None


class MainStreams:
    """The streams of the main thread."""

    def __init__(
        self, cancels: "Cancels", replies: "Replies", end: "Callable[[int, int, Payload], None]"
    ) -> None:
        """`end(call_id, kind, payload)` gets the reply of each."""
        self._cancels = cancels
        self._replies = replies
        self._end = end
        self.running: dict[int, SyncStream] = {}  # by call id

    def resume(self, now: "Callable[[], float]" = perf_counter) -> bool:
        """Resumes each for a turn. Returns whether one of them can go on at once."""
        is_any_ready = False
        for call_id, stream in tuple(self.running.items()):
            if not stream.can_go_on:
                continue
            self._cancels.plain = call_id
            reply = stream.resume(now() + TURN)
            self._replies.after_user_code(call_id)
            self._cancels.plain = 0
            if reply is None:
                is_any_ready = is_any_ready or stream.can_go_on
            else:
                del self.running[call_id]
                self._end(call_id, *reply)
        return is_any_ready


class ThreadStream(SyncStream):
    """Waits for its consumer in its thread."""

    def __init__(self, call: "Pending", calls: "Calls", outlet: "Outlet") -> None:
        self._gate = allocate_lock()  # released when the stream may go on
        super().__init__(call, calls, outlet, self._open_gate)

    def run(self) -> "Reply":
        while True:
            reply = self.resume(float("inf"))
            if reply is not None:
                return reply
            self._gate.acquire()

    def _open_gate(self) -> None:
        try:
            self._gate.release()
        except RuntimeError:  # it is open
            pass
