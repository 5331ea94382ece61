"""The streams of a worker, whatever runs them: the event loop, the main thread, or another one."""

from time import perf_counter, sleep

from . import protocol
from .event_loop import GRACE
from .streams import Outlet
from .sync_streams import MainStreams, SyncStream, ThreadStream

PAUSE = 1e-3  # seconds between two looks whether threads have closed their streams

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, Protocol

    from .async_streams import AsyncStream
    from .calls import Calls, Pending
    from .cancels import Cancels
    from .event_loop import EventLoop
    from .protocol import Bytes, Payload
    from .replies import Replies
    from .streams import Reply, Stream

    class Server(Protocol):
        """What runs calls."""

        def hold(self, kind: int, call_id: int, payload: Payload) -> None:
            """Sends a frame of a task, with others of the same turn of the loop."""

        def end_call(self, call_id: int, kind: int, reply: Payload) -> None:
            """Of a task."""

        def send_of_thread(self, kind: int, call_id: int, payload: Payload) -> None: ...


class RunningStreams:
    def __init__(
        self,
        calls: "Calls",
        replies: "Replies",
        cancels: "Cancels",
        event_loop: "EventLoop",
        server: "Server",
    ) -> None:
        self._calls = calls
        self._replies = replies
        self._cancels = cancels
        self._event_loop = event_loop
        self._server = server
        self.by_id: dict[int, Stream] = {}
        self._tasks: dict[int, AsyncStream] = {}  # those that are tasks
        self.on_main = MainStreams(cancels, replies, self._end_on_main)

    def task(self, call: "Pending") -> "AsyncStream | None":
        """The stream that is to run in the loop as a task; None for a call that is no stream."""
        if not call.window:
            return None
        from .async_streams import AsyncStream

        stream = AsyncStream(call, self._calls, self._outlet(self._hold), self._server.end_call)
        self.by_id[call.call_id] = self._tasks[call.call_id] = stream
        return stream

    def start_on_main(self, call: "Pending") -> None:
        outlet = self._outlet(self._replies.item_sender(call.call_id))
        stream = SyncStream(call, self._calls, outlet, self._wake_main)
        self.by_id[call.call_id] = self.on_main.running[call.call_id] = stream

    def run_in_thread(self, call: "Pending", calls: "Calls") -> "Reply":
        """Returns the reply. Called by the thread; `calls` are its own."""
        stream = ThreadStream(call, calls, self._outlet(self._send_of_thread))
        self.by_id[call.call_id] = stream
        if call.call_id in self._cancels.ids:
            stream.cancel()
        try:
            return stream.run()
        finally:
            self.by_id.pop(call.call_id, None)

    def grant(self, call_id: int, credit: "Bytes") -> None:
        items, size = protocol.split_credit(credit)
        stream = self.by_id.get(call_id)
        if stream is not None:
            stream.grant(items, size)

    def cancel(self, call_id: int) -> None:
        """May be called by a signal handler."""
        stream = self.by_id.get(call_id)
        if stream is not None:
            stream.cancel()
            self._event_loop.call_soon_threadsafe(self._wake_main)

    def cancelled_task(self, call_id: int) -> "AsyncStream | None":
        """The stream, whose task is about to be cancelled, if the call is one."""
        stream = self._tasks.get(call_id)
        if stream is not None:
            stream.is_cancelled = True
        return stream

    def forget_task(self, call_id: int) -> None:
        if self._tasks.pop(call_id, None) is not None:
            self.by_id.pop(call_id, None)

    def close(self, now: "Callable[[], float]" = perf_counter) -> None:
        """Closes what is streamed outside of the loop; threads have a moment for it."""
        for call_id, stream in self.on_main.running.items():
            del self.by_id[call_id]
            stream.abandon()
        self.on_main.running.clear()
        for other in tuple(self.by_id.values()):
            other.cancel()
        until = now() + GRACE
        while len(self.by_id) > len(self._tasks) and now() < until:
            sleep(PAUSE)
        self.by_id.clear()

    def _end_on_main(self, call_id: int, kind: int, reply: "Payload") -> None:
        del self.by_id[call_id]
        self._replies.send_now(kind, call_id, reply)

    def _wake_main(self) -> None:
        if self._event_loop.runs:
            self._event_loop.stop()

    def _hold(self, kind: int, call_id: int, item: "Payload") -> None:
        if call_id in self.by_id:  # else it has got its reply
            self._server.hold(kind, call_id, item)

    def _send_of_thread(self, kind: int, call_id: int, item: "Payload") -> None:
        self._replies.after_call(call_id)
        self._server.send_of_thread(kind, call_id, item)

    def _outlet(self, send: "Callable[[int, int, Payload], None]") -> Outlet:
        return Outlet(send, self._cancels.acknowledge, self._replies.warn)
