"""The text of frames, as a traceback shows them: the outermost first, without ours."""

from .stdlib import stdlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Iterable

MAX_FRAMES = 1000


def text_of(frames: "Iterable[FrameType]") -> "str | None":
    """None if no frame is left, or none can be read."""
    try:
        # Each with its line at once: those of a thread that runs change.
        lines = [(frame, frame.f_lineno) for frame in frames if not _is_ours(frame)]
        summary = stdlib("traceback").StackSummary.extract(lines)
        return "".join(summary.format()) or None
    except Exception:  # a coroutine of another kind, a source file that cannot be read
        return None


def _is_ours(frame: "FrameType") -> bool:
    return str(frame.f_globals.get("__name__")).startswith("_python_worker_pool")
