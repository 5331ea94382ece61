"""Binary values: bytes, and arrays of numbers that are one piece of memory.

What offers the buffer protocol is one, numpy's arrays included: nothing is imported for them.
"""

import sys

_NATIVE = ("", "@", "=", "<" if sys.byteorder == "little" else ">")  # what a format may begin with
_KINDS = {"c": "uint", "e": "float", "f": "float", "d": "float"}
_KINDS.update(dict.fromkeys("bhilqn", "int"), **dict.fromkeys("BHILQN", "uint"))


class Binary:
    """The memory of a value, as the host takes it."""

    __slots__ = ("data", "dtype", "shape")

    def __init__(self, value):
        view = memoryview(value)
        self.data = view if view.c_contiguous else memoryview(view.tobytes())
        self.dtype = None if _is_bytes(value, view) else _dtype(view)
        self.shape = view.shape


def is_binary(value):
    """Whether JavaScript has an array for what is in the value's memory."""
    try:
        view = memoryview(value)
    except Exception:  # no buffer, none of this dtype, or a __buffer__ of the script's that fails
        return False
    return view.ndim > 0 and _dtype(view) is not None


def _dtype(view):
    """As numpy names it; None for what JavaScript has no array of."""
    kind = _KINDS.get(view.format[-1:])
    if kind is None or view.format[:-1] not in _NATIVE:
        return None
    return f"{kind}{8 * view.itemsize}"


def _is_bytes(value, view):
    """Whether these are plain bytes, and no array of numbers that happen to be so small."""
    is_array = hasattr(value, "dtype") or hasattr(value, "typecode")  # numpy's, and that of `array`
    return view.ndim == 1 and view.format[-1:] in "Bc" and not is_array
