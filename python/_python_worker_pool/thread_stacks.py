"""Where a thread is, as a traceback shows it.

Not by `faulthandler`, which reads the frames of threads while they change, and can crash on them.
"""

import sys

from .stack_text import MAX_FRAMES, text_of
from .stdlib import stdlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, FrameType
    from typing import Iterable


def stack_of_thread(thread: int, outermost: "CodeType") -> "str | None":
    """The stack of what `outermost` runs in a thread, by its id; None if that is nothing."""
    return text_of(_frames_within(_innermost_frame(thread), outermost))


def _innermost_frame(thread: int) -> "FrameType | None":
    # Some versions of Python 3.11 wait forever if garbage is collected meanwhile.
    gc = stdlib("gc")
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        return sys._current_frames().get(thread)
    finally:
        if was_enabled:
            gc.enable()


def _frames_within(frame: "FrameType | None", outermost: "CodeType") -> "Iterable[FrameType]":
    """The innermost ones, in the order of a traceback."""
    frames = []
    while frame is not None and frame.f_code is not outermost:
        if frame.f_code is text_of.__code__:  # a stream that says itself where it is
            return ()
        frames.append(frame)
        frame = frame.f_back
    return reversed(frames[:MAX_FRAMES]) if frame is not None else ()
