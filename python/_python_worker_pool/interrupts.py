"""The soft interrupt: SIGINT (Windows: also CTRL_BREAK) raises KeyboardInterrupt in user code only.

The host interrupts a call that timed out. If the reply was a moment faster, the signal hits a
worker that reads its next frame, and must do nothing there. So there is a flag, and a handler that
raises only while it is set: only the caller of `run` sees the KeyboardInterrupt. During the import
it raises once. After that, once for each call that the host has cancelled (`cancels.py`), and not
in code of another one.

A finalizer (`__del__`, the callback of a weak reference) has no caller: there Python drops the
exception and prints it. The interrupt is lost then, as in any program, and nothing is printed.
"""

import sys
from _thread import get_ident

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal as _signal
    from types import FrameType, TracebackType
    from typing import Any, Callable, TypeVar

    Result = TypeVar("Result")
else:
    import _signal


class Interrupts:
    def __init__(self) -> None:
        self.came = False  # one or more
        self._armed = False  # user code runs
        self._shielded = False  # user code runs, and has called back into a part of ours
        self._pending = False  # an interrupt came while shielded
        self._is_hit: Callable[[FrameType | None], bool] = self._disarm
        self._main = get_ident()

    def install(self) -> None:
        """Takes the signals, even where the process was started with them ignored or blocked.

        Libraries find Python's default handler in place: trio and asyncio handle an interrupt
        themselves, in their own order, only if they find that one, and put it back afterwards.
        """
        handle = self._handle
        for module in (_signal, sys.modules.get("signal")):
            if module is not None:
                module.default_int_handler = handle  # type: ignore[attr-defined]
        for name in ("SIGINT", "SIGBREAK"):
            if hasattr(_signal, name):
                _signal.signal(getattr(_signal, name), handle)
        if hasattr(_signal, "pthread_sigmask"):
            _signal.pthread_sigmask(_signal.SIG_SETMASK, ())
        self._drop_silently()

    def ask(self, is_hit: "Callable[[FrameType | None], bool]") -> None:
        """From here on `is_hit(frame)` decides whether an interrupt is meant for what it stops."""
        self._is_hit = is_hit

    def run(self, function: "Callable[..., Result]", *args: "Any") -> "Result":
        """Calls `function`, which an interrupt may end with a KeyboardInterrupt."""
        was_armed = self._armed
        try:
            self._armed = True
            return function(*args)
        finally:
            self._armed = was_armed

    def shield(self, function: "Callable[..., None]", *args: "Any") -> None:
        """Calls `function`, called by user code, which an interrupt must not leave half done."""
        if self._shielded or get_ident() != self._main:
            return function(*args)
        self._shielded = True
        try:
            return function(*args)
        finally:
            self._shielded = False
            if self._pending:
                self._pending = False
                if self._armed and self._decide(sys._getframe()):
                    raise KeyboardInterrupt

    def _handle(self, _number: int, frame: "FrameType | None") -> None:
        self.came = True
        if self._shielded:
            self._pending = True
        elif self._armed and self._decide(frame):
            raise KeyboardInterrupt

    def _decide(self, frame: "FrameType | None") -> bool:
        """Whether the interrupt is meant for what it stops; one that comes meanwhile waits."""
        is_hit = False
        self._shielded = self._pending = True
        try:
            while self._pending:
                self._pending = False
                is_hit = self._is_hit(frame) or is_hit
        finally:
            self._shielded = False
        return is_hit

    def _disarm(self, _frame: "FrameType | None") -> bool:
        self._armed = False
        return True

    def _drop_silently(self) -> None:
        """Prints no exception that was raised here and that Python drops (from 3.8 on)."""
        if not hasattr(sys, "unraisablehook"):
            return
        report = sys.unraisablehook

        def report_others(dropped: "Any") -> None:
            if not is_interrupt(dropped.exc_traceback):
                report(dropped)

        sys.unraisablehook = report_others


def is_interrupt(traceback: "TracebackType | None") -> bool:
    """Whether an exception was raised by our handler."""
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    return traceback is not None and traceback.tb_frame.f_code is Interrupts._handle.__code__
