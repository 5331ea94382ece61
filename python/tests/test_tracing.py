"""Tracing where OpenTelemetry is missing or fails, and a span's contents; Jest has real spans."""

import os
import unittest

from _python_worker_pool import span_text
from promptfoo_hooks import span_attributes

from .client import WorkerTest

MISSING = "raise ModuleNotFoundError(\"No module named 'opentelemetry'\")"

# As little of OpenTelemetry as it takes to reach the call of `start_span`, which fails.
BROKEN = {
    "__init__.py": "",
    "context.py": "Context = dict",
    "trace/__init__.py": """
        class ProxyTracerProvider: pass
        class SpanKind: CLIENT = 3
        class Caller:
            is_valid = True
            def get_span_context(self): return self
        class Tracer:
            def start_span(self, *args, **kwargs): raise OSError("out of spans")
        get_tracer_provider = object
        get_tracer = lambda name: Tracer()
        get_current_span = lambda context: Caller()
        set_span_in_context = lambda span: {}
    """,
    "trace/propagation/__init__.py": "",
    "trace/propagation/tracecontext.py": """
        class TraceContextTextMapPropagator:
            def extract(self, carrier, context): return context
    """,
}


class Notice(WorkerTest):
    CODE = """
        import sys
        def tracing(): return "_python_worker_pool.tracing" in sys.modules
    """

    def begun(self, tracing=-1, wish=None):
        """A worker without OpenTelemetry, and the warning it begins with."""
        self.write("opentelemetry.py", MISSING)
        env = {**os.environ, "PROMPTFOO_ENABLE_OTEL": wish or ""}
        worker = self.start(self.CODE, tracing=tracing, env=env)
        ready = worker.init()
        self.assertEqual(ready.kind, "READY", ready.payload)
        return worker, ready.value["warning"]

    def test_missing_packages_are_a_warning_that_says_what_to_do(self):
        worker, warning = self.begun(tracing=1)
        self.assertIn("Calls are not traced: No module named 'opentelemetry'.", warning)
        self.assertIn(" -m pip install opentelemetry-sdk ", warning)
        self.assertIn("`tracing: false`", warning)
        self.assertIs(worker.result("tracing"), True)
        self.assertEqual(worker.end(), 0)
        self.assertEqual(worker.stderr(), "")

    def test_the_environment_decides_where_the_option_is_left_out(self):
        for wish in ("true", "1", "yes", "TRUE", "Yes"):
            self.assertIsNotNone(self.begun(wish=wish)[1], wish)
        for wish in (None, "false", "0", "on"):
            worker, warning = self.begun(wish=wish)
            self.assertIsNone(warning, wish)
            self.assertIs(worker.result("tracing"), False)

    def test_the_option_decides_before_the_environment(self):
        self.assertIsNone(self.begun(tracing=0, wish="true")[1])
        self.assertIsNotNone(self.begun(tracing=1, wish="false")[1])

    def test_packages_that_do_not_work_are_a_warning(self):
        self.write("opentelemetry.py", 'raise TypeError("Descriptors cannot be created")')
        worker = self.start("def one(): return 1", tracing=1)
        warning = worker.init().value["warning"]
        self.assertIn("cannot be set up: TypeError: Descriptors cannot be created", warning)
        self.assertEqual(worker.result("one"), 1)


class Failure(WorkerTest):
    def test_a_span_that_fails_costs_no_call_and_is_reported_once(self):
        for name, code in BROKEN.items():
            self.write(f"opentelemetry/{name}", code)
        worker = self.ready(
            """
            def echo(value): return value
            async def later(value): return value
            def fail(): raise ValueError("mine")
            """,
            tracing=1,
        )
        self.assertEqual(worker.result("echo", 1), 1)
        self.assertEqual(worker.result("later", 2), 2)
        self.assertEqual(worker.call("fail").value["message"], "mine")
        self.assertEqual(worker.end(), 0)
        [record] = [frame.value for frame in worker.logs]
        self.assertEqual(record["level"], "warn")
        self.assertEqual(record["message"], "A span may be lost: OSError: out of spans")


# As little of it as it takes to have spans, which print how they end.
RECORDING = {
    **BROKEN,
    "context.py": "Context = dict\ndef attach(context): pass",
    "trace/__init__.py": """
        class ProxyTracerProvider: pass
        class SpanKind: CLIENT = 3
        class StatusCode: OK, ERROR = "ok", "error"
        def Status(code, text=""): return f"{code} {text}"
        class Caller:
            is_valid = True
            def get_span_context(self): return self
        class Span:
            status = "left"
            def is_recording(self): return True
            def set_attributes(self, attributes): pass
            def set_attribute(self, name, value): pass
            def add_event(self, name, attributes): pass
            def set_status(self, status): self.status = status
            def end(self): print("span ended:", self.status.strip())
        class Tracer:
            def start_span(self, *args, **kwargs): return Span()
        get_tracer_provider = object
        get_tracer = lambda name: Tracer()
        get_current_span = lambda context: Caller()
        set_span_in_context = lambda span, parent=None: {}
    """,
}


