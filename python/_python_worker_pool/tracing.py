"""A span for each call, under the span of its caller, by the user's OpenTelemetry.

Imported only if calls are traced. A failure in here costs spans, never a call.
"""

import os
import sys
from _contextvars import ContextVar

from . import span_text
from .exceptions import describe
from .stdlib import stdlib
from .streamable import is_streamed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Awaitable, Callable, Dict, Sequence, Tuple, TypeVar

    from .forks import Forks
    from .plugin import Arguments, Plugin

    Result = TypeVar("Result")

SCHEDULE_DELAY = 500  # milliseconds that a span may wait to be sent with others
MAX_REASON = 1 << 16  # bytes of JSON for all details of a failure
FLUSH_LIMIT = 1.0  # seconds that the last spans have to be sent, when the worker ends
HASTY_FLUSH_LIMIT = 0.1

_PACKAGES = "opentelemetry-sdk opentelemetry-exporter-otlp-proto-http"


def start(
    forks: "Forks", plugin: "Plugin", warn: "Callable[[str], None]"
) -> "Tuple[Tracing | None, str | None]":
    """Returns what traces calls, or None, and a warning that says why.

    Must be called after the script is loaded: it may have set up OpenTelemetry.
    """
    try:
        return Tracing(forks, plugin, warn), None
    except ImportError as error:
        variable = plugin.tracing_variable
        return None, (
            f"Calls are not traced: {error}. Install OpenTelemetry with "
            f"`{sys.executable} -m pip install {_PACKAGES}`, or turn tracing off: "
            "set `tracing: false` in the options"
            + (f", or remove {variable} from the environment." if variable else ".")
        )
    except Exception as error:
        return None, f"Calls are not traced: OpenTelemetry cannot be set up: {_summary(error)}"


