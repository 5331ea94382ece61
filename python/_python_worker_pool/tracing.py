"""A span for each call, under the span of its caller, by the user's OpenTelemetry.

Imported only where calls are to be traced. What fails in here costs spans, never a call.
"""

import os
import sys

from . import span_attributes
from .raised import describe
from .stdlib import stdlib

TRACER = "promptfoo.python.provider"
SCHEDULE_DELAY = 500  # milliseconds that a span may wait for others to be sent with
LONGEST_REASON = 1 << 16  # bytes of JSON for all that is told of a failure
FLUSH_LIMIT = 1.0  # seconds that the last spans have to be sent, when the worker ends
HASTY_FLUSH_LIMIT = 0.1

_PACKAGES = "opentelemetry-sdk opentelemetry-exporter-otlp-proto-http"


def start(forks, warn):
    """Returns what traces calls, or None, and a warning that says why.

    To be called when the script is loaded: it may have set up OpenTelemetry.
    """
    try:
        return Tracing(forks, warn), None
    except ImportError as error:
        return None, (
            f"Calls are not traced: {error}. Install OpenTelemetry with "
            f"`{sys.executable} -m pip install {_PACKAGES}`, or switch tracing off: "
            "`tracing: false` in the options, or no PROMPTFOO_ENABLE_OTEL in the environment."
        )
    except Exception as error:
        return None, f"Calls are not traced: OpenTelemetry can not be set up: {_told(error)}"


class Tracing:
    def __init__(self, forks, warn):
        from opentelemetry import context, trace
        from opentelemetry.trace.propagation import tracecontext

        self._forks = forks
        self._warn = warn
        self._warned = False
        self._context = context
        self._trace = trace
        self._extract = tracecontext.TraceContextTextMapPropagator().extract
        # None where the script has set up a provider of its own, which is the script's to end.
        self._provider = None
        if isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
            self._provider = _new_provider(self._attempt)
            trace.set_tracer_provider(self._provider)
        self._tracer = trace.get_tracer(TRACER)

    def traced(self, function, name, wait_for):
        """Returns what calls `function` in a span; that waits for its awaitables by `wait_for`."""

        def call(*arguments):
            span = self._attempt(self._begin, name, arguments)
            if span is None:
                return function(*arguments)
            try:
                value = function(*arguments)
                if hasattr(type(value), "__await__"):
                    value = wait_for(value)
            except BaseException as error:
                failure = error
            else:
                self._attempt(self._end, span, self._tell_result, value)
                return value
            # Not while it is being handled, for the reason that `Calls.answer` has.
            try:
                self._attempt(self._end, span, self._tell_error, failure)
                raise failure
            finally:
                del failure  # it refers to this frame

        return call

    def close(self, in_haste):
        """Sends the spans that are left, in bounded time."""
        if self._provider is None:
            return
        # In a thread, as not all versions keep to the bound: their exporters wait, and try again.
        limit = HASTY_FLUSH_LIMIT if in_haste else FLUSH_LIMIT
        flush = stdlib("threading").Thread(target=self._flush, args=(limit,), daemon=True)
        self._attempt(flush.start)
        self._attempt(flush.join, limit)

    def _flush(self, limit):
        self._attempt(self._provider.force_flush, int(limit * 1000))

    def _begin(self, name, arguments):
        """Starts the span of a call and makes it current; None for a call that gets none."""
        parent = self._parent(arguments)
        if parent is None:
            return None
        span = self._tracer.start_span(
            f"python {span_attributes.text(name)}",
            context=parent,
            kind=self._trace.SpanKind.CLIENT,
            attributes=span_attributes.of_request(name, arguments),
        )
        # Never detached: each call has a context of its own.
        self._context.attach(self._trace.set_span_in_context(span, parent))
        return span

    def _parent(self, arguments):
        """The context of a call's span; None for a call that gets none."""
        caller = self._trace.get_current_span(
            self._extract(_carrier(arguments), self._context.Context())
        )
        if caller.get_span_context().is_valid:
            return self._trace.set_span_in_context(caller)
        # A collector of promptfoo's knows only traces of promptfoo's; the script's may want all.
        return self._context.get_current() if self._provider is None else None

    def _end(self, span, tell, outcome):
        if self._forks.in_child:
            return  # it is the parent's span
        try:
            if span.is_recording():
                tell(span, outcome)
        finally:
            span.end()

    def _tell_result(self, span, result):
        span.set_attributes(span_attributes.of_result(result))
        error = span_attributes.error_of(result)
        if error is None:
            span.set_status(self._trace.Status(self._trace.StatusCode.OK))
        else:
            self._fail(span, "provider_error", error)

    def _tell_error(self, span, error):
        # Not by `record_exception`, which fails for an exception whose text can not be had.
        attributes = span_attributes.of_exception(error)
        span.add_event("exception", attributes)
        self._fail(span, attributes["exception.type"], attributes["exception.message"])

    def _fail(self, span, kind, message):
        span.set_attribute("error.type", kind)
        span.set_status(self._trace.Status(self._trace.StatusCode.ERROR, message))

    def _attempt(self, step, *args):
        """What `step` returns; None, and one warning in the worker's life, when it fails."""
        try:
            return step(*args)
        except Exception as error:
            if not self._warned:
                self._warned = True
                self._warn(f"A span may be lost: {_told(error)}")
            return None


def _new_provider(attempt):
    """A provider as the environment's OTEL_... variables say, that no call waits for."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExportResult

    class Exporter(OTLPSpanExporter):
        def export(self, spans):
            # Some versions would log a traceback for each batch that finds no collector.
            result = attempt(super().export, spans)
            return SpanExportResult.FAILURE if result is None else result

    delay = None if "OTEL_BSP_SCHEDULE_DELAY" in os.environ else SCHEDULE_DELAY
    # Its own hook at exit would wait as long as the exporter tries.
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(Exporter(), schedule_delay_millis=delay))
    return provider


def _told(error):
    # Whatever it does to prevent it: it may be the script's, from within its result.
    details = describe(error, LONGEST_REASON)
    return f"{details['type']}: {details['message']}"


def _carrier(arguments):
    """The W3C trace context that promptfoo puts into its third argument."""
    context = arguments[2] if len(arguments) > 2 else None
    if not isinstance(context, dict):
        return {}
    headers = {name: context.get(name) for name in ("traceparent", "tracestate")}
    return {name: value for name, value in headers.items() if isinstance(value, str)}
