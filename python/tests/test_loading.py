"""Loading the script: names, failures, what its code finds around it."""

import os
import sys
import unittest

from .client import WorkerTest


class Inspect(WorkerTest):
    def test_pythoninspect_shows_nothing_of_ours(self):
        code = """
            import atexit
            atexit.register(print, "at exit")
            def f(): return 1
            """
        for options in ({"env": {**os.environ, "PYTHONINSPECT": "1"}}, {"python_args": ("-i",)}):
            worker = self.ready(code, **options)
            self.assertEqual(worker.result("f"), 1)
            self.assertEqual(worker.end(), 0)
            self.assertEqual((worker.stdout(), worker.stderr()), ("at exit\n", ""))

            worker = self.start("raise ValueError", name="fails.py", **options)
            self.assertEqual(worker.init().kind, "LOAD_FAILED")
            self.assertEqual(worker.wait(), 1)
            self.assertEqual(worker.stderr(), "")


class Failing(WorkerTest):
    def failure(self, code, **options):
        worker = self.start(code, **options)
        frame = worker.init()
        self.assertEqual(frame.kind, "LOAD_FAILED")
        self.assertIsNone(worker.receive())
        self.assertEqual(worker.wait(), 1)
        return frame.value

    def test_an_exception_has_the_users_traceback(self):
        details = self.failure("def f(): raise ValueError('no')\nf()\n")
        self.assertEqual(details["type"], "ValueError")
        self.assertEqual(details["message"], "no")
        self.assertIsNone(details["missing"])
        self.assertIn("in f", details["traceback"])
        self.assertTrue(details["traceback"].endswith("ValueError: no\n"))
        self.assertNotIn("_python_worker_pool", details["traceback"])
        self.assertNotIn("frozen importlib", details["traceback"])

    def test_a_syntax_error_points_at_the_line(self):
        details = self.failure("x = (\n")
        self.assertEqual(details["type"], "SyntaxError")
        self.assertIn("provider.py", details["traceback"])

    def test_a_missing_module_is_named(self):
        self.assertEqual(self.failure("import not_there.sub")["missing"], "not_there")
        self.assertIsNone(self.failure("from os import not_there")["missing"])

    def test_exits_are_failures_also_with_code_0(self):
        self.assertEqual(self.failure("import sys; sys.exit(0)")["type"], "SystemExit")
        self.assertEqual(self.failure("raise KeyboardInterrupt")["type"], "KeyboardInterrupt")

    def test_a_script_that_is_not_there_is_named(self):
        worker = self.start("")
        os.remove(worker.script)
        details = worker.init().value
        self.assertEqual(details["type"], "FileNotFoundError")
        self.assertEqual(details["message"], f"the Python script does not exist: {worker.script}")


