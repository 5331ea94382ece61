"""A forked child of the script never speaks for its parent.

The private descriptors are closed in the child at once; a child that returns from the user's
function has nothing to return to and ends there.
"""

import os
import sys

from . import stdio

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable


class Forks:
    def __init__(self) -> None:
        self.in_child = False

    def watch(self, close: "Callable[[], None]") -> None:
        """In each child, `close` releases what only the parent may use."""

        def mark() -> None:
            self.in_child = True
            close()

        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=mark)

    def end_child(self, error: "BaseException | None" = None) -> None:
        """Ends this process if it is a forked child: with 0, or 1 if `error` was raised."""
        if not self.in_child:
            return
        code = 0
        if isinstance(error, SystemExit):
            code = error.code if isinstance(error.code, int) else int(error.code is not None)
        elif error is not None:
            code = 1
            sys.__excepthook__(type(error), error, error.__traceback__)
        stdio.flush()
        os._exit(code & 0xFF)
