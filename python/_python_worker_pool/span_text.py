"""Values as OpenTelemetry accepts them in the attributes of spans."""

from .exceptions import describe

MAX_TEXT = 4096
_MAX_TRACEBACK = 1 << 18  # bytes of JSON for all details of an exception
_CUT = "... [truncated]"


def cut(text: str) -> str:
    """A string that fits into an attribute."""
    if len(text) > MAX_TEXT:
        text = text[: MAX_TEXT - len(_CUT)] + _CUT
    return _encodable(text)


def of_exception(error: BaseException) -> "dict[str, str]":
    """The attributes of an exception's event."""
    details = describe(error, _MAX_TRACEBACK)
    return {
        "exception.type": cut(details["type"]),
        "exception.message": cut(details["message"]),
        "exception.stacktrace": _encodable(details["traceback"]),
    }


def _encodable(text: str) -> str:
    # Because of one lone surrogate the exporter would lose the whole batch of spans.
    return text.encode("utf-8", "replace").decode()
