"""What travels beside the JSON: binary values, and long strings, which spares both sides to escape
them and to look for their end.

On the wire a part is a form (1 byte) and a field. In a call, zeros between the two have the data of
a binary part begin at a multiple of 8 bytes of the payload.
"""

import os

from .errors import NoJsonForm, TooLarge
from .protocol import Pieces, ProtocolError, pack_field, split_field

LONG = 2 * 1024  # characters
# A dict with more is not searched for long strings: that would cost the calls that have none.
MOST_KEYS = 16
# Parts that the host takes (`MOST_PARTS` in `src/protocol/output.rs`).
MOST_PARTS = 1 << 16

ALIGNMENT = 8

# What a string in the JSON of a result begins with that stands for a part. Nobody can have guessed
# it, so no string of the script's is taken for one.
MARK = os.urandom(16).hex()
_MARK_FIELD = pack_field(MARK.encode())

LATIN_1, UTF_16, BYTES = range(3)
_ENCODINGS = {LATIN_1: ("latin-1", "strict"), UTF_16: ("utf-16-le", "surrogatepass")}


def split_parts(payload, start):
    """Splits a CALL_WITH_PARTS behind its name, `start` bytes from its beginning.

    Returns (JSON text for `put_in`, parts), each part a str or memoryview.
    """
    end = start + len(payload)
    text, payload = split_field(payload)
    parts = []
    while payload:
        form = payload[0]
        padding = -(end - len(payload) + 5) % ALIGNMENT if form == BYTES else 0
        data, payload = split_field(payload[1 + padding :])
        parts.append(data if form == BYTES else _decode(data, form))
    return text, parts


def _decode(data, form):
    if form not in _ENCODINGS:
        raise ProtocolError(f"a part of an unknown form: {form}")
    try:
        return str(data, *_ENCODINGS[form])
    except ValueError as error:
        raise ProtocolError(f"a string that is not in its encoding: {error}") from None


def put_in(value, parts):
    """Returns the arguments with the parts in their places.

    The value is [arguments, [[path from there, format of a memoryview or None], ...]].
    """
    try:
        arguments, places = value
        for (path, kind), part in zip(places, parts):
            container = arguments
            for step in path[:-1]:
                container = container[step]
            container[path[-1]] = part if type(part) is str else from_bytes(part, kind)
    except (LookupError, TypeError, ValueError) as error:
        raise ProtocolError(f"a part without a place: {error!r}") from None
    return arguments


def from_bytes(data, kind):
    """The argument that a memoryview of bytes is: `bytes`, or an array as a memoryview of a format.

    It can be written to, whatever holds the memory: nobody else uses that.
    """
    if kind is None:
        return bytes(data)
    if data.readonly:
        data = memoryview(bytearray(data))
    try:
        return data.cast(kind)
    except ValueError:
        if kind != "e":
            raise
        return bytes(data)  # before 3.12 there is no memoryview of float16


def take_out(value, parts):
    """Returns the value with references in the place of long strings, which go to `parts`.

    Looked for where they are usual: the value itself, and one level into a dict.
    """
    if type(value) is str:
        return refer(value, parts) if len(value) >= LONG else value
    if type(value) is not dict or len(value) > MOST_KEYS:
        return value
    found = {}
    for key, item in value.items():
        if type(item) is str and len(item) >= LONG:
            found[key] = refer(item, parts)
    return {**value, **found} if found else value


def refer(part, parts):
    """Adds a str or a Binary to the parts and returns what stands for it in the JSON."""
    if len(parts) == MOST_PARTS:
        raise NoJsonForm(f"more than {MOST_PARTS} binary values in one result; join some of them")
    reference = f"{MARK}{len(parts)}"
    parts.append(part)
    if type(part) is not str and part.dtype is not None:
        return " ".join(map(str, (reference, part.dtype, *part.shape)))
    return reference


def pack(text, parts, most):
    """The payload of a RESULT_WITH_PARTS, as Pieces, if it has no more than `most` bytes."""
    pieces = [pack_field(text), _MARK_FIELD]
    size = len(text) + 4 + len(_MARK_FIELD)
    for part in parts:
        form, data, length = _encode(part)
        header = form | length << 8
        pieces += (header.to_bytes(9, "little")[:5], data)  # a longer one is not going to be sent
        size += 5 + length
    if size > most:
        raise TooLarge(size=size)
    return Pieces(pieces, size)


def _encode(part):
    """Returns (form, data, size in bytes)."""
    if type(part) is not str:
        size = part.data.nbytes
        return BYTES, part.data.cast("B") if size else b"", size
    try:
        form, data = LATIN_1, part.encode("latin-1")
    except UnicodeEncodeError:
        form, data = UTF_16, part.encode("utf-16-le", "surrogatepass")
    return form, data, len(data)
