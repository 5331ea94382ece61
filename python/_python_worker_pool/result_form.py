"""Results in the form that a call asks for: arrays as lists, NaN and infinities as null."""

from .codec import make_encoder, to_bytes
from .convert import convert_or_add, convert_or_list
from .diagnose import diagnose, refuse_nan_keys
from .protocol import ARRAYS_AS_LISTS, NAN_AS_NULL
from .stdlib import stdlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .buffers import Buffer

_nan_or_string: "Any" = None  # what finds them, once it was needed


def encode_in_form(value: object, buffers: "list[Buffer]", flags: int) -> bytes:
    """As `encode`; `flags` are those of the call."""
    convert = convert_or_list if flags & ARRAYS_AS_LISTS else convert_or_add
    nan_as_null = bool(flags & NAN_AS_NULL)
    to_text = make_encoder({}, lambda item: convert(item, buffers), nan_as_null)
    try:
        text = to_text(value)
    except MemoryError:
        raise
    except Exception as error:
        raise diagnose(value, error, flags) from error
    if nan_as_null and ("NaN" in text or "Infinity" in text):
        if 'NaN":' in text or 'Infinity":' in text:
            refuse_nan_keys(value, flags)
        text = _with_nulls(text)
    return to_bytes(text)


def _with_nulls(text: str) -> str:
    """The text with `null` for what JSON lacks. Python writes it outside of strings only."""
    global _nan_or_string
    if _nan_or_string is None:
        _nan_or_string = stdlib("re").compile(r'"(?:[^"\\]+|\\.)*"|NaN|-?Infinity')
    return str(_nan_or_string.sub(_string_or_null, text))


def _string_or_null(match: "Any") -> str:
    found: str = match[0]
    return found if found[0] == '"' else "null"
