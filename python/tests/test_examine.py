"""What the doctor is told of a script."""

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

    def test_functions_are_told_with_their_signatures(self):
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
        told = {
            one["name"]: (one["kind"], one["signature"], one["doc"]) for one in found["functions"]
        }
        self.assertEqual(
            told,
            {
                "Client": ("class", told["Client"][1], None),
                "call_api": ("function", "(prompt, options=None)", "Answers."),
                "later": ("async function", "(*, x)", None),
                "many": ("generator", "()", None),
                "unusual": ("function", "(x)", None),
            },
        )
        self.assertGreater(found["seconds"], 0)
        self.assertIsNone(found["wrong"])

    def test_a_default_that_can_not_be_shown_is_no_obstacle(self):
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

    def test_a_function_that_can_not_be_called_says_why(self):
        code = "def f(): yield\nx = 1\nclass K:\n    @staticmethod\n    def m(): ...\n"
        for name, expected in (
            ("f", "ERR_NOT_SERIALIZABLE"),
            ("x", "ERR_PYTHON_EXCEPTION"),
            ("y", "ERR_FUNCTION_NOT_FOUND"),
            ("K.n", "ERR_FUNCTION_NOT_FOUND"),
        ):
            self.assertEqual(self.examine(code, name)["wrong"]["code"], expected)
        self.assertIsNone(self.examine(code, "K.m")["wrong"])

    def test_an_exception_is_told_without_our_frames(self):
        found = self.examine("def f(): raise ValueError('no')\nf()\n")
        error = found["error"]
        self.assertEqual((error["type"], error["message"]), ("ValueError", "no"))
        self.assertIsNone(error["missing"])
        self.assertNotIn("examine", error["traceback"])
        self.assertNotIn("_python_worker_pool", error["traceback"])

    def test_a_missing_module_comes_with_what_an_installation_needs(self):
        found = self.examine("import os.not_there\n")
        self.assertEqual(found["error"]["missing"], "os.not_there")
        self.assertEqual({type(value) for value in found["install"].values()}, {bool})

    def test_exits_are_failures(self):
        self.assertEqual(self.examine("raise SystemExit(0)")["error"]["type"], "SystemExit")
