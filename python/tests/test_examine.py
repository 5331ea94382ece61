"""What the doctor learns about a script."""

import os

from .client import Worker, WorkerTest

EXAMINER = os.path.join(os.path.dirname(__file__), "..", "examine.py")


class Examining(WorkerTest):
    def examine(self, code, function=None):
        path = self.write("provider.py", code)
        worker = Worker(EXAMINER)
        self.addCleanup(worker.close)
        self.assertEqual(worker.init().kind, "READY")
        return worker.result("examine", path, function)

    def test_functions_are_listed_with_their_signatures(self):
        found = self.examine(
            '''
            from json import dumps

            def call_api(prompt, options=None):
                """Answers.

                At length.
                """

            async def later(*, x): ...
            def many(): yield
            class Client: ...
            unusual = type("Unusual", (), {"__call__": lambda self, x: x, "__module__": __name__})()
            '''
        )
        described = {
            one["name"]: (one["kind"], one["signature"], one["doc"]) for one in found["functions"]
        }
        self.assertEqual(
            described,
            {
                "Client": ("class", described["Client"][1], None),
                "call_api": ("function", "(prompt, options=None)", "Answers."),
                "later": ("async function", "(*, x)", None),
                "many": ("generator", "()", None),
                "unusual": ("function", "(x)", None),
            },
        )
        self.assertGreater(found["seconds"], 0)
        self.assertIsNone(found["wrong"])

    def test_a_default_without_a_repr_is_no_obstacle(self):
        found = self.examine(
            """
            class Bad:
                def __repr__(self): raise RuntimeError
            def f(x=Bad()): ...
            def g(x="a" * 5000): ...
            """
        )
        signatures = {one["name"]: one["signature"] for one in found["functions"]}
        self.assertEqual(signatures["f"], "(...)")
        self.assertEqual(len(signatures["g"]), 1000)

    def test_a_proxy_that_raises_for_every_attribute_is_no_obstacle(self):
        code = """
            class Proxy:
                def __getattribute__(self, name): raise RuntimeError("outside of a request")
                def __call__(self): ...
            request = Proxy()
            def f(): ...
        """
        found = self.examine(code, "request")
        self.assertEqual([one["name"] for one in found["functions"]], ["Proxy", "f"])
        self.assertIsNone(found["wrong"])
        found = self.examine(code.replace("def f(): ...", "del Proxy"))
        self.assertEqual(
            found["functions"],
            [{"name": "request", "kind": "function", "signature": "(...)", "doc": None}],
        )

    def test_a_getattr_of_the_module_may_raise_anything(self):
        found = self.examine("def __getattr__(name): raise RuntimeError(name)\n", "f")
        message = "RuntimeError: f"
        self.assertEqual(found["wrong"], {"code": "ERR_PYTHON_EXCEPTION", "message": message})

    def test_a_function_that_cannot_be_called_has_a_reason(self):
        code = "def f(): yield\nx = 1\nclass K:\n    @staticmethod\n    def m(): ...\n"
        for name, expected in (
            ("f", "ERR_NOT_SERIALIZABLE"),
            ("x", "ERR_PYTHON_EXCEPTION"),
            ("y", "ERR_FUNCTION_NOT_FOUND"),
            ("K.n", "ERR_FUNCTION_NOT_FOUND"),
        ):
            self.assertEqual(self.examine(code, name)["wrong"]["code"], expected)
        self.assertIsNone(self.examine(code, "K.m")["wrong"])

    def test_an_exception_is_described_without_our_frames(self):
        found = self.examine("def f(): raise ValueError('no')\nf()\n")
        error = found["error"]
        self.assertEqual((error["type"], error["message"]), ("ValueError", "no"))
        self.assertIsNone(error["missing"])
        self.assertNotIn("examine", error["traceback"])
        self.assertNotIn("_python_worker_pool", error["traceback"])

    def test_an_exception_with_attributes_of_its_own_is_described_all_the_same(self):
        for base, body in (
            ("Exception", "__traceback__ = None"),
            ("Exception", "def __setattr__(self, name, value): raise RuntimeError"),
            ("Exception", "def __getattribute__(self, name): raise RuntimeError"),
            ("ModuleNotFoundError", "name = property(lambda self: 1 / 0)"),
        ):
            with self.subTest(body):
                error = self.examine(f"class E({base}):\n    {body}\nraise E('no')\n")["error"]
                self.assertEqual((error["type"], error["message"]), ("provider.E", "no"))
                self.assertIsNone(error["missing"])
                self.assertNotIn("examine", error["traceback"])

    def test_a_missing_module_comes_with_what_an_installation_needs(self):
        found = self.examine("import os.not_there\n")
        self.assertEqual(found["error"]["missing"], "os.not_there")
        self.assertEqual({type(value) for value in found["install"].values()}, {bool})

    def test_exits_are_failures(self):
        self.assertEqual(self.examine("raise SystemExit(0)")["error"]["type"], "SystemExit")
