"""Serialises an exception: type, message and a traceback that starts in user code."""

import os

from .errors import qualified_name
from .stdlib import stdlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any

_FOLDER = os.path.dirname(os.path.abspath(__file__))
# Modules whose frames lie between the worker's loop and the user's code.
_OURS = ("_python_worker_pool", "_frozen_importlib", "importlib._bootstrap")


def describe(error: BaseException, limit: int) -> "dict[str, Any]":
    """Returns {"type", "message", "traceback"}, whatever the exception does to prevent it.

    Cut to fit into a frame of `limit` bytes, if need be.
    """
    message = _message(error)
    kind = qualified_name(type(error))
    try:
        text = _traceback(error)
    except Exception:  # its attributes raise, its chain is longer than the stack ...
        text = f"{_frames(error)}{kind}: {message}\n"
    # A character takes at most 6 bytes of JSON, and there are three texts.
    room = limit if len(message) + len(text) <= limit // 8 else max(64, limit // 20)
    return {"type": _cut(kind, room), "message": _cut(message, room), "traceback": _cut(text, room)}


def _cut(text: str, room: int) -> str:
    if len(text) <= room:
        return text
    return f"{text[: room // 2]}\n[... cut to fit maxPayload ...]\n{text[-(room // 2) :]}"


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except BaseException:
        return "<exception str() failed>"


def _traceback(error: BaseException) -> str:
    exception = stdlib("traceback").TracebackException(
        type(error), error, without_our_callers(error.__traceback__)
    )
    stack = exception.stack
    while stack and stack[-1].filename.startswith(_FOLDER):
        stack.pop()  # the handler of the soft interrupt
    return "".join(exception.format())


def _frames(error: BaseException) -> str:
    """The traceback without the exception. Python 3.15 cannot print some failed imports whole."""
    try:
        frames = stdlib("traceback").format_tb(without_our_callers(error.__traceback__))
    except Exception:
        return ""
    return "Traceback (most recent call last):\n" + "".join(frames) if frames else ""


def without_our_callers(traceback: "TracebackType | None") -> "TracebackType | None":
    """Returns the part of a traceback that starts in user code; None if there is none."""
    while traceback is not None:
        module = traceback.tb_frame.f_globals.get("__name__")
        if not isinstance(module, str) or not module.startswith(_OURS):
            break
        traceback = traceback.tb_next
    return traceback
