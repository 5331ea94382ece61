"""The one asyncio loop of the worker, from the first async call to the end.

Clients made at import or in an earlier call work, and tasks a call left behind continue while the
worker waits for calls.
"""

import os
import sys

from .stdlib import stdlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    import selectors
    import signal as _signal
    from types import FrameType
    from typing import Any, Callable

    from .forks import Forks
    from .loop_choice import Loop, LoopChoice
else:
    import _signal

    asyncio = stdlib("asyncio")
    selectors = stdlib("selectors")

GRACE = 1.0  # seconds that cancelled tasks and async generators have at the end

MAX_WAIT = 3600.0  # seconds, as a system may limit it

NESTED_PAUSE = 1e-3  # seconds between two looks whether a loop still runs inside of itself

# Modules whose code must not be left by an exception at any point, or the loop forgets a task.
_LOOP_MODULES = ("asyncio", "selectors", "concurrent", "_python_worker_pool")

_USUAL_LOOP: "Any" = asyncio.SelectorEventLoop

# What hears of the end of child processes, and may be bound to a loop.
_HAS_CHILD_WATCHERS = os.name != "nt" and sys.version_info < (3, 12)

_CHECK_RUNNING = getattr(asyncio.BaseEventLoop, "_check_running", None)


class _Left(SystemExit):
    """Leaves a loop at once. No callback of asyncio's catches it."""


class EventLoop:
    def __init__(self, forks: "Forks", choice: "LoopChoice") -> None:
        self._choice = choice
        self.loop: Loop | None = None
        self.runs = False  # not where a plain function runs it
        self._is_to_stop = False
        # Kept: their sockets would close descriptors that belong to others by now.
        self._broken: list[Loop] = []
        self.end_child = forks.end_child
        forks.watch(self._leave_to_parent)

    def usable(self) -> "Loop":
        """Returns the loop, another one if the script has closed it."""
        loop = self.loop
        if loop is None or loop.is_closed():
            loop = self.loop = self._choice.choose()
        return loop

    def run(self) -> "BaseException | None":
        """Runs the loop until it is stopped. Returns the exception that has left it, or None.

        After one that any task or callback may raise, it can be run again. Others are of the loop.
        """
        loop = self.usable()
        self.runs = True
        try:
            if self._is_to_stop:
                self._stop(loop)
            if _HAS_CHILD_WATCHERS:
                _take_child_watcher(loop)
            _run_forever(loop)
        except _Left:
            return None
        except BaseException as error:
            return error
        finally:
            self.runs = self._is_to_stop = False
        return None

    def waits_only_for(self, fd: int) -> bool:
        """Waits for what the loop, which has this descriptor among others, would wait for.

        Returns whether `fd` is readable, and the loop has nothing to do beside it. To run the loop
        takes longer than a short call. Must not be called while it runs.
        """
        loop: Any = self.loop
        # Other loops, and other selectors, may do more than wait.
        if type(loop) is not _USUAL_LOOP or loop._ready or loop._signal_handlers:
            return False  # a plain function may have taken the wake-up by signals from the loop
        selector = loop._selector
        if type(selector) is not selectors.DefaultSelector:
            return False
        timeout = MAX_WAIT
        if loop._scheduled:
            timeout = min(timeout, loop._scheduled[0]._when - loop.time())
            if timeout <= 0:
                return False
        try:
            ready = _readable(selector, timeout)
        except BaseException:  # of a signal handler of the script's, or the descriptor is gone
            return False
        return ready == [fd]

    def stop(self) -> bool:
        """Ends `run` after this turn of the loop; the next `run`, if the loop does not run.

        Returns False if it may take longer.
        """
        self._is_to_stop = True
        if self.runs and self.loop is not None:
            return self._stop(self.loop)
        return True

    def _stop(self, loop: "Loop") -> bool:
        if _may_nest(loop):
            loop.call_soon(self._leave, loop)
            return False
        loop.stop()
        return True

    def _leave(self, loop: "Loop") -> None:
        """Ends `run` once no callback runs the loop: `stop` would fail the code that does."""
        if not self._is_to_stop:  # it has been left
            return
        if _is_nested():
            # In two steps: where one such run follows another, timers may always end inside.
            loop.call_later(NESTED_PAUSE, loop.call_soon, self._leave, loop)
        else:
            raise _Left

    def call_soon_threadsafe(self, callback: "Callable[..., object]", *args: object) -> bool:
        """From another thread. Returns False if there is no loop."""
        try:
            if self.loop is not None:
                self.loop.call_soon_threadsafe(callback, *args)
                return True
        except RuntimeError:  # the script has closed it
            pass
        return False

    @property
    def is_lost(self) -> bool:
        """Whether the script has closed the loop."""
        return self.loop is None or self.loop.is_closed()

    def give_up(self) -> None:
        """Has another loop made for the next call."""
        if self.loop is not None and not self.loop.is_closed():
            self._broken.append(self.loop)
        self.loop = None
        asyncio.set_event_loop(None)

    def close(self) -> None:
        """Cancels what is left, quietly and in bounded time."""
        loop = self.loop
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

    def _leave_to_parent(self) -> None:
        """In a forked child: nothing of the loop runs here, and code that wants one makes it."""
        if self.loop is None:
            return
        _signal.set_wakeup_fd(-1)
        asyncio._set_running_loop(None)
        policy: Any = asyncio.get_event_loop_policy()
        if hasattr(policy, "_local"):
            policy._local = type(policy._local)()
        ready = getattr(self.loop, "_ready", None)
        if ready is not None:
            ready.clear()
        # Closed, but nothing is removed from it: the parent has the same epoll.
        selector: Any = getattr(getattr(self.loop, "_selector", None), "_selector", None)
        if hasattr(selector, "close"):
            selector.close()


