"""Long strings, which travel beside the JSON: it spares both sides to escape them and to look for
their end.

On the wire a string is an encoding (1 byte) and a field: 0 latin-1, 1 UTF-16 with lone surrogates.
"""

from .protocol import ProtocolError, pack_field, split_field

LONG = 2 * 1024  # characters
# A dict with more is not searched: that would cost the calls that have no such string. Nor does the
# host take more strings (`MOST_STRINGS` in `src/protocol/output.rs`).
MOST_KEYS = 16

_ENCODINGS = {0: ("latin-1", "strict"), 1: ("utf-16-le", "surrogatepass")}


def split_strings(payload):
    """Splits a CALL_WITH_STRINGS behind its name: (JSON text, [(index, string), ...])."""
    text, payload = split_field(payload)
    strings = []
    while payload:
        index = int.from_bytes(payload[:4], "little")
        encoding = _ENCODINGS.get(payload[4] if len(payload) > 4 else None)
        if encoding is None:
            raise ProtocolError("a string in an unknown encoding")
        data, payload = split_field(payload[5:])
        try:
            strings.append((index, str(data, *encoding)))
        except ValueError as error:
            raise ProtocolError(f"a string that is not in its encoding: {error}") from None
    return text, strings


def put_in(arguments, strings):
    for index, string in strings:
        if index >= len(arguments):
            raise ProtocolError(f"a string for argument {index} of {len(arguments)}")
        arguments[index] = string


def take_out(value):
    """Returns (value with None in the place of long strings, {key: string}), or None without any.

    Looked for where they are usual: the value itself (then the key is None), and one level into a
    dict.
    """
    if type(value) is str:
        return (None, {None: value}) if len(value) >= LONG else None
    if type(value) is not dict or len(value) > MOST_KEYS:
        return None
    strings = None
    for key, item in value.items():
        if type(item) is str and len(item) >= LONG and type(key) is str and _has_utf8(key):
            strings = strings or {}
            strings[key] = item
    if strings is None:
        return None
    return {**value, **dict.fromkeys(strings)}, strings


def _has_utf8(key):
    try:
        key.encode()
    except UnicodeEncodeError:
        return False
    return True


def pack(text, strings):
    """The payload of a RESULT_WITH_STRINGS."""
    parts = [pack_field(text)]
    for key, string in strings.items():
        parts.append(pack_field((key or "").encode()))
        try:
            parts.append(b"\0" + pack_field(string.encode("latin-1")))
        except UnicodeEncodeError:
            parts.append(b"\1" + pack_field(string.encode("utf-16-le", "surrogatepass")))
    return b"".join(parts)
