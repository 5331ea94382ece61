"""Out-of-band buffers: binary values, and long strings, which are sent beside the JSON.

For long strings this spares both sides the escaping, and the search for their end.

On the wire a buffer is an encoding (1 byte) and a field. In a call, zeros between the two align the
data of a binary buffer to a multiple of 8 bytes of the payload.
"""

import os
import sys

from .errors import NoJsonForm, NotSerializable, TooLarge
from .protocol import Pieces, ProtocolError, pack_field, split_field
from .stdlib import stdlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Sequence, Union

    from .binary import Binary
    from .protocol import Bytes

    Buffer = Union[str, Binary]

MIN_LONG = 2 * 1024  # characters
# A larger dict is not searched for long strings: that would cost the calls that have none.
MAX_KEYS = 16
# The most that the host accepts in one result.
MAX_BUFFERS = 1 << 16

ALIGNMENT = 8

# How a string in the JSON of a result begins if it stands for a buffer. It cannot be guessed, so no
# string of the script's is mistaken for one.
PLACEHOLDER_PREFIX = os.urandom(16).hex()
_PREFIX_FIELD = pack_field(PLACEHOLDER_PREFIX.encode())

LATIN_1, UTF_16, BYTES = range(3)
# The classes of ctypes by the format of a memoryview.
_CTYPES = {"f": "c_float", "d": "c_double"}
_CTYPES.update(zip("bhiq", ("c_int8", "c_int16", "c_int32", "c_int64")))
_CTYPES.update(zip("BHIQ", ("c_uint8", "c_uint16", "c_uint32", "c_uint64")))
_CODECS = {LATIN_1: ("latin-1", "strict"), UTF_16: ("utf-16-le", "surrogatepass")}


def split_buffers(payload: memoryview, start: int) -> "tuple[memoryview, list[str | memoryview]]":
    """Splits what follows the name in a call with buffers, `start` bytes from its beginning.

    Returns (JSON text for `insert`, buffers).
    """
    end = start + len(payload)
    text, payload = split_field(payload)
    buffers: list[str | memoryview] = []
    while payload:
        encoding = payload[0]
        padding = -(end - len(payload) + 5) % ALIGNMENT if encoding == BYTES else 0
        data, payload = split_field(payload[1 + padding :])
        buffers.append(data if encoding == BYTES else _decode(data, encoding))
    return text, buffers


def _decode(data: memoryview, encoding: int) -> str:
    if encoding not in _CODECS:
        raise ProtocolError(f"a buffer with the unknown encoding {encoding}")
    try:
        return str(data, *_CODECS[encoding])
    except ValueError as error:
        raise ProtocolError(f"a string that does not match its encoding: {error}") from None


def insert(value: "Any", buffers: "list[str | memoryview]") -> "list[Any]":
    """Returns the arguments with the buffers in their places.

    The value is [arguments, [[path from there, format of a memoryview or None, shape], ...]];
    without a shape, an array has one dimension.
    """
    try:
        arguments: list[Any]
        arguments, paths = value
        for (path, kind, *shape), buffer in zip(paths, buffers):
            container: Any = arguments
            for step in path[:-1]:
                container = container[step]
            container[path[-1]] = (
                buffer if type(buffer) is str else from_bytes(buffer, kind, *shape)
            )
    except (LookupError, TypeError, ValueError) as error:
        raise ProtocolError(f"a buffer without a place: {error!r}") from None
    return arguments


def split_keywords(value: "Any") -> "tuple[list[Any], dict[str, Any]]":
    """Splits what a CALL_WITH_KEYWORDS has in the place of the arguments."""
    if len(value) != 2 or type(value[0]) is not list or type(value[1]) is not dict:
        raise ProtocolError("keyword arguments that are not a dict beside a list")
    return value[0], value[1]


def from_bytes(data: "Any", kind: "Any", shape: "Any" = None) -> "bytes | memoryview[Any]":
    """The argument that a memoryview of bytes stands for: `bytes`, or an array as a memoryview.

    The array is always writable: no other value shares its memory.
    """
    if kind is None:
        return bytes(data)
    if data.readonly:
        data = memoryview(bytearray(data))
    if kind == "e" and sys.version_info < (3, 12):  # which has no memoryview of float16
        if shape is None:
            return bytes(data)
        raise _no_view("a float16 array with a shape needs Python 3.12")
    array: memoryview[Any]
    if shape is None or shape == [0]:
        array = data.cast(kind)
    elif 0 in shape and not data:
        array = _empty_array(kind, shape)
    else:
        array = data.cast(kind, shape)
    return array


def _empty_array(kind: str, shape: "list[int]") -> "memoryview[Any]":
    """A memoryview of no numbers in several dimensions, which `cast` does not make."""
    if kind not in _CTYPES:
        raise _no_view("a float16 array with a size of 0 has one dimension only")
    cls = getattr(stdlib("ctypes"), _CTYPES[kind])
    for size in reversed(shape):
        cls = cls * size
    view = memoryview(cls())
    if not view.itemsize:
        raise _no_view("a size of 0 in several dimensions needs Python 3.10")
    return view


def _no_view(reason: str) -> NotSerializable:
    return NotSerializable(path="args", message=f"args: {reason}; pass it without its shape")


def extract_long_strings(value: "Any", buffers: "list[Buffer]") -> "Any":
    """Returns the value with placeholders for long strings, which are added to `buffers`.

    Looked for where they are usual: the value itself, and one level into a dict.
    """
    if type(value) is str:
        return add(value, buffers) if len(value) >= MIN_LONG else value
    if type(value) is not dict or len(value) > MAX_KEYS:
        return value
    found = {}
    for key, item in value.items():
        if type(item) is str and len(item) >= MIN_LONG:
            found[key] = add(item, buffers)
    return {**value, **found} if found else value


def add(buffer: "Buffer", buffers: "list[Buffer]") -> str:
    """Adds a buffer and returns its placeholder in the JSON."""
    if len(buffers) == MAX_BUFFERS:
        raise NoJsonForm(f"more than {MAX_BUFFERS} binary values in one result; join some of them")
    placeholder = f"{PLACEHOLDER_PREFIX}{len(buffers)}"
    buffers.append(buffer)
    if not isinstance(buffer, str) and buffer.dtype is not None:
        shape: Sequence[int] = buffer.shape or ()
        return " ".join(map(str, (placeholder, buffer.dtype, *shape)))
    return placeholder


def pack(text: bytes, buffers: "list[Buffer]", limit: int) -> Pieces:
    """The payload of a RESULT_WITH_BUFFERS. Raises TooLarge above `limit` bytes."""
    pieces: list[Bytes] = [pack_field(text), _PREFIX_FIELD]
    size = len(text) + 4 + len(_PREFIX_FIELD)
    for buffer in buffers:
        encoding, data, length = _encode(buffer)
        header = encoding | length << 8
        pieces.append(header.to_bytes(9, "little")[:5])  # a longer one is over the limit anyway
        pieces.append(data)
        size += 5 + length
    if size > limit:
        raise TooLarge(size=size)
    return Pieces(pieces, size)


def _encode(buffer: "Buffer") -> "tuple[int, Bytes, int]":
    """Returns (encoding, data, size in bytes)."""
    if not isinstance(buffer, str):
        size = buffer.data.nbytes
        return BYTES, buffer.data.cast("B") if size else b"", size
    try:
        encoding, data = LATIN_1, buffer.encode("latin-1")
    except UnicodeEncodeError:
        encoding, data = UTF_16, buffer.encode("utf-16-le", "surrogatepass")
    return encoding, data, len(data)
