"""Async calls that run: each is a task in a context of its own, whose end sends the reply."""

import sys

from . import protocol
from .codec import encode_details
from .coroutines import stack_of
from .stdlib import stdlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    from typing import Any, Callable

    from .calls import Calls, Pending
    from .loop_choice import Loop
    from .protocol import Payload

    Send = Callable[[int, int, Payload], None]
else:
    asyncio = stdlib("asyncio")

_EAGER = sys.version_info >= (3, 12)


class Tasks:
    def __init__(self, calls: "Calls", reply: "Send", send: "Send") -> None:
        """`reply` may hold a frame back for a moment; `send` sends it at once."""
        self._calls = calls
        self._reply = reply
        self._send = send
        self._tasks: dict[int, asyncio.Task[Any] | None] = {}
        self._unbegun: list[tuple[int, asyncio.Task[Any]]] = []
        self._async_names: set[str] = set()
        # Of loops that the script has broken: to finalize them would run code of the calls.
        self._lost: list[asyncio.Task[Any] | None] = []

    def __len__(self) -> int:
        return len(self._tasks)

    def __contains__(self, call_id: int) -> bool:
        return call_id in self._tasks

    def ids(self) -> "list[int]":
        return list(self._tasks)

    def only(self) -> int:
        """The id of the call that runs, if there is exactly one, else 0."""
        return next(iter(self._tasks)) if len(self._tasks) == 1 else 0

    def start(self, loop: "Loop", call_id: int, call: "Pending") -> None:
        if call.name not in self._async_names:
            self._async_names.add(call.name)
            self._send(protocol.KIND, call_id, b"")
        self._tasks[call_id] = None
        coroutine = self._run(call_id, call)
        if _EAGER and loop.get_task_factory() is None:
            task = asyncio.Task(coroutine, loop=loop, context=call.context, eager_start=True)  # type: ignore[call-arg]
        else:
            task = call.context.run(loop.create_task, coroutine)
        if call_id in self._tasks:
            self._tasks[call_id] = task
            if not self._unbegun:
                loop.call_soon(self._after_begin)
            self._unbegun.append((call_id, task))

    def cancel(self, loop: "Loop", call_id: int) -> None:
        """May be called by a signal handler."""
        # Not at once: a task that is cancelled before it has begun never runs, and never replies.
        loop.call_soon_threadsafe(self._cancel, call_id)

    def stop(self, call_id: int) -> None:
        """Cancels a call that was interrupted, and with it the tasks that it awaits."""
        task = self._tasks.get(call_id)
        if task is not None:
            task.cancel()

    def fail_all(self, error: BaseException) -> None:
        """Each call gets `error` as its outcome: their loop is gone."""
        while self._tasks:
            call_id, task = self._tasks.popitem()
            if task is not None:
                task._log_destroy_pending = False  # type: ignore[attr-defined]
            self._lost.append(task)
            kind, reply = self._calls.failure(error, "")
            self._reply(kind, call_id, reply)
        self._unbegun.clear()

    def forget_all(self) -> None:
        """No call gets a reply any more: the worker ends."""
        self._tasks.clear()

    async def _run(self, call_id: int, call: "Pending") -> None:
        kind, reply = await self._calls.settle(call)
        if self._tasks.pop(call_id, self) is not self:  # or it has got its reply
            self._reply(kind, call_id, reply)

    def _after_begin(self) -> None:
        """Answers calls whose task was cancelled by other code of the script before it began."""
        unbegun, self._unbegun = self._unbegun, []
        for call_id, task in unbegun:
            if task.cancelled() and self._tasks.pop(call_id, None) is not None:
                kind, reply = self._calls.failure(asyncio.CancelledError(), "")
                self._reply(kind, call_id, reply)

    def _cancel(self, call_id: int) -> None:
        task = self._tasks.get(call_id)
        if task is not None:
            stack = stack_of(task)
            task.cancel()
            self._send(protocol.CANCELLING, call_id, encode_details({"stack": stack}))
