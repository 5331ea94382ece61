"""The soft interrupt: SIGINT (Windows: also CTRL_BREAK) raises KeyboardInterrupt in user code only.

The host interrupts a call that timed out; when the reply was a moment faster the signal hits a
worker that reads its next frame, and must do nothing there. So there is a flag, and a handler that
raises at most once for each time the flag is set: the caller of `run` sees that KeyboardInterrupt,
nobody else.
"""

import _signal
from _thread import get_ident


class Interrupts:
    def __init__(self):
        self.came = False  # one or more
        self._armed = False  # user code runs
        self._shielded = False  # user code runs, and has called back into a part of ours
        self._pending = False  # an interrupt came while shielded
        self._deflect = None
        self._main = get_ident()

    def install(self):
        """Takes the signals, also where the process was started with them ignored or blocked."""
        for name in ("SIGINT", "SIGBREAK"):
            if hasattr(_signal, name):
                _signal.signal(getattr(_signal, name), self._handle)
        if hasattr(_signal, "pthread_sigmask"):
            _signal.pthread_sigmask(_signal.SIG_SETMASK, ())

    def deflect_to(self, deflect):
        """`deflect(frame)` may return True: it ends what `run` calls in a gentler way than we."""
        self._deflect = deflect

    def run(self, function, *args):
        """Calls `function`, which an interrupt may end with a KeyboardInterrupt."""
        try:
            self._armed = True
            return function(*args)
        finally:
            self._armed = False

    def shield(self, function, *args):
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
                if self._armed:
                    self._armed = False
                    raise KeyboardInterrupt

    def _handle(self, _number, frame):
        self.came = True
        if self._shielded:
            self._pending = True
        elif self._armed:
            self._armed = False
            if self._deflect is None or not self._deflect(frame):
                raise KeyboardInterrupt
