"""What promptfoo's Python providers look like, for the worker: a plugin of `_python_worker_pool`.

    span_attributes   what the span of a provider's call says

Names, signatures and attributes are promptfoo's own and must stay as they are.
"""

from _python_worker_pool.plugin import Plugin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _python_worker_pool.plugin import Arguments, Attributes

SIGNATURES = {
    "call_api": "call_api(prompt, options, context) - for chat/completions",
    "call_embedding_api": "call_embedding_api(prompt, options) - for embeddings",
    "call_classification_api": "call_classification_api(prompt, options) - for classification",
}


class Hooks(Plugin):
    tracing_variable = "PROMPTFOO_ENABLE_OTEL"
    tracer = "promptfoo.python.provider"
    documentation = "https://www.promptfoo.dev/docs/providers/python/"

    def expected_functions(self, missing: str) -> "str | None":
        if missing not in SIGNATURES:
            return None
        lines = [f"  • {signature}" for signature in SIGNATURES.values()]
        return "\n".join(["Expected function names for promptfoo:", *lines])

    def trace_context(self, arguments: "Arguments") -> "dict[str, str]":
        """From the provider's third argument."""
        context = arguments[2] if len(arguments) > 2 else None
        if not isinstance(context, dict):
            return {}
        headers = {name: context.get(name) for name in ("traceparent", "tracestate")}
        return {name: value for name, value in headers.items() if isinstance(value, str)}

    def request_attributes(self, function: str, arguments: "Arguments") -> "Attributes":
        from .span_attributes import of_request

        return of_request(function, arguments)

    def result_attributes(self, result: object) -> "Attributes":
        from .span_attributes import of_result

        return of_result(result)

    def result_error(self, result: object) -> "str | None":
        from .span_attributes import error_of

        return error_of(result)
