"""What a log record says beside its message: its origin, its exception, the script's attributes.

Nothing that a script puts into a record may cost the record, or make its frame too long.
"""

from .exceptions import describe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Collection, Iterable, Iterator

_MAX_TEXT = 1000  # characters of a short text, such as a path
_MAX_EXCEPTION = 256 * 1024  # bytes
_MAX_EXTRA = 64 * 1024  # characters of all attributes together
_MAX_DEPTH = 8
_MAX_SAFE_INTEGER = (1 << 53) - 1  # of JavaScript


def details_of(record: "Any", standard: "Collection[str]") -> "dict[str, Any]":
    """The fields of a `logging.LogRecord`; those named in `standard` are not the script's."""
    fields = record.__dict__
    details: dict[str, Any] = {}
    for name, key in (("file", "pathname"), ("thread", "threadName")):
        text = fields.get(key)
        if type(text) is str:
            details[name] = text[:_MAX_TEXT]
    line = fields.get("lineno")
    if type(line) is int and 0 <= line <= _MAX_SAFE_INTEGER:
        details["line"] = line
    exception = fields.get("exc_info")
    if type(exception) is tuple and isinstance(exception[1], BaseException):
        details["exception"] = describe(exception[1], _MAX_EXCEPTION)
    extra = [item for item in fields.items() if item[0] not in standard]
    if extra:
        details["extra"] = _Extra().json_of_items(extra, 0)
    return details


class _Extra:
    """Makes JSON of a script's values: what has none becomes text, what is too long is cut."""

    def __init__(self) -> None:
        self._room = _MAX_EXTRA

    def json_of_items(
        self, items: "Iterable[tuple[object, object]]", depth: int
    ) -> "dict[str, Any]":
        result = {}
        for key, value in items:
            if self._room <= 0:
                break
            result[self._text_of(key)] = self._json_of(value, depth)
        return result

    def _json_of(self, value: object, depth: int) -> object:
        self._room -= 1
        if value is None or value is True or value is False:
            return value
        if type(value) is int and -_MAX_SAFE_INTEGER <= value <= _MAX_SAFE_INTEGER:
            return value
        if type(value) is float and value - value == 0:  # finite
            return value
        if isinstance(value, (dict, list, tuple, set, frozenset)):
            return self._json_of_container(value, depth + 1)
        return self._text_of(value)

    def _json_of_container(self, value: "Any", depth: int) -> object:
        try:
            if depth <= _MAX_DEPTH:
                if isinstance(value, dict):
                    return self.json_of_items(dict.items(value), depth)
                return [self._json_of(item, depth) for item in self._while_there_is_room(value)]
        except Exception:  # its class is broken, or another thread has changed it
            pass
        return f"<{type(value).__name__}>"

    def _while_there_is_room(self, values: "Iterable[object]") -> "Iterator[object]":
        for value in values:
            if self._room <= 0:
                break
            yield value

    def _text_of(self, value: object) -> str:
        room = max(0, self._room)
        try:
            if isinstance(value, (bytes, bytearray)):
                value = value[:room]
            text = value if isinstance(value, str) else str(value)
        except Exception:
            text = f"<{type(value).__name__} whose str() failed>"
        text = str.__getitem__(text, slice(room))  # of a subclass of str, too, a plain one
        self._room -= len(text)
        return text
