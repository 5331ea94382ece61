"""Binary values: bytes, and arrays of numbers that are one piece of memory.

Anything with the buffer protocol qualifies, including numpy arrays: nothing is imported for them.
"""

import sys

from .stdlib import stdlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Format prefixes that mean this machine's byte order.
_NATIVE = ("", "@", "=", "<" if sys.byteorder == "little" else ">")
_KINDS = {"c": "uint", "e": "float", "f": "float", "d": "float"}
_KINDS.update(dict.fromkeys("bhilqn", "int"), **dict.fromkeys("BHILQN", "uint"))

# What `struct` reads: in either byte order, booleans too.
_ORDERS = (*_NATIVE, "<", ">", "!")
_ITEMS = {*_KINDS, "?"}


class Binary:
    """The memory of a value, as the host takes it."""

    __slots__ = ("data", "dtype", "format", "shape")

    def __init__(self, value: "Any") -> None:
        view = memoryview(value)
        self.data = view if view.c_contiguous else memoryview(view.tobytes())
        self.dtype = None if _is_bytes(value, view) else _dtype(view)
        self.format = view.format
        self.shape = view.shape

    def tolist(self) -> "Any":
        """The numbers, in lists that are nested by the shape; without a dimension, the number."""
        shape: tuple[int, ...] = self.shape or ()
        count = _product(shape)
        numbers = f"{self.format[:-1]}{count}{self.format[-1:]}"
        items: list[Any] = list(stdlib("struct").unpack(numbers, self.data))
        for axis in range(len(shape) - 1, 0, -1):
            length = shape[axis]
            rows = range(_product(shape[:axis]))
            items = [items[row * length : (row + 1) * length] for row in rows]
        return items if shape else items[0]


def is_binary(value: object) -> bool:
    """Whether JavaScript has an array type for the value's memory."""
    try:
        view = memoryview(value)  # type: ignore[arg-type]  # which is what we want to know
    except Exception:  # no buffer, none of this dtype, or a __buffer__ of the script's that fails
        return False
    return view.ndim > 0 and _dtype(view) is not None


def is_list_of_numbers(value: object) -> bool:
    """Whether the value's memory holds numbers or booleans, whatever arrays JavaScript has."""
    try:
        form = memoryview(value).format  # type: ignore[arg-type]
    except Exception:
        return False
    return form[:-1] in _ORDERS and form[-1:] in _ITEMS


def _product(shape: "tuple[int, ...]") -> int:
    product = 1
    for size in shape:
        product *= size
    return product


def _dtype(view: "memoryview[Any]") -> "str | None":
    """The numpy name of the element type; None if JavaScript has no array of it."""
    kind = _KINDS.get(view.format[-1:])
    if kind is None or view.format[:-1] not in _NATIVE:
        return None
    return f"{kind}{8 * view.itemsize}"


def _is_bytes(value: object, view: "memoryview[Any]") -> bool:
    """Whether these are plain bytes rather than an array of one-byte numbers."""
    is_array = hasattr(value, "dtype") or hasattr(value, "typecode")  # numpy's, and that of `array`
    return view.ndim == 1 and view.format[-1:] in "Bc" and not is_array
