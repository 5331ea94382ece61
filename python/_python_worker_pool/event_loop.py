"""The one asyncio loop of the process.

It lives from the first async call to the end: clients made at import or in an earlier call work,
and tasks a call left behind continue while later async calls run.
"""

import _contextvars
import os
import sys

from .stdlib import apart, stdlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    import signal as _signal
    from types import FrameType
    from typing import Any, Awaitable

    from .forks import Forks
    from .interrupts import Interrupts
else:
    import _signal

    asyncio = stdlib("asyncio")

GRACE = 1.0  # seconds that cancelled tasks and async generators have at the end


# Modules whose code must not be left by an exception at any point, or the loop forgets a task.
_LOOP_MODULES = ("asyncio", "selectors", "concurrent", "_python_worker_pool")


class EventLoop:
    def __init__(self, forks: "Forks", interrupts: "Interrupts") -> None:
        self._forks = forks
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[Any] | None = None  # the running call's
        self._interrupted = False
        # Kept: their sockets would close descriptors that belong to others by now.
        self._broken: list[asyncio.AbstractEventLoop] = []
        interrupts.deflect_to(self._cancel)

    def run(self, awaitable: "Awaitable[Any]") -> "Any":
        """Waits for an awaitable in the current context. Returns its result or raises its error."""
        loop = self._usable()
        task = loop.create_task(self._settle(awaitable))
        task.add_done_callback(lambda _: loop.stop())
        self._interrupted = False
        self._task = task
        try:
            self._run_until_done(loop, task)
        finally:
            self._task = None
        value, error = (None, None) if task.cancelled() else task.result()
        try:
            if self._interrupted:
                # As if it had been raised where the user's code waited.
                raise KeyboardInterrupt().with_traceback(error.__traceback__ if error else None)
            if error is not None:
                raise error
            return value
        finally:
            del error, task  # or they would keep each other alive

    def _run_until_done(self, loop: "asyncio.AbstractEventLoop", task: "asyncio.Task[Any]") -> None:
        while not task.done():  # user code may stop the loop as well
            try:
                _run_forever(loop)
            except KeyboardInterrupt:  # it was not our task that was interrupted
                self._interrupted = True
                task.cancel()
            except (SystemExit, GeneratorExit):
                pass  # of a task another call left behind; our own is kept by _settle
            except BaseException:
                self._abandon(loop)  # its descriptors are gone, or user code closed it
                raise

    def _cancel(self, frame: "FrameType | None") -> bool:
        """The soft interrupt: cancels the task that waits; code that runs gets the exception.

        Either way `finally` blocks run. What continues all the same, the host kills.
        """
        if self._task is None or self._loop is None or _runs_user_code(frame):
            return False
        self._interrupted = True
        self._loop.call_soon_threadsafe(self._task.cancel)
        return True

    def close(self) -> None:
        """Cancels what is left, quietly and in bounded time."""
        loop = self._loop
        if loop is None or loop.is_closed():
            return
        tasks = [task for task in asyncio.all_tasks(loop) if not task.done()]
        for task in tasks:
            task.cancel()
            task._log_destroy_pending = False  # type: ignore[attr-defined]
        loop.set_exception_handler(lambda *_: None)
        try:
            loop.run_until_complete(_finish(loop, tasks))
            loop.close()
        except BaseException:  # stopped or broken by the script; the process ends anyway
            pass

    def _abandon(self, loop: "asyncio.AbstractEventLoop") -> None:
        self._broken.append(loop)
        self._loop = None
        asyncio.set_event_loop(None)

    async def _settle(self, awaitable: "Awaitable[Any]") -> "tuple[Any, BaseException | None]":
        """Turns any end of the user's code into a value: SystemExit would tear the loop down."""
        error: BaseException | None
        try:
            value, error = await awaitable, None
        except BaseException as caught:
            value, error = None, caught
        self._forks.end_child(error)
        return value, error

    def _usable(self) -> "asyncio.AbstractEventLoop":
        loop = self._loop
        if loop is None or loop.is_closed():
            # In a context of its own: what the loop keeps must not keep this call's variables.
            loop = self._loop = _contextvars.Context().run(apart, _current_or_new)
        return loop


def _run_forever(loop: "asyncio.AbstractEventLoop") -> None:
    """Also wakes for a signal that comes just before the loop falls asleep."""
    socket = getattr(loop, "_csock", None)
    if socket is None or os.name == "nt":  # other loops do that themselves
        loop.run_forever()
        return
    previous = _signal.set_wakeup_fd(socket.fileno(), warn_on_full_buffer=False)
    try:
        loop.run_forever()
    finally:
        _signal.set_wakeup_fd(previous, warn_on_full_buffer=False)


def _runs_user_code(frame: "FrameType | None") -> bool:
    while frame is not None and frame.f_code is not EventLoop.run.__code__:
        module = frame.f_globals.get("__name__")
        if not isinstance(module, str) or module.partition(".")[0] not in _LOOP_MODULES:
            return True
        frame = frame.f_back
    return False


def _current_or_new() -> "asyncio.AbstractEventLoop":
    if sys.version_info < (3, 10):
        # Locks and queues made at import are bound to the loop that was current then.
        try:
            loop = asyncio.get_event_loop()
            if not loop.is_closed():
                return loop
        except RuntimeError:  # asyncio.run leaves no current loop behind
            pass
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    return loop


async def _finish(loop: "asyncio.AbstractEventLoop", tasks: "list[asyncio.Task[Any]]") -> None:
    if tasks:
        done, _ = await asyncio.wait(tasks, timeout=GRACE)
        for task in done:
            if not task.cancelled():
                task.exception()  # retrieved, so asyncio does not complain
    await asyncio.wait_for(loop.shutdown_asyncgens(), GRACE)