class Streams(WorkerTest):
    def test_a_span_lasts_as_long_as_its_stream(self):
        for name, code in RECORDING.items():
            self.write(f"opentelemetry/{name}", code)
        code = """
            def gen(fails):
                yield 1
                print("item")
                yield 2
                if fails: raise ValueError("no")
            async def agen(fails):
                for item in gen(fails): yield item
            async def later(fails): return gen(fails)
            def value(fails): return fails
            async def value_later(fails): return fails
        """
        for mode in ({}, {"concurrency": 4}, {"threads": 2}):
            worker = self.ready(code, tracing=1, named_cancels=True, **mode)
            for function in ("gen", "agen", "later"):
                with self.subTest(mode=mode, function=function):
                    self.assertEqual(worker.stream(function, False)[0], [1, 2])
                    self.assertEqual(self.printed(worker), "item\nspan ended: ok\n")
                    self.assertEqual(worker.stream(function, True)[1].kind, "RAISED")
                    self.assertEqual(self.printed(worker), "item\nspan ended: error no\n")
                    call = worker.submit_stream(function, False, window=1)
                    self.assertEqual(worker.receive().value, 1)
                    worker.cancel(call)
                    self.assertEqual(worker.receive().kind, "RAISED")
                    self.assertEqual(self.printed(worker), "span ended: left\n")
            for function in ("value", "value_later"):
                self.assertEqual(worker.stream(function, 5)[1].value, 5)
                self.assertEqual(self.printed(worker), "span ended: ok\n")
            self.assertEqual(worker.call("gen", 5).kind, "NOT_SERIALIZABLE")
            self.assertEqual(self.printed(worker), "span ended: ok\n")

    def printed(self, worker):
        text = "".join(text for _, _, text in worker.printed)
        worker.printed.clear()
        return text


class Attributes(unittest.TestCase):
    def test_of_a_request_of_promptfoo(self):
        config = {"model": "m-1", "temperature": 0.5, "max_tokens": 10, "stop": ["a", "b"]}
        context = {"evaluationId": "e", "testCaseId": "t", "testIdx": 0, "prompt": {"label": "p"}}
        attributes = span_attributes.of_request(
            "call_api", ("hi", {"id": "python:a.py", "config": config}, context)
        )
        self.assertEqual(
            attributes,
            {
                "promptfoo.provider.type": "python",
                "promptfoo.provider.function": "call_api",
                "promptfoo.provider.id": "python:a.py",
                "promptfoo.provider.model": "m-1",
                "promptfoo.request.body": "hi",
                "promptfoo.eval.id": "e",
                "promptfoo.test.id": "t",
                "promptfoo.test.index": 0,
                "promptfoo.prompt.label": "p",
                "gen_ai.operation.name": "chat",
                "gen_ai.request.model": "m-1",
                "gen_ai.request.temperature": 0.5,
                "gen_ai.request.max_tokens": 10,
                "gen_ai.request.stop_sequences": ["a", "b"],
            },
        )

    def test_what_is_not_of_its_type_is_left_out(self):
        plain = span_attributes.of_request("f", ())
        strange = {"config": {"model": {}, "temperature": "hot", "max_tokens": 2**63, "stop": [1]}}
        for arguments in (
            (1, strange, []),
            ([], "options", {"prompt": "p", "testIdx": True}),
            (None, None, None, "more"),
        ):
            self.assertEqual(span_attributes.of_request("f", arguments), plain)
        for result in (None, 5, "text", [], {}, {"tokenUsage": 5, "cached": "yes", "output": None}):
            self.assertEqual(span_attributes.of_result(result), {})

    def test_of_a_result(self):
        usage = {"total": 7, "prompt": 3, "completion": 4, "completionDetails": {"reasoning": 2}}
        result = {"output": "hi", "tokenUsage": usage, "cached": False, "finishReason": "stop"}
        self.assertEqual(
            span_attributes.of_result(result),
            {
                "promptfoo.response.body": "hi",
                "promptfoo.cache_hit": False,
                "promptfoo.usage.total_tokens": 7,
                "gen_ai.usage.input_tokens": 3,
                "gen_ai.usage.output_tokens": 4,
                "gen_ai.usage.reasoning.output_tokens": 2,
                "gen_ai.response.finish_reasons": ["stop"],
            },
        )

    def test_the_error_of_a_result(self):
        self.assertEqual(span_attributes.error_of({"error": "no key"}), "no key")
        self.assertEqual(span_attributes.error_of({"error": {"code": 5}}), "{'code': 5}")
        for result in ({"error": None}, {"error": ""}, {}, None, "error"):
            self.assertIsNone(span_attributes.error_of(result))

    def body(self, output):
        return span_attributes.of_result({"output": output}).get("promptfoo.response.body")

    def test_an_output_that_is_no_string_is_its_json(self):
        self.assertEqual(self.body({"a": [1, "ä"]}), '{"a": [1, "ä"]}')
        self.assertEqual(self.body([b"binary"]), '["<bytes>"]')
        self.assertEqual(self.body({1}), "[1]")
        self.assertIsNone(self.body({"of no type": object()}))
        cycle = []
        cycle.append(cycle)
        self.assertIsNone(self.body(cycle))

    def test_texts_are_cut_and_can_be_encoded(self):
        cut = span_attributes.cut("x" * 5000)
        self.assertEqual((len(cut), cut[-16:]), (4096, "x... [truncated]"))
        self.assertEqual(span_attributes.cut("x" * 4096), "x" * 4096)
        self.assertEqual(span_attributes.cut("a\ud800b"), "a?b")

    def test_no_more_of_a_large_output_is_encoded_than_is_shown(self):
        seen = []

        class Watched(dict):
            def items(self):
                seen.append(1)
                return super().items()

        self.assertEqual(len(self.body([Watched(a="b" * 100) for _ in range(10_000)])), 4096)
        self.assertLess(len(seen), 100)

    def test_an_exception_without_a_text_is_recorded_all_the_same(self):
        class Mute(Exception):
            def __str__(self):
                raise RuntimeError

        attributes = span_text.of_exception(Mute())
        self.assertEqual(attributes["exception.message"], "<exception str() failed>")
        self.assertIn("Mute", attributes["exception.type"])
