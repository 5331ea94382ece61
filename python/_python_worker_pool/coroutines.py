"""Where a coroutine waits, as a traceback shows it: the frames along what each one awaits."""

from .stdlib import stdlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    from types import FrameType
    from typing import Any, Iterator

MAX_FRAMES = 1000


def stack_of(task: "asyncio.Task[Any]") -> "str | None":
    """The stack of a task that waits, without our frames; None if it has none."""
    try:
        frames = list(_frames(task.get_coro() if hasattr(task, "get_coro") else task._coro))  # type: ignore[attr-defined]
        summary = stdlib("traceback").StackSummary.extract(
            (frame, frame.f_lineno) for frame in frames
        )
        return "".join(summary.format()) or None
    except Exception:  # a coroutine of another kind, a source file that cannot be read
        return None


def _frames(awaited: "Any") -> "Iterator[FrameType]":
    for _ in range(MAX_FRAMES):
        for kind in ("cr", "gi", "ag"):  # coroutine, generator, asynchronous generator
            frame = getattr(awaited, f"{kind}_frame", None)
            if frame is not None:
                break
        else:
            return
        if not str(frame.f_globals.get("__name__")).startswith("_python_worker_pool"):
            yield frame
        awaited = getattr(awaited, "gi_yieldfrom" if kind == "gi" else f"{kind}_await", None)
