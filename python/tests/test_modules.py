"""A script that is named as a module: where it is found, what its code finds, and failures."""

import os
import sys

from _python_worker_pool import protocol

from .client import Worker, WorkerTest


class ModuleTest(WorkerTest):
    def module(self, name, **options):
        """Starts a worker in the test's folder that has not been sent INIT yet."""
        worker = Worker(name, kind=protocol.MODULE, **{"cwd": self.folder, **options})
        self.addCleanup(worker.close)
        return worker

    def ready_module(self, name, **options):
        worker = self.module(name, **options)
        frame = worker.init()
        if frame is None or frame.kind != "READY":
            self.fail(f"not ready: {frame and frame.payload}; stderr: {worker.stderr()}")
        return worker


class Found(ModuleTest):
    def test_a_nested_module_is_itself_in_its_package(self):
        self.write("pkg/__init__.py", "LOADED = []")
        self.write("pkg/sub/__init__.py", "")
        self.write("pkg/sub/helper.py", "VALUE = 7")
        self.write(
            "pkg/sub/mod.py",
            """
            import pickle, sys
            from . import helper
            from .. import LOADED

            class Point: pass

            LOADED.append(__name__)

            def check():
                assert sys.modules[__name__].check is check
                assert type(pickle.loads(pickle.dumps(Point()))) is Point
                assert sys.argv == ["-m"], sys.argv
                return [__name__, __package__, helper.VALUE, LOADED, sys.path[0]]
            """,
        )
        worker = self.ready_module("pkg.sub.mod")
        expected = ["pkg.sub.mod", "pkg.sub", 7, ["pkg.sub.mod"], self.folder]
        self.assertEqual(worker.result("check"), expected)
        self.assertEqual(worker.result("check"), expected)
        message = worker.call("chekc").value["message"]
        self.assertIn("Function 'chekc' not found in module 'pkg.sub.mod'", message)
        self.assertIn("Did you mean 'check'?", message)
        self.assertEqual(worker.end(), 0)

    def test_the_working_directory_comes_before_pythonpath(self):
        self.write("here/mod.py", "def where(): return 'here'")
        self.write("there/mod.py", "def where(): return 'there'")
        self.write("there/only.py", "def where(): return 'there'")
        options = {
            "cwd": os.path.join(self.folder, "here"),
            "env": {**os.environ, "PYTHONPATH": os.path.join(self.folder, "there")},
        }
        self.assertEqual(self.ready_module("mod", **options).result("where"), "here")
        self.assertEqual(self.ready_module("only", **options).result("where"), "there")

    def test_isolated_interpreters_ignore_the_working_directory_as_for_python_m(self):
        self.write("mod.py", "")
        frame = self.module("mod", python_args=("-I",)).init()
        self.assertEqual(frame.kind, "LOAD_FAILED")
        self.assertNotIn(self.folder, frame.value["message"])

    def test_packages_namespaces_and_the_standard_library_are_modules(self):
        self.write("pkg/__init__.py", "def call(): return __name__")
        self.write("space/mod.py", "def call(): return __name__")
        self.write("über-1/ein modul.py", "def call(): return __name__")
        for name in ("pkg", "space.mod", "über-1.ein modul"):
            self.assertEqual(self.ready_module(name).result("call"), name)
        self.assertEqual(self.ready_module("math").result("sqrt", 9), 3)
        self.assertEqual(self.ready_module("os.path").result("basename", "a/b"), "b")

    def test_a_module_may_take_another_ones_place(self):
        self.write(
            "mod.py",
            """
            import sys, types
            other = types.SimpleNamespace(call=lambda: "replaced")
            sys.modules[__name__] = other
            """,
        )
        self.assertEqual(self.ready_module("mod").result("call"), "replaced")

    def test_multiprocessing_finds_the_modules_functions(self):
        self.write("pkg/__init__.py", "")
        self.write(
            "pkg/mod.py",
            """
            import multiprocessing
            def double(x): return x * 2
            def run(method):
                with multiprocessing.get_context(method).Pool(1) as pool:
                    return pool.map(double, [1, 2])
            """,
        )
        worker = self.ready_module("pkg.mod")
        for method in ("spawn", "fork", "forkserver"):
            self.assertEqual(worker.result("run", method), [2, 4])
        self.assertEqual(worker.end(), 0)