class Tracing:
    def __init__(self, forks: "Forks", plugin: "Plugin", warn: "Callable[[str], None]") -> None:
        from opentelemetry import context, trace
        from opentelemetry.trace.propagation import tracecontext

        self._forks = forks
        self._plugin = plugin
        self._warn = warn
        self._warned = False
        self._stream_span: ContextVar[Any] = ContextVar("python_worker_pool_span", default=None)
        self._context: Any = context
        self._trace: Any = trace
        self._extract: Any = tracecontext.TraceContextTextMapPropagator().extract
        # None if the script installed its own provider, which it must shut down itself.
        self._provider: Any = None
        if isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
            self._provider = _new_provider(self._attempt)
            trace.set_tracer_provider(self._provider)
        self._tracer: Any = trace.get_tracer(plugin.tracer)

    def traced(
        self, function: "Callable[..., Any]", name: str, is_stream: bool
    ) -> "Callable[..., Any]":
        """Returns what calls `function` in a span, which ends with what it returns or awaits.

        The span of a stream is ended by `end_stream`.
        """

        def call(*arguments: object, **keywords: object) -> object:
            span = self._attempt(self._begin, name, arguments)
            if span is None:
                return function(*arguments, **keywords)
            try:
                value = function(*arguments, **keywords)
            except BaseException as error:
                failure = error
            else:
                if is_stream and is_streamed(type(value)):
                    self._stream_span.set(span)
                    return value
                if hasattr(type(value), "__await__"):
                    return self._awaited(span, value)
                self._attempt(self._end, span, self._record_result, value)
                return value
            # Not inside the `except` block, for the reason given in `Calls.answer`.
            try:
                self._attempt(self._end, span, self._record_exception, failure)
                raise failure
            finally:
                del failure  # it refers to this frame

        return call

    def traced_batch(
        self, function: "Callable[..., Any]", name: str, count: int
    ) -> "Callable[..., Any]":
        """As `traced`, for a function whose result is a list with that of each of `count` calls.

        Each call has its span. The first one that is recorded is current, so what the function does
        belongs to the trace of the oldest call; the spans of later calls link to it.
        """

        def call(*lists: "list[Any]", **keywords: "list[Any]") -> object:
            spans = self._begin_batch(name, list(zip(*lists)) or [()] * count)
            try:
                value = function(*lists, **keywords)
            except BaseException as error:
                failure = error
            else:
                if hasattr(type(value), "__await__"):
                    return self._awaited_batch(spans, value)
                self._end_batch(spans, value)
                return value
            try:
                self._end_batch(spans, [failure] * count)
                raise failure
            finally:
                del failure

        return call

    def end_stream(self, result: object, error: "BaseException | None", was_left: bool) -> None:
        """Ends the span of a stream, in its context. One that its consumer left has no outcome."""
        span = self._stream_span.get()
        if span is None:
            return
        self._stream_span.set(None)
        if was_left:
            self._attempt(self._end, span, _record_nothing, None)
        elif error is None:
            self._attempt(self._end, span, self._record_result, result)
        else:
            self._attempt(self._end, span, self._record_exception, error)

    async def _awaited(self, span: "Any", awaitable: "Awaitable[Any]") -> object:
        try:
            value = await awaitable
        except BaseException as error:
            failure = error
        else:
            self._attempt(self._end, span, self._record_result, value)
            return value
        try:
            self._attempt(self._end, span, self._record_exception, failure)
            raise failure
        finally:
            del failure

    async def _awaited_batch(
        self, spans: "list[Any]", awaitable: "Awaitable[list[Any]]"
    ) -> "list[Any]":
        try:
            results = await awaitable
        except BaseException as error:
            failure = error
        else:
            self._end_batch(spans, results)
            return results
        try:
            self._end_batch(spans, [failure] * len(spans))
            raise failure
        finally:
            del failure

    def close(self, in_haste: bool) -> None:
        """Sends the spans that are left, in bounded time."""
        if self._provider is None:
            return
        # In a thread, as not all versions keep to the bound: their exporters wait, and retry.
        limit = HASTY_FLUSH_LIMIT if in_haste else FLUSH_LIMIT
        flush = stdlib("threading").Thread(target=self._flush, args=(limit,), daemon=True)
        self._attempt(flush.start)
        self._attempt(flush.join, limit)

    def _flush(self, limit: float) -> None:
        self._attempt(self._provider.force_flush, int(limit * 1000))

    def _begin(self, name: str, arguments: "Arguments") -> "Any":
        """Starts the span of a call and makes it current; None for a call that gets none."""
        span, context = self._start(name, arguments, ())
        if span is not None:
            # Never detached: each call has a context of its own.
            self._context.attach(context)
        return span

    def _begin_batch(self, name: str, calls: "list[Arguments]") -> "list[Any]":
        """Starts the spans of several calls, and makes one of them current."""
        spans = []
        links: Sequence[Any] = ()  # to the first one that is recorded
        current = None
        for arguments in calls:
            started = self._attempt(self._start, name, arguments, links)
            span, context = started or (None, None)
            if span is not None and not links:
                links = self._attempt(self._links_to, span) or ()
                if links or current is None:
                    current = context
            spans.append(span)
        # Not before all have their parent, which may be the current one.
        if current is not None:
            self._attempt(self._context.attach, current)
        return spans

    def _links_to(self, span: "Any") -> "list[Any]":
        return [self._trace.Link(span.get_span_context())] if span.is_recording() else []

    def _start(
        self, name: str, arguments: "Arguments", links: "Sequence[Any]"
    ) -> "Tuple[Any, Any]":
        """Returns the span of a call, and the context with it; None twice if it gets none."""
        parent = self._parent(arguments)
        if parent is None:
            return None, None
        span = self._tracer.start_span(
            f"python {span_text.cut(name)}",
            context=parent,
            kind=self._trace.SpanKind.CLIENT,
            attributes=self._plugin.request_attributes(name, arguments),
            links=links,
        )
        return span, self._trace.set_span_in_context(span, parent)

    def _parent(self, arguments: "Arguments") -> "Any":
        """The context of a call's span; None for a call that gets none."""
        caller = self._trace.get_current_span(
            self._extract(self._plugin.trace_context(arguments), self._context.Context())
        )
        if caller.get_span_context().is_valid:
            return self._trace.set_span_in_context(caller)
        # The collector of a caller that traces knows that caller's traces only; the script's may
        # want all spans.
        return self._context.get_current() if self._provider is None else None

    def _end_batch(self, spans: "list[Any]", outcomes: "list[Any]") -> None:
        for span, outcome in zip(spans, outcomes):
            if span is not None:
                is_exception = isinstance(outcome, BaseException)
                record = self._record_exception if is_exception else self._record_result
                self._attempt(self._end, span, record, outcome)

    def _end(self, span: "Any", record: "Callable[[Any, Any], None]", outcome: object) -> None:
        if not self._forks.mark[0]:
            return  # it is the parent's span
        try:
            if span.is_recording():
                record(span, outcome)
        finally:
            span.end()

    def _record_result(self, span: "Any", result: object) -> None:
        span.set_attributes(self._plugin.result_attributes(result))
        error = self._plugin.result_error(result)
        if error is None:
            span.set_status(self._trace.Status(self._trace.StatusCode.OK))
        else:
            self._fail(span, "provider_error", error)

    def _record_exception(self, span: "Any", error: BaseException) -> None:
        # Not by `record_exception`, which fails for an exception whose `str()` fails.
        attributes = span_text.of_exception(error)
        span.add_event("exception", attributes)
        self._fail(span, attributes["exception.type"], attributes["exception.message"])

    def _fail(self, span: "Any", kind: str, message: str) -> None:
        span.set_attribute("error.type", kind)
        span.set_status(self._trace.Status(self._trace.StatusCode.ERROR, message))

    def _attempt(self, step: "Callable[..., Result]", *args: "Any") -> "Result | None":
        """What `step` returns; None, and one warning in the worker's life, if it fails."""
        try:
            return step(*args)
        except Exception as error:
            if not self._warned:
                self._warned = True
                self._warn(f"A span may be lost: {_summary(error)}")
            return None


def _record_nothing(_span: "Any", _outcome: object) -> None:
    pass


def _new_provider(attempt: "Callable[..., Any]") -> "Any":
    """A provider as the environment's OTEL_... variables say, that no call waits for."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExportResult

    class Exporter(OTLPSpanExporter):  # type: ignore[misc]  # a class of an untyped package
        def export(self, spans: "Any") -> "Any":
            # Some versions would log a traceback for each batch that finds no collector.
            result = attempt(super().export, spans)
            return SpanExportResult.FAILURE if result is None else result

    delay = None if "OTEL_BSP_SCHEDULE_DELAY" in os.environ else SCHEDULE_DELAY
    # Its own hook at exit would wait as long as the exporter tries.
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(Exporter(), schedule_delay_millis=delay))
    return provider


def _summary(error: BaseException) -> str:
    # By `describe`, which nothing can prevent: the error may be the script's, from its result.
    details: Dict[str, str] = describe(error, MAX_REASON)
    return f"{details['type']}: {details['message']}"
