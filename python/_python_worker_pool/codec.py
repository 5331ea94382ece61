"""JSON text <-> values, by the C scanner and encoder the `json` module itself uses.

Importing `json` would cost more than the whole rest of the worker's start; `_json` costs nothing.
But it is private to Python: if a version has changed it, this is noticed here, and `json` is used.
"""

from .errors import NotSerializable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Tuple

    from .binary import Binary
    from .protocol import Bytes

    Encode = Callable[[object], str]
    MakeEncoder = Callable[..., Encode]
    Scan = Callable[[str, int], Tuple[Any, int]]


def _plain_default(value: object) -> object:
    raise TypeError(type(value))


class _ScannerOptions:
    """The attributes the C scanner asks for."""

    strict = False
    object_hook = None
    object_pairs_hook = None
    array_hook = None  # since 3.15
    parse_float = float
    parse_int = int
    parse_constant = float


def _check(
    scan: "Scan", encode_string: "Callable[[str], str]", make_encoder: "MakeEncoder"
) -> None:
    """Raises an exception if these functions do not do what `json` does."""
    unknown = object()
    value: dict[str, list[object]] = {"é": [1, 2.5, None, unknown]}
    text = '{"é":[1,2.5,null,"\\n"]}'
    if make_encoder({}, lambda item: "\n" if item is unknown else {})(value) != text:
        raise TypeError
    value["é"][3] = "\n"
    if scan(text, 0) != (value, len(text)) or encode_string("é\n") != '"é\\n"':
        raise TypeError


def _make_encoder(
    markers: "dict[int, object] | None",
    default: "Callable[[Any], object]",
    allow_nan: bool = False,
) -> "Encode":
    # ..., indent, separators, sort_keys, skipkeys, allow_nan
    chunks = _json.make_encoder(
        markers, default, _json.encode_basestring, None, ":", ",", False, False, allow_nan
    )
    return lambda value: "".join(chunks(value, 0))


scan: "Scan"
encode_string: "Callable[[str], str]"
make_encoder: "MakeEncoder"
try:
    import _json

    scan = _json.make_scanner(_ScannerOptions)  # type: ignore[arg-type]  # it needs no instance
    encode_string, make_encoder = _json.encode_basestring, _make_encoder
    _check(scan, encode_string, make_encoder)
except Exception:  # not CPython, or a version with other private functions
    from .json_fallback import encode_string, make_encoder, scan

_details_to_text = make_encoder(None, _plain_default)


def decode_arguments(payload: "Bytes") -> "list[Any]":
    """The list of arguments in a JSON text (UTF-8). Raises NotSerializable."""
    try:
        text = str(payload, "utf-8")
        if type(payload) is memoryview:
            payload.release()
        arguments, end = scan(text, 0)
        if end != len(text) or type(arguments) is not list:
            raise ValueError("not an array of arguments")
    except RecursionError:
        raise _bad_arguments("nested too deeply for this Python") from None
    except ValueError as error:  # also an int of more digits than Python allows
        raise _bad_arguments(str(error)) from None
    except (StopIteration, SystemError):  # the scanner's, where `json` was never imported
        raise _bad_arguments("not JSON") from None
    return arguments


def _bad_arguments(reason: str) -> NotSerializable:
    return NotSerializable(path="args", message=f"args: {reason}")


class Encoder:
    """Encodes one value at a time: each thread needs its own."""

    def __init__(self) -> None:
        # Of the value being encoded: its containers by id, which finds cycles even where the
        # recursion limit was raised, and the buffers that travel beside its text.
        self._open: dict[int, object] = {}
        self._buffers: Any = None
        self._to_text = make_encoder(self._open, self._default)

    def encode(self, value: object, buffers: "list[str | Binary]") -> bytes:
        """The JSON text of a value; the binary values in it are added to `buffers`.

        Raises NotSerializable with the path of what has no JSON form.
        """
        if type(value) is str:
            return to_bytes(encode_string(value))
        self._buffers = buffers
        try:
            text = self._to_text(value)
        except MemoryError:
            raise
        except Exception as error:
            from .diagnose import diagnose

            raise diagnose(value, error) from error
        finally:
            self._open.clear()
            self._buffers = None
        return to_bytes(text)

    def _default(self, value: object) -> object:
        from .convert import convert_or_add

        return convert_or_add(value, self._buffers)


def encode_details(details: "dict[str, Any]") -> bytes:
    """The JSON text of a dict of our own. From any thread, even while `encode` runs."""
    text = _details_to_text(details)
    try:
        return text.encode()
    except UnicodeEncodeError:
        # The host reads these texts strictly: a lone surrogate is spelled out.
        return "".join(map(_spelled_out, text)).encode()


def _spelled_out(character: str) -> str:
    is_surrogate = "\ud800" <= character <= "\udfff"
    return f"\\\\u{ord(character):04x}" if is_surrogate else character


def to_bytes(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        # Only lone surrogates have no UTF-8. Python's \ud800 is JSON's escape for them, too.
        return text.encode("utf-8", "backslashreplace")