class Names(WorkerTest):
    def test_names_of_the_standard_library_and_odd_names_work(self):
        for file in (
            "json.py",
            "asyncio.py",
            "sys.py",
            "traceback.py",
            "contextvars.py",
            "test.py",
            "my-provider.v2.py",
            "with space, ü 😀 |.py",
            "__init__.py",
            "no_suffix",
            "_python_worker_pool.py",
        ):
            with self.subTest(file):
                worker = self.ready(
                    "def ok(): return __file__\n"
                    "def fail(): return [][1]\n"
                    "async def coro(): return {1}\n"
                    "def bad(): return object()\n",
                    os.path.join(file.replace(".", "_"), file),
                )
                self.assertEqual(worker.result("ok"), worker.script)
                self.assertEqual(worker.call("fail").value["type"], "IndexError")
                self.assertEqual(worker.result("coro"), [1])
                self.assertEqual(worker.call("bad").kind, "NOT_SERIALIZABLE")
                stem = file[:-3] if file.endswith(".py") else file
                message = worker.call("nope").value["message"]
                self.assertIn(f"not found in module '{stem}'", message)
                self.assertEqual(worker.end(), 0)

    def test_our_late_imports_ignore_the_scripts_folder(self):
        for name in ("json", "traceback", "asyncio", "tokenize", "linecache", "difflib", "logging"):
            self.write(f"{name}.py", "mine = True")
        worker = self.ready(
            """
            import json, tokenize, traceback, asyncio, logging
            def mine(): return json.mine and tokenize.mine and asyncio.mine
            def fail(): return [][1]
            async def coro(): return 5
            """
        )
        self.assertIs(worker.result("mine"), True)
        self.assertIn("IndexError", worker.call("fail").value["traceback"])
        self.assertEqual(worker.result("coro"), 5)
        self.assertEqual(worker.call("min").kind, "FUNCTION_NOT_FOUND")
        self.assertIs(worker.result("mine"), True)
        self.assertEqual(worker.end(), 0)
        self.assertEqual(worker.stderr(), "")

    def test_the_module_is_a_module_like_any_other(self):
        self.write("helper.py", "value = 7")
        self.write("data.txt", "data")
        worker = self.ready(
            """
            from __future__ import annotations
            import dataclasses, os, pickle, sys
            import helper

            @dataclasses.dataclass
            class Point:
                x: int
                y: "int" = 2

            def check():
                assert pickle.loads(pickle.dumps(Point(1))) == Point(1)
                assert __name__ == "provider" and sys.modules["provider"].check is check
                assert sys.argv == [__file__] and os.path.isabs(__file__)
                assert sys.path[0] == os.path.dirname(__file__)
                assert not any("python_worker_pool" in path for path in sys.path)
                assert not os.path.exists(os.path.join(sys.path[0], "start.py"))
                with open(os.path.join(os.path.dirname(__file__), "data.txt")) as file:
                    return [helper.value, file.read(), Point(1)]
            """
        )
        self.assertEqual(worker.result("check"), [7, "data", {"x": 1, "y": 2}])

    def test_our_folder_is_not_importable(self):
        for args in ((), ("-I",)):
            worker = self.ready(
                """
                def find():
                    import importlib.util
                    return [importlib.util.find_spec(n) is None for n in ("start", "guardian")]
                """,
                python_args=args,
            )
            self.assertEqual(worker.result("find"), [True, True])

    def test_multiprocessing_finds_the_scripts_functions(self):
        for file in ("provider.py", "queue.py", "my-provider.v2.py"):
            with self.subTest(file):
                worker = self.ready(
                    """
                    import multiprocessing
                    def double(x): return x * 2
                    def run(method):
                        with multiprocessing.get_context(method).Pool(1) as pool:
                            return pool.map(double, [1, 2])
                    """,
                    os.path.join(file[:-3], file),
                )
                for method in ("spawn", "fork", "forkserver"):
                    self.assertEqual(worker.result("run", method), [2, 4])
                self.assertEqual(worker.end(), 0)


class Around(WorkerTest):
    def test_the_script_may_do_anything_to_its_streams_while_loading(self):
        worker = self.ready(
            r"""
            import os, sys
            assert sys.stdin.read() == ""
            try: input()
            except EOFError: pass
            print("é half a line", end="")
            os.write(1, b"raw\n")
            sys.stdout.write("x" * 10_000_000)
            sys.stdout = None
            def call(): return "fine"
            """
        )
        self.assertEqual(worker.result("call"), "fine")
        self.assertIn("é half a line", worker.stdout())
        self.assertEqual(worker.end(), 0)

    def test_streams_are_utf8_whatever_the_locale(self):
        env = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
        env.pop("PYTHONIOENCODING", None)
        worker = self.ready(
            r"""
            import sys
            def say():
                print("é€😀\ud800")
                print("é€😀\ud800", file=sys.stderr)
                assert sys.stdout is sys.__stdout__
            """,
            env=env,
        )
        worker.result("say")
        self.assertEqual(worker.stdout(), "é€😀\\ud800\n")
        self.assertEqual(worker.stderr(), "é€😀\\ud800\n")

    def test_start_up_noise_is_not_taken_for_frames(self):
        self.write("sitecustomize.py", "print('noise before anything else', flush=True)")
        worker = self.ready("def call(): return 1", env={**os.environ, "PYTHONPATH": self.folder})
        self.assertEqual(worker.result("call"), 1)

    @unittest.skipIf(sys.implementation.name != "cpython", "others have no _json")
    def test_nothing_expensive_is_imported_before_the_script(self):
        worker = self.ready(
            "import sys\nloaded = sorted(sys.modules)\ndef get(): return loaded",
            python_args=("-S",),
        )
        costly = {"json", "re", "signal", "enum", "traceback", "asyncio", "logging", "types"}
        self.assertEqual(costly.intersection(worker.result("get")), set())