class Failing(ModuleTest):
    def failure(self, name, **options):
        worker = self.module(name, **options)
        frame = worker.init()
        self.assertEqual(frame.kind, "LOAD_FAILED")
        self.assertEqual(worker.wait(), 1)
        return frame.value

    def missing(self, name, **options):
        details = self.failure(name, **options)
        self.assertEqual(details["type"], "ModuleNotFoundError")
        self.assertEqual(details["traceback"], f"ModuleNotFoundError: {details['message']}\n")
        advice = details["advice"]
        self.assertEqual((advice["package"], advice["folder"]), (None, None))
        return details["message"], advice["text"]

    def test_a_module_that_is_not_there_is_named_with_the_folders(self):
        for name in ("nowhere", "nowhere.mod"):
            message, advice = self.missing(name)
            start = f"the module '{name}' does not exist: Python found no 'nowhere' in "
            self.assertTrue(message.startswith(f"{start}{self.folder}, "), message)
            self.assertIn("Set the option cwd to the folder that contains 'nowhere'", advice)
            self.assertIn("PYTHONPATH", advice)

    def test_the_advice_fits_what_the_interpreter_ignores(self):
        def advice(*flags):
            return self.missing("nowhere", python_args=flags)[1]

        isolated = "This Python is isolated and ignores the option cwd and PYTHONPATH. "
        self.assertTrue(advice("-I").startswith(isolated))
        self.assertIn("remove -I from the option pythonArgs", advice("-I"))
        only_cwd = "Set the option cwd to the folder that contains 'nowhere'."
        self.assertEqual(advice("-E"), only_cwd)
        if sys.version_info >= (3, 11):
            only_path = "Add the folder that contains 'nowhere' to PYTHONPATH."
            self.assertEqual(advice("-P"), only_path)
            self.assertTrue(advice("-P", "-E").startswith(isolated))

    def test_a_package_without_the_module_is_named_with_its_folder(self):
        self.write("pkg/__init__.py", "")
        folder = os.path.join(self.folder, "pkg")
        message, advice = self.missing("pkg.mod.deep")
        expected = "the module 'pkg.mod.deep' does not exist: the package 'pkg' has no 'mod' in "
        self.assertEqual(message, f"{expected}{folder}")
        self.assertEqual(advice, "'pkg' has no modules.")

    def test_a_file_or_a_function_in_place_of_a_module_is_explained(self):
        self.write("provider.py", "def call(): pass")
        for name, child in (("provider.py", "py"), ("provider.call", "call")):
            message, advice = self.missing(name)
            expected = f"'provider' is not a package, so it contains no module '{child}'"
            self.assertIn(expected, message)
            self.assertTrue(advice.startswith("Name the module only"), advice)

    def test_an_import_in_the_module_that_fails_has_its_traceback(self):
        self.write("pkg/__init__.py", "")
        self.write("pkg/mod.py", "import not_there.sub\n")
        self.write("other/__init__.py", "import other.mod\n")
        self.write("broken.py", "def f(): raise ValueError('no')\nf()\n")
        details = self.failure("pkg.mod")
        self.assertEqual(details["advice"]["package"], "not_there")
        self.assertIn('mod.py", line 1, in <module>', details["traceback"])
        details = self.failure("other.mod")
        self.assertEqual(details["message"], "No module named 'other.mod'")
        self.assertIn('__init__.py", line 1, in <module>', details["traceback"])
        details = self.failure("broken")
        self.assertEqual((details["type"], details["message"]), ("ValueError", "no"))
        self.assertNotIn("_python_worker_pool", details["traceback"])
        self.assertNotIn("importlib", details["traceback"])
