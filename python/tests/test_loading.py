"""Loading the script: names, failures, what its code finds around it."""

import os
import subprocess
import sys
import unittest

from _python_worker_pool import protocol

from .client import Worker, WorkerTest


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
        self.assertIsNone(details["advice"])
        self.assertIn("in f", details["traceback"])
        self.assertTrue(details["traceback"].endswith("ValueError: no\n"))
        self.assertNotIn("_python_worker_pool", details["traceback"])
        self.assertNotIn("frozen importlib", details["traceback"])

    def test_a_syntax_error_points_at_the_line(self):
        details = self.failure("x = (\n")
        self.assertEqual(details["type"], "SyntaxError")
        self.assertIn("provider.py", details["traceback"])

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


class Neighbours(WorkerTest):
    """What else has the name of the script, or is beside it."""

    def test_a_package_of_the_scripts_name_can_be_imported(self):
        # The latter two hide modules of the standard library, in plain Python too.
        for stem in ("bot", "test", "this"):
            with self.subTest(stem):
                self.write(f"{stem}/{stem}/__init__.py", "")
                self.write(f"{stem}/{stem}/core.py", "x = 5")
                worker = self.ready(
                    f"""
                    import multiprocessing, pickle
                    from {stem}.core import x
                    class Point: pass
                    def double(n): return n * 2
                    def run(method):
                        assert type(pickle.loads(pickle.dumps(Point()))) is Point
                        with multiprocessing.get_context(method).Pool(1) as pool:
                            return pool.map(double, [x])
                    """,
                    f"{stem}/{stem}.py",
                )
                for method in ("spawn", "fork"):
                    self.assertEqual(worker.result("run", method), [10])
                message = worker.call("nope").value["message"]
                self.assertIn(f"not found in module '{stem}'", message)

    def test_a_folder_of_the_scripts_name_does_not_hide_it(self):
        self.write("bot/data.txt", "")
        worker = self.ready("import bot\ndef f(): return bot.__name__ + __name__", "bot.py")
        self.assertEqual(worker.result("f"), "botbot")

    def test_a_folder_without_init_is_explained(self):
        self.write("bot/core.py", "")
        frame = self.start("from bot.core import x", "bot.py").init()
        text = frame.value["advice"]["text"]
        self.assertIn(f"the folder {os.path.join(self.folder, 'bot')} has no __init__.py", text)

    def test_a_link_finds_the_neighbours_of_the_file_then_its_own(self):
        self.write(
            "real/bot.py", "from beside import name\ndef f(): return [name, other(), __file__]"
        )
        self.write("real/beside.py", "name = 'of the file'")
        self.write("link/beside.py", "name = 'of the link'")
        self.write("link/only.py", "name = 'of the link'")
        os.symlink("../real/bot.py", os.path.join(self.folder, "link", "bot.py"))
        os.symlink("link/bot.py", os.path.join(self.folder, "twice.py"))
        code = "def other():\n    import only\n    return only.name\n"
        with open(os.path.join(self.folder, "real", "bot.py"), "a") as file:
            file.write("\n" + code)
        worker = self.ready_at("link/bot.py")
        path = os.path.join(self.folder, "link", "bot.py")
        self.assertEqual(worker.result("f"), ["of the file", "of the link", path])

    def test_a_link_is_not_confused_with_a_file_of_its_name(self):
        self.write("real/provider.py", "def double(x): return [x]")
        self.write(
            "real/bot.py",
            """
            import multiprocessing
            def double(x): return x * 2
            def run(method):
                with multiprocessing.get_context(method).Pool(1) as pool:
                    return pool.map(double, [4])
            """,
        )
        os.mkdir(os.path.join(self.folder, "link"))
        os.symlink("../real/bot.py", os.path.join(self.folder, "link", "provider.py"))
        worker = self.ready_at("link/provider.py")
        for method in ("spawn", "fork"):
            self.assertEqual(worker.result("run", method), [8])

    def test_the_scripts_folder_is_first_also_if_it_was_in_the_path(self):
        self.write("other/helper.py", "name = 'other'")
        self.write("here/helper.py", "name = 'here'")
        paths = [os.path.join(self.folder, name) for name in ("other", "here")]
        worker = self.ready(
            "import helper\ndef f(): return helper.name",
            "here/provider.py",
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        )
        self.assertEqual(worker.result("f"), "here")

    def ready_at(self, name):
        worker = Worker(os.path.join(self.folder, name))
        self.addCleanup(worker.close)
        self.assertEqual(worker.init().kind, "READY")
        return worker


class Main(WorkerTest):
    """Pickles that the script made when it ran as a program."""

    SCRIPT = """
        import multiprocessing, pickle, sys

        class Model:
            def __init__(self, size): self.size = size

        def main(x): return x * 10

        if __name__ == "__main__":
            with open(sys.argv[1], "wb") as file:
                pickle.dump([Model(7), main], file)
            sys.exit()

        def load(path):
            with open(path, "rb") as file:
                model, function = pickle.load(file)
            assert type(model) is Model and function is main, model
            return function(model.size)

        def load_in_child(path, method):
            with open(path, "rb") as file:
                data = file.read()
            with multiprocessing.get_context(method).Pool(1) as pool:
                return pool.map(LoadsIn(data), [0])

        class LoadsIn:
            def __init__(self, data): self.data = data
            def __call__(self, _):
                model, function = pickle.loads(self.data)
                assert type(model) is Model and function is main, type(model)
                return function(model.size)

        def main_has(name):
            return hasattr(sys.modules["__main__"], name)
        """

    def test_they_are_loaded_also_in_children(self):
        for name in ("provider.py", "queue.py", "my-provider.v2.py"):
            with self.subTest(name):
                path = self.write(os.path.join(name[:-3], name), self.SCRIPT)
                pickled = os.path.join(self.folder, "model.pickle")
                subprocess.run([sys.executable, path, pickled], check=True)
                worker = Worker(path)
                self.addCleanup(worker.close)
                self.assertEqual(worker.init().kind, "READY")
                self.assertEqual(worker.result("load", pickled), 70)
                for method in ("spawn", "fork", "forkserver"):
                    self.assertEqual(worker.result("load_in_child", pickled, method), [70])
                self.assertIs(worker.result("main_has", "Nothing"), False)
                self.assertIs(worker.result("main_has", "__path__"), False)

    def test_the_script_may_load_them_while_it_is_imported(self):
        pickled = os.path.join(self.folder, "model.pickle")
        path = self.write("train.py", self.SCRIPT)
        subprocess.run([sys.executable, path, pickled], check=True)
        with open(path, "a") as file:
            file.write(f"\nLOADED = load({pickled!r})\ndef loaded(): return LOADED\n")
        worker = Worker(path)
        self.addCleanup(worker.close)
        self.assertEqual(worker.init().kind, "READY")
        self.assertEqual(worker.result("loaded"), 70)

    def test_those_of_a_module_are_loaded(self):
        self.write("pkg/__init__.py", "")
        self.write("pkg/train.py", self.SCRIPT)
        pickled = os.path.join(self.folder, "model.pickle")
        subprocess.run([sys.executable, "-m", "pkg.train", pickled], check=True, cwd=self.folder)
        worker = Worker("pkg.train", kind=protocol.MODULE, cwd=self.folder)
        self.addCleanup(worker.close)
        self.assertEqual(worker.init().kind, "READY")
        self.assertEqual(worker.result("load", pickled), 70)


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
