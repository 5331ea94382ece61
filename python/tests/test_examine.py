"""What the doctor learns about a script."""

import os

from .client import Worker, WorkerTest

EXAMINER = os.path.join(os.path.dirname(__file__), "..", "examine.py")


class Examining(WorkerTest):
    def examine(self, code, function=None):
        path = self.write("provider.py", code)
        return self.examiner().result("examine", path, False, function)

    def examiner(self, **options):
        worker = Worker(EXAMINER, **options)
        self.addCleanup(worker.close)
        self.assertEqual(worker.init().kind, "READY")
        return worker

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

    def test_only_the_docstring_of_a_class_itself_is_shown(self):
        found = self.examine(
            '''
            import enum
            class Base:
                """Of the base."""
            class Child(Base): ...
            class Color(enum.Enum):
                """Colors."""
                RED = 1
            def f():
                """
                Indented.
                """
            '''
        )
        self.assertEqual(
            {one["name"]: one["doc"] for one in found["functions"]},
            {"Base": "Of the base.", "Child": None, "Color": "Colors.", "f": "Indented."},
        )

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
            [
                {
                    "name": "request",
                    "kind": "function",
                    "signature": "(...)",
                    "doc": None,
                    "importedFrom": None,
                }
            ],
        )

    def test_an_object_is_what_the_call_method_of_its_class_is(self):
        code = """
            from functools import partial
            class Streams:
                def __init__(self): self.__module__ = __name__
                def __call__(self): yield 1
            class StreamsLater(Streams):
                async def __call__(self): yield 1
            class Later(Streams):
                async def __call__(self): ...
            class Now(Streams):
                def __call__(self): return self.__call__
            def plain(): ...
            many, many_later, later, now = Streams(), StreamsLater(), Later(), Now()
            bound = many.__call__
        """
        kinds = {one["name"]: one["kind"] for one in self.examine(code)["functions"]}
        self.assertEqual(
            {name: kind for name, kind in kinds.items() if kind != "class"},
            {
                "many": "generator",
                "many_later": "generator",
                "later": "async function",
                "now": "function",
                "plain": "function",
                "bound": "generator",
            },
        )
        for name in ("many", "now"):
            self.assertIsNone(self.examine(code, name)["wrong"])

    def test_what_a_script_imports_is_not_its_own(self):
        self.write(
            "beside.py", "def ask(): ...\ndef _answer(): ...\ndef later(): ...\nclass Client: ...\n"
        )
        self.write("calendar.py", "def ask(): ...\n")
        for code, expected in (
            ("from json import dumps, JSONDecoder\nfrom typing import Any, List", {}),
            ("from json import dumps\nfrom beside import ask", {"ask": "beside"}),
            ("from calendar import ask", {"ask": "calendar"}),
            ("from beside import *", {"Client": "beside", "ask": "beside", "later": "beside"}),
            # The script gives these their names.
            ("from beside import _answer as call_api", {"call_api": None}),
            ("from functools import partial as _p\ncall_api = _p(int)", {"call_api": None}),
            ("from json import dumps\nencode = dumps\ndel dumps", {"encode": None}),
            ("from beside import ask\ndef own(): ...", {"own": None}),
        ):
            with self.subTest(code):
                functions = self.examine(f"{code}\n")["functions"]
                origins = {one["name"]: one["importedFrom"] for one in functions}
                self.assertEqual(origins, expected)

    def test_a_module_is_found_by_its_name(self):
        for name in ("__init__", "provider", "helper"):
            text = "from .helper import help\n" if name == "provider" else "def help(): ...\n"
            self.write(os.path.join("package", f"{name}.py"), text)
        examiner = self.examiner(cwd=self.folder)
        found = examiner.result("examine", "package.provider", True, "help")
        self.assertIsNone(found["wrong"])
        self.assertEqual(
            [(one["name"], one["importedFrom"]) for one in found["functions"]],
            [("help", "package.helper")],
        )
        missing = self.examiner(cwd=self.folder).result("examine", "package.no", True, None)
        self.assertIn("the package 'package' has no 'no'", missing["error"]["message"])

    def test_a_getattr_of_the_module_may_raise_anything(self):
        found = self.examine("def __getattr__(name): raise RuntimeError(name)\n", "f")
        message = "RuntimeError: f"
        self.assertEqual(found["wrong"], {"code": "ERR_PYTHON_EXCEPTION", "message": message})

    def test_a_function_that_cannot_be_called_has_a_reason(self):
        code = "def f(): yield\nx = 1\nclass K:\n    @staticmethod\n    def m(): ...\n"
        for name, expected in (
            ("x", "ERR_PYTHON_EXCEPTION"),
            ("y", "ERR_FUNCTION_NOT_FOUND"),
            ("K.n", "ERR_FUNCTION_NOT_FOUND"),
        ):
            self.assertEqual(self.examine(code, name)["wrong"]["code"], expected)
        for name in ("f", "K.m"):
            self.assertIsNone(self.examine(code, name)["wrong"])

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
