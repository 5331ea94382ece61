"""JSON text <-> values, by the C scanner and encoder the `json` module itself uses.

Importing `json` would cost more than the whole rest of the worker's start; `_json` costs nothing.
"""

from .errors import NotSerializable

# Of the value being encoded: its containers by id, which finds cycles also where the recursion
# limit was raised, and what travels beside its text.
_open = {}
_parts = None


def _default(value):
    from .convert import Binary, convert
    from .parts import refer

    converted = convert(value)
    return refer(converted, _parts) if type(converted) is Binary else converted


def _plain_default(value):
    raise TypeError(type(value))


try:
    from _json import encode_basestring, make_encoder, make_scanner

    class _Rules:
        """The attributes the C scanner asks for."""

        strict = False
        object_hook = None
        object_pairs_hook = None
        parse_float = float
        parse_int = int
        parse_constant = float

    _scan = make_scanner(_Rules)

    def _encoder(markers, default):
        # ..., indent, separators, sort_keys, skipkeys, allow_nan
        chunks = make_encoder(
            markers, default, encode_basestring, None, ":", ",", False, False, False
        )
        return lambda value: "".join(chunks(value, 0))

except ImportError:  # not CPython
    from .stdlib import stdlib

    encode_basestring = stdlib("json").encoder.encode_basestring

    _scan = stdlib("json").JSONDecoder(strict=False).raw_decode

    def _encoder(markers, default):
        return (
            stdlib("json")
            .JSONEncoder(
                ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=default
            )
            .encode
        )


_value_to_text = _encoder(_open, _default)
_string_to_text = encode_basestring
_details_to_text = _encoder(None, _plain_default)


def decode_arguments(payload):
    """The list of arguments in a JSON text (UTF-8). Raises NotSerializable."""
    try:
        text = str(payload, "utf-8")
        if type(payload) is memoryview:
            payload.release()
        arguments, end = _scan(text, 0)
        if end != len(text) or type(arguments) is not list:
            raise ValueError("not an array of arguments")
    except RecursionError:
        raise _bad_arguments("nested too deeply for this Python") from None
    except (ValueError, StopIteration) as error:  # also an int of more digits than Python allows
        raise _bad_arguments(str(error) or "not JSON") from None
    return arguments


def _bad_arguments(why):
    return NotSerializable(path="args", message=f"args: {why}")


def encode(value, parts):
    """The JSON text of a value, as bytes; what binary values are in it goes to `parts`.

    Raises NotSerializable with the path of what has no JSON.
    """
    global _parts
    if type(value) is str:
        return _to_bytes(_string_to_text(value))
    _parts = parts
    try:
        text = _value_to_text(value)
    except MemoryError:
        raise
    except Exception as error:
        from .refusal import explain

        raise explain(value, error) from error
    finally:
        _open.clear()
        _parts = None
    return _to_bytes(text)


def encode_details(details):
    """The JSON text of a dict of our own, as bytes. From any thread, also while `encode` runs."""
    text = _details_to_text(details)
    try:
        return text.encode()
    except UnicodeEncodeError:
        # The host reads these texts strictly: a lone surrogate is spelled out.
        return "".join(map(_spelled_out, text)).encode()


def _spelled_out(character):
    is_surrogate = "\ud800" <= character <= "\udfff"
    return f"\\\\u{ord(character):04x}" if is_surrogate else character


def _to_bytes(text):
    # Only lone surrogates have no UTF-8. Python's \ud800 is JSON's escape for them, too.
    return text.encode("utf-8", "backslashreplace")
