"""Plain functions in threads of their own, where more than one may run at the same time.

Daemon threads: a call that never returns must not hold up the end of the worker.
"""

import sys
from _contextvars import copy_context
from _thread import allocate_lock, get_ident

from .calls import ITERATING, STARTED
from .current_call import current_call
from .protocol import CALLS
from .stdlib import stdlib
from .thread_stacks import stack_of_thread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Protocol

    from .calls import Calls, Pending
    from .protocol import Frame, Payload
    from .streams import Reply

    class Server(Protocol):
        """What runs async calls, and sends replies; from any thread."""

        def send_of_thread(self, kind: int, call_id: int, payload: Payload) -> None: ...

        def start_later(self, call_id: int, call: Pending) -> None:
            """Of a call that turned out to be async."""

        def stream_in_thread(self, call_id: int, call: Pending, calls: Calls) -> Reply:
            """Returns the reply of a stream, once it has ended."""


# Else a call waits that long for each of the others that calculates.
SWITCH_INTERVAL = 1e-3  # seconds


class CallThreads:
    def __init__(
        self,
        limit: int,
        make_calls: "Callable[[], Calls]",
        after_user_code: "Callable[[int], None]",
        server: "Server",
    ) -> None:
        """`after_user_code(call_id)` sends what a call has printed."""
        self._limit = limit
        self._make_calls = make_calls
        self._after_user_code = after_user_code
        self._server = server
        self._queue: Any = stdlib("queue").SimpleQueue()
        self._lock = allocate_lock()
        self._threads = 0
        self._calls = 0  # that wait or run
        self.running: dict[int, int] = {}  # the thread of each, by call id
        sys.setswitchinterval(min(sys.getswitchinterval(), SWITCH_INTERVAL))

    def answer(self, frame: "Frame") -> None:
        with self._lock:
            self._calls += 1
            needs_thread = self._threads < min(self._calls, self._limit)
            if needs_thread:
                self._threads += 1
        self._queue.put(frame)
        if needs_thread:
            self._start_thread()

    def stack_of(self, call_id: int) -> "str | None":
        """Where a call is, as a traceback shows it; None if it is in no code of the script."""
        thread = self.running.get(call_id)
        return None if thread is None else stack_of_thread(thread, self._serve.__code__)

    def _start_thread(self) -> None:
        thread = stdlib("threading").Thread(
            target=copy_context().run,
            args=(self._serve,),
            name=f"python-worker-pool-{self._threads}",
            daemon=True,
        )
        try:
            thread.start()
        except RuntimeError as error:  # the system has no more
            with self._lock:
                self._threads -= 1
                if self._threads:
                    return
            kind, call_id, payload = self._queue.get()
            kind, reply = self._make_calls().refusal(kind, payload, error)
            self._finish(kind, call_id, reply)

    def _serve(self) -> None:
        calls, thread = self._make_calls(), get_ident()
        while True:
            kind, call_id, payload = self._queue.get()
            current_call.set(call_id)
            self.running[call_id] = thread
            answer = calls.answer if kind in CALLS else calls.answer_other
            kind, reply = answer(kind, payload)
            if kind == ITERATING:
                kind, reply = self._server.stream_in_thread(call_id, reply, calls)
            del self.running[call_id]
            self._after_user_code(call_id)
            current_call.set(0)
            self._finish(kind, call_id, reply)
            del payload, reply  # and with them memory of the script's

    def _finish(self, kind: int, call_id: int, reply: "Any") -> None:
        # First: the reply may be followed by the next call at once.
        with self._lock:
            self._calls -= 1
        if kind == STARTED:
            self._server.start_later(call_id, reply)
        else:
            self._server.send_of_thread(kind, call_id, reply)
