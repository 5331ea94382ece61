"""Async calls that run: each is a task in a context of its own, whose end sends the reply."""

import sys

from . import protocol
from .codec import encode_details
from .coroutines import stack_of
from .current_call import current_call
from .stdlib import stdlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    from typing import Any, Callable

    from .async_streams import AsyncStream
    from .calls import Calls, Pending
    from .loop_choice import Loop
    from .protocol import Payload

    Send = Callable[[int, int, Payload], None]
else:
    asyncio = stdlib("asyncio")

Task: "Any" = asyncio.Task
_EAGER = sys.version_info >= (3, 12)


class Tasks:
    def __init__(self, calls: "Calls", reply: "Send", send: "Send") -> None:
        """`reply` gets the reply of a call that is still in `running`; `send` sends a frame."""
        self._calls = calls
        self._reply = reply
        self._send = send
        self.running: dict[int, Pending] = {}  # by call id
        self._unbegun: list[Pending] = []
        self._async_names: set[str] = set()
        # Of loops that the script has broken: to finalize them would run code of the calls.
        self._lost: list[asyncio.Task[Any] | None] = []

    def only(self) -> int:
        """The id of the call that runs, if there is exactly one, else 0."""
        return next(iter(self.running)) if len(self.running) == 1 else 0

    def start(
        self, loop: "Loop", call_id: int, call: "Pending", stream: "AsyncStream | None" = None
    ) -> None:
        if call.name not in self._async_names:
            self._async_names.add(call.name)
            self._send(protocol.KIND, call_id, b"")
        self.running[call_id] = call
        call.context.run(current_call.set, call_id)
        coroutine = self._calls.settle(call, self._reply) if stream is None else stream.run()
        factory = loop.get_task_factory()
        if factory is not None:
            task = call.context.run(loop.create_task, coroutine)
        elif _EAGER:
            task = Task(coroutine, loop=loop, context=call.context, eager_start=True)
        else:
            task = call.context.run(Task, coroutine, loop=loop)
        if call_id in self.running:
            call.task = task
            ready = getattr(loop, "_ready", None)
            if factory or ready is None or len(ready) > 1:  # else nothing runs before it
                if not self._unbegun:
                    loop.call_soon(self._after_begin)
                self._unbegun.append(call)

    def cancel(self, call_id: int, stream: "AsyncStream | None" = None) -> None:
        """Must be called by the loop, behind the beginning of the task.

        A task that is cancelled before it has begun never runs, and never replies.
        """
        task = self._task(call_id)
        if task is not None:
            stack = stack_of(task) if stream is None else stream.stack()
            task.cancel()
            self._send(protocol.CANCELLING, call_id, encode_details({"stack": stack}))

    def stop(self, call_id: int) -> None:
        """Cancels a call that was interrupted, and with it the tasks that it awaits."""
        task = self._task(call_id)
        if task is not None:
            task.cancel()

    def fail_all(self, error: BaseException) -> None:
        """Each call gets `error` as its outcome: their loop is gone."""
        for call_id, call in tuple(self.running.items()):
            task = call.task
            if task is not None:
                task._log_destroy_pending = False  # type: ignore[attr-defined]
            self._lost.append(task)
            kind, reply = self._calls.failure_of(call, error)
            self._reply(call_id, kind, reply)
        self._unbegun.clear()

    def forget_all(self) -> None:
        """No call gets a reply any more: the worker ends."""
        self.running.clear()

    def _task(self, call_id: int) -> "asyncio.Task[Any] | None":
        call = self.running.get(call_id)
        return None if call is None else call.task

    def _after_begin(self) -> None:
        """Answers calls whose task was cancelled by other code of the script before it began."""
        unbegun, self._unbegun = self._unbegun, []
        for call in unbegun:
            task = call.task
            if task is not None and task.cancelled() and call.call_id in self.running:
                kind, reply = self._calls.failure_of(call, asyncio.CancelledError())
                self._reply(call.call_id, kind, reply)
