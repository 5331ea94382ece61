"""Streams of asynchronous iterators, and of iterators that coroutines return: each is a task."""

from time import perf_counter

from .stdlib import stdlib
from .streamable import close_async, is_async_iterable, is_iterator
from .streams import TURN, Stream

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    from typing import Any, Callable

    from .calls import Calls, Pending
    from .protocol import Payload
    from .streams import Outlet
else:
    asyncio = stdlib("asyncio")


class AsyncStream(Stream):
    _expected = (GeneratorExit, asyncio.CancelledError)

    def __init__(
        self,
        call: "Pending",
        calls: "Calls",
        outlet: "Outlet",
        end: "Callable[[int, int, Payload], None]",
    ) -> None:
        """`end(call_id, kind, payload)` gets the reply."""
        super().__init__(call, calls, outlet, self._resume)
        self._end = end
        self._opened: list[Any] = []  # what is to be closed
        self._waiter: asyncio.Future[None] | None = None  # while the window is closed

    async def run(self) -> None:
        """Runs in a task, and never raises anything."""
        failure: BaseException | None = None
        close_failure: BaseException | None = None
        try:
            await self._iterate()
        except BaseException as error:
            failure = error
        self._calls.end_child(failure)
        # The task itself is closed at the end of the worker: then nothing can be awaited.
        if not isinstance(failure, GeneratorExit):
            close_failure = await self._close()
        try:
            self._end(self.call_id, *self._reply(failure, close_failure))
        finally:
            del failure, close_failure  # they refer to this frame

    async def _iterate(self) -> None:
        value = self._source
        if not is_async_iterable(type(value)):
            value = await value
            self._calls.end_child()
        if is_async_iterable(type(value)):
            self._opened.append(value)
            self._source = value.__aiter__() if hasattr(value, "__aiter__") else value
            if self._source is not value:
                self._opened.append(self._source)
            await self._send_items(self._source.__anext__)
        elif is_iterator(type(value)):
            self._opened.append(value)
            self._source = value
            await self._send_items(self._step)
        else:
            self._end_with(value)

    async def _send_items(
        self, step: "Callable[[], Any]", now: "Callable[[], float]" = perf_counter
    ) -> None:
        window, send, call_id = self.window, self._outlet.send, self.call_id
        encode, form = self._calls.encode_item, self._call.form
        until = now() + TURN
        while not self.is_cancelled:
            if not window.is_open:
                await self._wait()
                until = now() + TURN
            elif now() >= until:
                await asyncio.sleep(0)
                until = now() + TURN
            try:
                value = await step()
            except StopAsyncIteration:
                if not self._has_ended:
                    self._end_with(None)
                return
            if self.is_cancelled:
                return
            kind, payload = encode(value, form, window.sent_items)
            del value  # and with it memory of the script's
            send(kind, call_id, payload)
            window.note(len(payload))

    async def _wait(self) -> None:
        """Until the window is open."""
        while not self.window.is_open:
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter

    def _resume(self) -> None:
        try:
            if self._waiter is not None and not self._waiter.done():
                self._waiter.set_result(None)
        except RuntimeError:  # the script has closed the loop: the call will fail for that
            pass

    def _end_with(self, result: object) -> None:
        self._has_ended = True
        self._result = result

    async def _step(self) -> object:
        """The next item of an iterator that a coroutine has returned."""
        try:
            return next(self._source)
        except StopIteration as end:
            self._end_with(end.value)
        raise StopAsyncIteration

    async def _close(self) -> "BaseException | None":
        """Returns what that has raised."""
        failure: BaseException | None = None
        for one in reversed(self._opened):
            try:
                await close_async(one)
            except BaseException as error:
                if failure is None:
                    failure = error
        self._calls.end_child()
        return failure
