"""Where a coroutine waits, as a traceback shows it: the frames along what each one awaits."""

from .stack_text import MAX_FRAMES, text_of
from .stdlib import stdlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    from types import FrameType
    from typing import Any, Iterator


def stack_of(task: "asyncio.Task[Any]") -> "str | None":
    """The stack of a task that waits; None if it has none."""
    return stack_from(task.get_coro() if hasattr(task, "get_coro") else task._coro)  # type: ignore[attr-defined]


def stack_from(awaited: object) -> "str | None":
    """As `stack_of`, of a coroutine or a generator."""
    return text_of(_frames(awaited))


def _frames(awaited: "Any") -> "Iterator[FrameType]":
    for _ in range(MAX_FRAMES):
        for kind in ("cr", "gi", "ag"):  # coroutine, generator, asynchronous generator
            frame = getattr(awaited, f"{kind}_frame", None)
            if frame is not None:
                break
        else:
            awaited = _generator_of(awaited)
            if awaited is None:
                return
            continue
        yield frame
        awaited = getattr(awaited, "gi_yieldfrom" if kind == "gi" else f"{kind}_await", None)


def _generator_of(awaited: "Any") -> "Any":
    """The asynchronous generator that is awaited by its `__anext__` or `aclose`, else None."""
    if not type(awaited).__name__.startswith("async_generator_"):
        return None
    referents = stdlib("gc").get_referents(awaited)
    return next((one for one in referents if hasattr(one, "ag_frame")), None)
