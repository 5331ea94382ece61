"""The one asyncio loop of the process.

It lives from the first async call to the end: clients made at import or in an earlier call work,
and tasks a call left behind go on while later async calls run.
"""

import _contextvars
import _signal
import os
import sys

from .stdlib import apart, stdlib

asyncio = stdlib("asyncio")

LAST_WORDS = 1.0  # seconds that cancelled tasks and async generators have at the end


# Modules whose code may not be left by an exception at any point, or the loop forgets a task.
_LOOP_MODULES = ("asyncio", "selectors", "concurrent", "_python_worker_pool")


class EventLoop:
    def __init__(self, forks, interrupts):
        self._forks = forks
        self._loop = None
        self._task = None  # the running call's
        self._interrupted = False
        self._broken = []  # kept: its sockets would close numbers that belong to others by now
        interrupts.deflect_to(self._cancel)

    def run(self, awaitable):
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
                raise KeyboardInterrupt().with_traceback(error and error.__traceback__)
            if error is not None:
                raise error
            return value
        finally:
            del error, task  # or they would keep each other alive

    def _run_until_done(self, loop, task):
        while not task.done():  # user code may stop the loop as well
            try:
                _run_forever(loop)
            except KeyboardInterrupt:  # it was not our task that was interrupted
                self._interrupted = True
                task.cancel()
            except (SystemExit, GeneratorExit):
                pass  # of a task another call left behind; our own is kept by _settle
            except BaseException:
                self._abandon(loop)  # its descriptors are gone, or it was closed under us
                raise

    def _cancel(self, frame):
        """The soft interrupt: cancels the task that waits; code that runs gets the exception.

        Either way `finally` blocks run. What goes on all the same, the host kills.
        """
        if self._task is None or _runs_user_code(frame):
            return False
        self._interrupted = True
        self._loop.call_soon_threadsafe(self._task.cancel)
        return True

    def close(self):
        """Cancels what is left, quietly and in bounded time."""
        loop = self._loop
        if loop is None or loop.is_closed():
            return
        tasks = [task for task in asyncio.all_tasks(loop) if not task.done()]
        for task in tasks:
            task.cancel()
            task._log_destroy_pending = False
        loop.set_exception_handler(lambda *_: None)
        try:
            loop.run_until_complete(_last_words(loop, tasks))
            loop.close()
        except BaseException:  # stopped or broken by the script; the process ends anyway
            pass

    def _abandon(self, loop):
        self._broken.append(loop)
        self._loop = None
        asyncio.set_event_loop(None)

    async def _settle(self, awaitable):
        """Turns any end of the user's code into a value: SystemExit would tear the loop down."""
        try:
            value, error = await awaitable, None
        except BaseException as caught:
            value, error = None, caught
        self._forks.end_child(error)
        return value, error

    def _usable(self):
        loop = self._loop
        if loop is None or loop.is_closed():
            # In a context of its own: what the loop keeps must not keep this call's variables.
            loop = self._loop = _contextvars.Context().run(apart, _current_or_new)
        return loop


def _run_forever(loop):
    """Also wakes for a signal that comes just before the loop falls asleep."""
    socket = getattr(loop, "_csock", None)
    if socket is None or os.name == "nt":  # other loops take care of that themselves
        loop.run_forever()
        return
    previous = _signal.set_wakeup_fd(socket.fileno(), warn_on_full_buffer=False)
    try:
        loop.run_forever()
    finally:
        _signal.set_wakeup_fd(previous, warn_on_full_buffer=False)


def _runs_user_code(frame):
    while frame is not None and frame.f_code is not EventLoop.run.__code__:
        module = frame.f_globals.get("__name__")
        if not isinstance(module, str) or module.partition(".")[0] not in _LOOP_MODULES:
            return True
        frame = frame.f_back
    return False


def _current_or_new():
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


async def _last_words(loop, tasks):
    if tasks:
        done, _ = await asyncio.wait(tasks, timeout=LAST_WORDS)
        for task in done:
            task.cancelled() or task.exception()  # looked at, so asyncio does not complain
    await asyncio.wait_for(loop.shutdown_asyncgens(), LAST_WORDS)
