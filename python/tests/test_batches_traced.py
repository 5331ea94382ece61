"""The spans of batches: one for each call."""

from .batches import BatchTest
from .test_tracing import RECORDING

# Spans are named after their parent. They tell of their links when they begin, and of their ends.
NAMED = {
    **RECORDING,
    "context.py": """
        import contextvars
        Context = dict
        current = contextvars.ContextVar("current", default={})
        get_current = current.get
        attach = current.set
    """,
    "trace/__init__.py": """
        class ProxyTracerProvider: pass
        class SpanKind: CLIENT = 3
        class StatusCode: OK, ERROR = "ok", "error"
        def Status(code, text=""): return f"{code} {text}".strip()
        def Link(context): return context
        class Span:
            is_valid = True
            def __init__(self, name, links):
                self.name, self.status = name, "no status"
                print("began", name, *links)
            def get_span_context(self): return self
            def __str__(self): return self.name
            def is_recording(self): return not self.name.startswith("unsampled")
            def set_attributes(self, attributes): pass
            def set_attribute(self, name, value): pass
            def add_event(self, name, attributes): pass
            def set_status(self, status): self.status = status
            def end(self): print("ended", self.name, self.status)
        class Caller:
            def __init__(self, name):
                self.name = name
                self.is_valid = name is not None
            def get_span_context(self): return self
        class Tracer:
            def start_span(self, name, context, kind, attributes, links):
                parent = context.get("span")
                return Span(f"{parent.name if parent else ''}/", links)
        get_tracer_provider = object
        get_tracer = lambda name: Tracer()
        def get_current_span(context): return context.get("span") or Caller(context.get("caller"))
        def set_span_in_context(span, parent=None): return {"span": span}
    """,
    "trace/propagation/tracecontext.py": """
        class TraceContextTextMapPropagator:
            def extract(self, carrier, context): return {"caller": carrier.get("traceparent")}
    """,
}

CODE = """
    import asyncio, sys
    from opentelemetry import context
    def current(): return context.get_current()["span"].name
    def run(prompts, options, contexts):
        if prompts[0] == "raise": raise ValueError("no")
        if prompts[0] == "short": return []
        return [KeyError("k") if one == "fail" else current() for one in prompts]
    async def run_later(prompts, options, contexts):
        await asyncio.sleep(0)
        return run(prompts, options, contexts)
    def run_by_name(prompts): return [current()] * len(prompts)
"""


class Traced(BatchTest):
    def traced_hosts(self):
        for name, code in NAMED.items():
            self.write(f"opentelemetry/{name}", code)
        return self.hosts(CODE, tracing=1)

    def call(self, prompt, caller):
        return [prompt, {}, {"traceparent": caller} if caller else {}]

    def lines(self, host):
        text = "".join(text for _, _, text in host.worker.printed)
        host.worker.printed.clear()
        return text.splitlines()

    def test_each_call_has_one_under_its_caller_and_the_first_is_current(self):
        for host in self.traced_hosts():
            for name in ("run", "run_later"):
                calls = [self.call("p", caller) for caller in ("a", "b", "c")]
                self.assertEqual(host.results(name, *calls), ["a/"] * 3)
                began = ["began a/", "began b/ a/", "began c/ a/"]
                ended = ["ended a/ ok", "ended b/ ok", "ended c/ ok"]
                self.assertEqual(self.lines(host), began + ended)

    def test_the_first_one_that_is_recorded_is_current(self):
        for host in self.traced_hosts():
            calls = [self.call("p", caller) for caller in ("unsampled", "b", "c")]
            self.assertEqual(host.results("run", *calls), ["b/"] * 3)
            self.assertEqual(self.lines(host)[:3], ["began unsampled/", "began b/", "began c/ b/"])
            calls = [self.call("p", "unsampled"), self.call("p", "unsampled too")]
            self.assertEqual(host.results("run", *calls), ["unsampled/"] * 2)

    def test_each_ends_as_its_call_does(self):
        for host in self.traced_hosts():
            for name in ("run", "run_later"):
                one, failed, two = host.run(
                    name, self.call("p", "a"), self.call("fail", "b"), self.call("p", "c")
                )
                self.assertEqual([one.value, failed.kind, two.value], ["a/", "RAISED", "a/"])
                ended = ["ended a/ ok", "ended b/ error 'k'", "ended c/ ok"]
                self.assertEqual(self.lines(host)[3:], ended)

    def test_all_end_with_the_exception_of_the_whole(self):
        for host in self.traced_hosts():
            for name in ("run", "run_later"):
                for prompt, message in (
                    ("raise", "no"),
                    ("short", f"{name}() ran for a batch of 2"),
                ):
                    frames = host.run(name, self.call(prompt, "a"), self.call("p", "b"))
                    self.assertEqual([frame.kind for frame in frames], ["RAISED"] * 2)
                    self.assertNotIn("_python_worker_pool", frames[0].value["traceback"])
                    for line, span in zip(self.lines(host)[2:], "ab"):
                        self.assertTrue(line.startswith(f"ended {span}/ error {message}"), line)

    def test_a_call_without_a_caller_is_no_child_of_another_in_its_batch(self):
        for host in self.traced_hosts():
            calls = [self.call("p", caller) for caller in ("a", None, None)]
            self.assertEqual(host.results("run", *calls), ["a/"] * 3)
            self.assertEqual(self.lines(host)[:3], ["began a/", "began / a/", "began / a/"])
            calls = [{"keywords": {"prompts": number}} for number in range(2)]
            self.assertEqual(host.results("run_by_name", *calls), ["/", "/"])
            self.assertEqual(self.lines(host)[:2], ["began /", "began / /"])
            self.assertEqual(host.worker.logs, [])
