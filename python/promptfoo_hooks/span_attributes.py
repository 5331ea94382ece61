"""The attributes of a call's span: promptfoo's, and OpenTelemetry's for generative AI.

Knows nothing of OpenTelemetry. A function's arguments and result can be anything: a value that does
not have its attribute's type is left out.
"""

from _python_worker_pool.binary import is_binary
from _python_worker_pool.convert import convert
from _python_worker_pool.errors import qualified_name
from _python_worker_pool.span_text import MAX_TEXT, cut
from _python_worker_pool.stdlib import stdlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, Tuple

    from _python_worker_pool.plugin import Arguments, Attributes, AttributeValue

    # (attribute, its value or None, path of keys)
    Table = Tuple[Tuple[str, Callable[[object], "AttributeValue | None"], str], ...]

# promptfoo's names of functions, as OpenTelemetry names the operations of a model.
_OPERATIONS = {"call_api": "chat", "call_embedding_api": "embeddings"}


def of_request(name: str, arguments: "Arguments") -> "Attributes":
    """The attributes of a call before it runs."""
    request = dict(zip(("prompt", "options", "context"), arguments))
    attributes: Attributes = {
        "promptfoo.provider.type": "python",
        "promptfoo.provider.function": cut(name),
        **_filled(_REQUEST, request),
    }
    # A function whose options name no model may not call one.
    if "gen_ai.request.model" in attributes and name in _OPERATIONS:
        attributes["gen_ai.operation.name"] = _OPERATIONS[name]
    return attributes


def of_result(result: object) -> "Attributes":
    """The attributes that a result adds."""
    return _filled(_RESULT, result)


def error_of(result: object) -> "str | None":
    """The text of the error that a result reports, or None."""
    error = result.get("error") if isinstance(result, dict) else None
    return cut(str(error)) if error else None


def text(value: object) -> "str | None":
    """A string that fits into an attribute; None for anything else."""
    return cut(value) if isinstance(value, str) else None


def _number(value: object) -> "int | float | None":
    if type(value) is int:
        return value if -(2**63) <= value < 2**63 else None
    return value if type(value) is float else None


def _flag(value: object) -> "bool | None":
    return value if type(value) is bool else None


def _texts(value: object) -> "list[str] | None":
    """A list of one for a string: OpenTelemetry has a list where there can be several."""
    values = value if isinstance(value, list) else [value]
    texts = [cut(item) for item in values if isinstance(item, str)]
    return texts if len(texts) == len(values) else None


def _body(value: object) -> "str | None":
    return None if value is None else text(value if isinstance(value, str) else _json(value))


def _json(value: object) -> "str | None":
    """The JSON of a value, as much of it as is shown; None if it has none."""
    encoder = stdlib("json").JSONEncoder(ensure_ascii=False, default=_convert)
    pieces: list[str] = []
    size = 0
    try:
        for piece in encoder.iterencode(value):
            pieces.append(piece)
            size += len(piece)
            if size > MAX_TEXT:
                break
    except Exception:  # the call itself fails with a better explanation
        return None
    return "".join(pieces)


def _convert(value: object) -> object:
    # Never the numbers of a large array.
    return f"<{qualified_name(type(value))}>" if is_binary(value) else convert(value)


def _filled(table: "Table", value: object) -> "Attributes":
    filled: Attributes = {}
    for name, typed, path in table:
        attribute = typed(_at(value, path))
        if attribute is not None:
            filled[name] = attribute
    return filled


def _at(value: object, path: str) -> object:
    """What a value has at a path of keys; None if there is nothing."""
    for key in path.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


_REQUEST: "Table" = (
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

_RESULT: "Table" = (
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
