"""What can be streamed: iterators, but not the values that one can iterate over.

Whatever is streamed is closed at the end, and so is what was not asked for as a stream.
"""

from .errors import NotSerializable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

HINT = ", or call the function with stream() to receive the items one by one"


def is_iterator(cls: type) -> bool:
    return hasattr(cls, "__next__")


def is_async_iterable(cls: type) -> bool:
    return hasattr(cls, "__anext__") or hasattr(cls, "__aiter__")


def is_streamed(cls: type) -> bool:
    """Whether a stream of such a value goes on after the call of its function."""
    return is_iterator(cls) or is_async_iterable(cls) or hasattr(cls, "__await__")


def refused(value: object, error: NotSerializable) -> NotSerializable:
    """The error for the result of a call, closed and with a hint if it can be streamed."""
    close_quietly(value)
    cls = type(value)
    if not is_iterator(cls) and not is_async_iterable(cls):
        return error
    details = error.details
    return NotSerializable(path=details["path"], message=details["message"] + HINT)


def close_quietly(value: object) -> None:
    """Closes an iterator that is refused as a result: the error says enough."""
    if is_iterator(type(value)):
        try:
            close(value)
        except Exception:
            pass


async def close_refused(value: object) -> None:
    """Closes an asynchronous iterator that is the result of a call."""
    if is_async_iterable(type(value)):
        try:
            await close_async(value)
        except Exception:
            pass


def close(iterator: "Any") -> None:
    if hasattr(iterator, "close"):
        iterator.close()


async def close_async(iterator: "Any") -> None:
    function = getattr(iterator, "aclose", None) or getattr(iterator, "close", None)
    if function is not None:
        closing = function()
        if hasattr(type(closing), "__await__"):
            await closing
