"""A forked child of the script never speaks for its parent.

The private descriptors are closed in the child at once; a child that returns from the user's
function has nothing to return to and ends there. A C library that forks does not tell Python, so
that child has the descriptors: it is recognised before it could answer.
"""

import os
import sys

from . import stdio

TYPE_CHECKING = False
if TYPE_CHECKING:
    from mmap import mmap
    from typing import Callable, Union

    Mark = Union[mmap, "ProcessId"]

MADV_WIPEONFORK = 18  # of Linux; the `mmap` module has no name for it


class ProcessId:
    """A mark for systems without a page that the kernel wipes."""

    def __init__(self) -> None:
        self._pid = os.getpid()

    def __getitem__(self, _index: int) -> bool:
        return os.getpid() == self._pid


class Forks:
    def __init__(self) -> None:
        # `mark[0]` is true in this process, and false in all its forked children.
        self.mark: Mark = ProcessId()

    def watch(self, close: "Callable[[], None]") -> None:
        """In each child, `close` releases what only the parent may use."""
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=close)

    def expect_calls(self) -> None:
        """From here on the mark is read for each call: a system call would take too long."""
        if sys.platform != "linux" or sys.version_info < (3, 8):
            return
        try:
            from mmap import MAP_ANONYMOUS, MAP_PRIVATE, mmap

            page = mmap(-1, 1, flags=MAP_PRIVATE | MAP_ANONYMOUS)
            page.madvise(MADV_WIPEONFORK)
        except (ImportError, OSError, ValueError):  # no such module, an old kernel
            return
        page[0] = 1
        self.mark = page

    def end_child(self, error: "BaseException | None" = None) -> None:
        """Ends this process if it is a forked child: with 0, or 1 if `error` was raised."""
        if self.mark[0]:
            return
        code = 0
        if isinstance(error, SystemExit):
            code = error.code if isinstance(error.code, int) else int(error.code is not None)
        elif error is not None:
            code = 1
            sys.__excepthook__(type(error), error, error.__traceback__)
        stdio.flush_all()
        os._exit(code & 0xFF)