def _readable(selector: "Any", timeout: float) -> "list[int]":
    """Waits as `selector.select` does. Returns descriptors."""
    epoll = selector._selector if sys.platform == "linux" else None
    if epoll is not None:  # which says all, and sooner: this is the way to a call after a pause
        return [fd for fd, _ in epoll.poll(timeout, 2)]
    return [key.fd for key, _ in selector.select(timeout)]


def runs_user_code(frame: "FrameType | None") -> bool:
    """Whether a signal has stopped code that the loop has called, not the loop."""
    while frame is not None and frame.f_code is not EventLoop.run.__code__:
        module = frame.f_globals.get("__name__")
        if not isinstance(module, str) or module.partition(".")[0] not in _LOOP_MODULES:
            return True
        frame = frame.f_back
    return False


def _may_nest(loop: "Loop") -> bool:
    """Whether a callback may run the loop that has called it, as `nest_asyncio` has it."""
    return getattr(type(loop), "_check_running", _CHECK_RUNNING) is not _CHECK_RUNNING


def _is_nested() -> bool:
    """Whether the callback that asks was called by a loop inside of another callback."""
    callbacks = 0
    frame: FrameType | None = sys._getframe()
    while frame is not None and frame.f_code is not EventLoop.run.__code__:
        callbacks += frame.f_code is asyncio.Handle._run.__code__
        frame = frame.f_back
    return callbacks > 1


def _take_child_watcher(loop: "Loop") -> None:
    """Takes it back from a loop that a plain function has run, or no process ends for this one."""
    watcher = getattr(asyncio.get_event_loop_policy(), "_watcher", None)
    if getattr(watcher, "_loop", loop) is not loop:
        watcher.attach_loop(loop)  # type: ignore[union-attr]


def _run_forever(loop: "Loop") -> None:
    """Also wakes for a signal that comes just before the loop falls asleep."""
    socket = getattr(loop, "_csock", None)
    if socket is None or os.name == "nt":  # other loops do that themselves
        loop.run_forever()
        return
    ours, had_handlers = socket.fileno(), _has_signal_handlers(loop)
    outside = _signal.set_wakeup_fd(ours, warn_on_full_buffer=False)
    try:
        loop.run_forever()
    finally:
        has_handlers = _has_signal_handlers(loop)
        if has_handlers and (outside == -1 or not had_handlers):
            outside = ours  # signals that come outside of the loop wait for it
        current = _set_wakeup_fd(outside)
        if current != ours and (current != -1 or not has_handlers):  # by the script
            _set_wakeup_fd(current)


def _has_signal_handlers(loop: "Loop") -> bool:
    """Whether the script has called `add_signal_handler`."""
    return bool(getattr(loop, "_signal_handlers", None))


def _set_wakeup_fd(fd: int) -> int:
    """Returns the previous one; -1 is none. One that is closed by now is not set."""
    try:
        return _signal.set_wakeup_fd(fd, warn_on_full_buffer=False)
    except (OSError, ValueError):
        return _signal.set_wakeup_fd(-1)


async def _finish(loop: "Loop", tasks: "list[asyncio.Task[Any]]") -> None:
    if tasks:
        done, _ = await asyncio.wait(tasks, timeout=GRACE)
        for task in done:
            if not task.cancelled():
                task.exception()  # retrieved, so asyncio does not complain
    await asyncio.wait_for(loop.shutdown_asyncgens(), GRACE)
