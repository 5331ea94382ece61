"""What a call's span tells of it: promptfoo's attributes, and OpenTelemetry's for generative AI.

Knows nothing of OpenTelemetry. What a function is given and returns can be anything: what has not
the type of its attribute is left out.
"""

from .binary import is_binary
from .convert import convert
from .errors import qualified_name
from .raised import describe
from .stdlib import stdlib

LONGEST_TEXT = 4096
_LONGEST_TRACEBACK = 1 << 18  # bytes of JSON for all that is told of an exception
_CUT = "... [truncated]"

# What promptfoo calls its functions, as OpenTelemetry calls what a model does.
_OPERATIONS = {"call_api": "chat", "call_embedding_api": "embeddings"}


def of_request(name, arguments):
    """The attributes of a call before it runs."""
    request = dict(zip(("prompt", "options", "context"), arguments))
    attributes = {
        "promptfoo.provider.type": "python",
        "promptfoo.provider.function": text(name),
        **_filled(_REQUEST, request),
    }
    # Without a model, the function may as well be something else than a call of one.
    if "gen_ai.request.model" in attributes and name in _OPERATIONS:
        attributes["gen_ai.operation.name"] = _OPERATIONS[name]
    return attributes


def of_result(result):
    """The attributes that a result adds."""
    return _filled(_RESULT, result)


def error_of(result):
    """The text of the error that a result tells of, or None."""
    error = result.get("error") if isinstance(result, dict) else None
    return text(str(error)) if error else None


def of_exception(error):
    """The attributes of the event that an exception is."""
    details = describe(error, _LONGEST_TRACEBACK)
    return {
        "exception.type": text(details["type"]),
        "exception.message": text(details["message"]),
        "exception.stacktrace": _encodable(details["traceback"]),
    }


def text(value):
    """A string that fits into an attribute; None for what is no string."""
    if not isinstance(value, str):
        return None
    if len(value) > LONGEST_TEXT:
        value = value[: LONGEST_TEXT - len(_CUT)] + _CUT
    return _encodable(value)


def _encodable(value):
    # One lone surrogate, and the exporter would lose all spans that it was to send with this one.
    return value.encode("utf-8", "replace").decode()


def _number(value):
    if type(value) is float or (type(value) is int and -(2**63) <= value < 2**63):
        return value
    return None


def _flag(value):
    return value if type(value) is bool else None


def _texts(value):
    """A list of one for a string: what can be several is a list in OpenTelemetry."""
    values = [text(item) for item in (value if isinstance(value, list) else [value])]
    return None if None in values else values


def _body(value):
    return None if value is None else text(value if isinstance(value, str) else _json(value))


def _json(value):
    """The JSON of a value, no more of it than is shown; None where it has none."""
    encoder = stdlib("json").JSONEncoder(ensure_ascii=False, default=_convert)
    pieces, size = [], 0
    try:
        for piece in encoder.iterencode(value):
            pieces.append(piece)
            size += len(piece)
            if size > LONGEST_TEXT:
                break
    except Exception:  # the call itself fails with a better explanation
        return None
    return "".join(pieces)


def _convert(value):
    # Never the numbers of a large array.
    return f"<{qualified_name(type(value))}>" if is_binary(value) else convert(value)


def _filled(table, value):
    filled = {}
    for name, typed, path in table:
        attribute = typed(_at(value, path))
        if attribute is not None:
            filled[name] = attribute
    return filled


def _at(value, path):
    """What a value has at a path of keys; None where it has nothing there."""
    for key in path.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


_REQUEST = (
    ("promptfoo.request.body", text, "prompt"),
    ("promptfoo.provider.id", text, "options.id"),
    ("promptfoo.provider.model", text, "options.config.model"),
    ("promptfoo.eval.id", text, "context.evaluationId"),
    ("promptfoo.test.id", text, "context.testCaseId"),
    ("promptfoo.test.index", _number, "context.testIdx"),
    ("promptfoo.prompt.label", text, "context.prompt.label"),
    ("gen_ai.request.model", text, "options.config.model"),
    ("gen_ai.request.max_tokens", _number, "options.config.max_tokens"),
    ("gen_ai.request.temperature", _number, "options.config.temperature"),
    ("gen_ai.request.top_p", _number, "options.config.top_p"),
    ("gen_ai.request.top_k", _number, "options.config.top_k"),
    ("gen_ai.request.stop_sequences", _texts, "options.config.stop"),
    ("gen_ai.request.frequency_penalty", _number, "options.config.frequency_penalty"),
    ("gen_ai.request.presence_penalty", _number, "options.config.presence_penalty"),
)

_RESULT = (
    ("promptfoo.response.body", _body, "output"),
    ("promptfoo.cache_hit", _flag, "cached"),
    ("promptfoo.usage.total_tokens", _number, "tokenUsage.total"),
    ("gen_ai.usage.input_tokens", _number, "tokenUsage.prompt"),
    ("gen_ai.usage.output_tokens", _number, "tokenUsage.completion"),
    (
        "gen_ai.usage.reasoning.output_tokens",
        _number,
        "tokenUsage.completionDetails.reasoning",
    ),
    ("gen_ai.response.finish_reasons", _texts, "finishReason"),
)
