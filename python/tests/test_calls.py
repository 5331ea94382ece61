"""Calls that succeed: arguments, functions, results."""

from .client import WorkerTest

# The bytes around a long string: JSON with its placeholder, the prefix, encoding and length.
FIELDS = (4 + 35) + (4 + 32) + (1 + 4)


class Calls(WorkerTest):
    def test_arguments_and_result_cross(self):
        worker = self.ready("def echo(*args): return list(args)")
        args = [
            None,
            True,
            1,
            2**70,
            -0.0,
            1.5e300,
            "",
            "aé€😀\u2028\x00",
            [],
            {},
            {"a": [{"b": 1}]},
        ]
        self.assertEqual(worker.result("echo", *args), args)
        self.assertEqual(worker.end(), 0)

    def test_lone_surrogates_cross(self):
        worker = self.ready(r"def lone(text): return [text, '\ud800', 'x\udfff' * 3]")
        self.assertEqual(worker.result("lone", "\udc00"), ["\udc00", "\ud800", "x\udfff" * 3])

    def test_large_payloads_cross(self):
        worker = self.ready("def echo(x): return x")
        for size in (0, 65535, 65536, 65537, 1 << 20, 5_000_001):
            with self.subTest(size=size):
                self.assertEqual(worker.result("echo", "é" * size), "é" * size)

    def test_dotted_names_are_attribute_chains(self):
        worker = self.ready(
            """
            class Client:
                @staticmethod
                def ask(x): return ["static", x]
                @classmethod
                def cls(cls, x): return [cls.__name__, x]
                class Inner:
                    go = len
            client = Client()
            client.bound = lambda x: ["bound", x]
            """
        )
        self.assertEqual(worker.result("Client.ask", 1), ["static", 1])
        self.assertEqual(worker.result("Client.cls", 1), ["Client", 1])
        self.assertEqual(worker.result("Client.Inner.go", "abc"), 3)
        self.assertEqual(worker.result("client.bound", 1), ["bound", 1])

    def test_keyword_arguments_reach_the_function(self):
        worker = self.ready(
            """
            def scale(x, *, n=1): return [x, n]
            async def later(x, *, n): return [x, n]
            def everything(*args, **kwargs): return [args, kwargs]
            """
        )
        self.assertEqual(worker.result_of_keywords("scale", [3], {"n": 2}), [3, 2])
        self.assertEqual(worker.result_of_keywords("later", [3], {"n": 2}), [3, 2])
        keywords = {"self": 1, "not a name": None, "callable": [2]}
        self.assertEqual(worker.result_of_keywords("everything", [], keywords), [[], keywords])
        self.assertEqual(worker.result("scale", 3), [3, 1])

    def test_functions_are_looked_up_for_each_call(self):
        worker = self.ready(
            """
            def first():
                global second
                second = lambda: "now"
            """
        )
        self.assertEqual(worker.call("second").kind, "FUNCTION_NOT_FOUND")
        worker.result("first")
        self.assertEqual(worker.result("second"), "now")

    def test_frames_that_arrive_together_are_answered_in_order(self):
        worker = self.ready("def echo(x): return x")
        ids = [worker.submit("echo", n) for n in range(300)]
        frames = [worker.receive() for _ in ids]
        self.assertEqual([frame.call_id for frame in frames], ids)
        self.assertEqual([frame.value for frame in frames], list(range(300)))

    def test_a_frame_that_arrives_in_pieces_is_one_call(self):
        worker = self.ready("def echo(x): return x")
        sent = []
        send_raw = worker.send_raw
        worker.send_raw = sent.append
        worker.submit("echo", "x" * 50)
        for byte in sent[0]:
            send_raw(bytes([byte]))
        self.assertEqual(worker.receive().value, "x" * 50)

    def test_contextvars_are_isolated_per_call(self):
        worker = self.ready(
            """
            import contextvars
            var = contextvars.ContextVar("var", default="unset")
            var.set("import")
            def sync(value):
                before = var.get(); var.set(value); return before
            async def coro(value):
                before = var.get(); var.set(value); return before
            """
        )
        for name in ("sync", "coro", "sync", "coro"):
            self.assertEqual(worker.result(name, "changed"), "import")

    def test_a_reply_above_the_limit_fails_that_call(self):
        worker = self.ready("def big(n): return 'x' * n", max_payload=1 << 20)
        frame = worker.call("big", 1 << 20)
        self.assertEqual((frame.kind, frame.value), ("TOO_LARGE", {"size": (1 << 20) + FIELDS}))
        room = (1 << 20) - FIELDS
        self.assertEqual(len(worker.result("big", room)), room)

    def test_names_of_any_length(self):
        names = ["f" * length for length in (1, 44, 45, 46, 300, 301, 301)]
        code = "\n".join(f"def {name}(value): return value" for name in sorted(set(names)))
        for first in range(len(names)):
            worker = self.ready(code)
            for name in names[first:] + names[:first]:
                self.assertEqual(worker.result(name, name), name)

    def test_memory_of_the_script_that_was_a_result_is_let_go(self):
        worker = self.ready(
            """
            buffer = bytearray(100_000)
            def data(): return buffer
            def grow():
                buffer.extend(b"x")
                return len(buffer)
            """
        )
        self.assertEqual(worker.call("data").kind, "RESULT_WITH_BUFFERS")
        self.assertEqual(worker.result("grow"), 100_001)
