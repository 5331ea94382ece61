"""JSON by the `json` module's public interface, where its private C functions cannot be used."""

from .stdlib import stdlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

_json: "Any" = stdlib("json")

encode_string: "Callable[[str], str]" = _json.encoder.encode_basestring
scan: "Callable[[str, int], tuple[Any, int]]" = _json.JSONDecoder(strict=False).raw_decode


def make_encoder(
    _markers: object, default: "Callable[[Any], object]", allow_nan: bool = False
) -> "Callable[[object], str]":
    """Returns what encodes a value. Cycles are found by `json` itself, without `_markers`."""
    encoder = _json.JSONEncoder(
        ensure_ascii=False, allow_nan=allow_nan, separators=(",", ":"), default=default
    )
    encode: Callable[[object], str] = encoder.encode
    return encode
