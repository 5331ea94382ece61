"""The files of the user's project that a worker reports, and that it loads as they are now."""

import os
import py_compile
from importlib.util import cache_from_source

from .client import Worker, WorkerTest

LONG_AGO = (1_000_000_000, 1_000_000_000)  # a time of access, and one of a change


def stamp(path):
    stat = os.stat(path)
    return f"{stat.st_mtime_ns}:{stat.st_size}"


class ProjectTest(WorkerTest):
    def setUp(self):
        super().setUp()
        self.env = {**os.environ}
        # Else Python writes no `.pyc`, and none can be stale.
        self.env.pop("PYTHONDONTWRITEBYTECODE", None)

    def ready(self, code, **options):
        return super().ready(code, **{"reports_files": True, "env": self.env, **options})

    def reported(self, worker):
        """What was reported since the last time, below the test's folder."""
        loads = [(os.path.relpath(path, self.folder), its) for path, its in worker.loads]
        for path, its in worker.loads:
            self.assertEqual(its, stamp(path))
        worker.loads.clear()
        return [path for path, _ in loads]


class Reported(ProjectTest):
    def test_what_the_script_imports_and_the_script_itself(self):
        self.write("helper.py", "import deeper")
        self.write("deeper.py", "")
        self.write("package/__init__.py", "from . import inner")
        self.write("package/inner.py", "")
        self.write("namespace/member.py", "")
        worker = self.ready(
            "import json, helper, package, namespace.member, deeper\ndef f(): return 1"
        )
        expected = [
            "provider.py",
            "helper.py",
            "deeper.py",
            os.path.join("package", "__init__.py"),
            os.path.join("package", "inner.py"),
            os.path.join("namespace", "member.py"),
        ]
        self.assertEqual(self.reported(worker), expected)

    def test_what_a_call_imports_comes_before_its_reply(self):
        self.write("helper.py", "VALUE = 7")
        self.write("other.py", "")
        for prefix, options in (("", {}), ("async ", {}), ("", {"threads": 2})):
            worker = self.ready(
                f"""
                {prefix}def f():
                    import helper
                    return helper.VALUE
                {prefix}def g():
                    import other
                """,
                **options,
            )
            self.assertEqual(self.reported(worker), ["provider.py"])
            self.assertEqual(worker.result("f"), 7)
            self.assertEqual(self.reported(worker), ["helper.py"])
            self.assertEqual(worker.result("f"), 7)
            self.assertEqual(self.reported(worker), [])
            worker.result("g")
            self.assertEqual(self.reported(worker), ["other.py"])

    def test_what_an_item_of_a_stream_imports_comes_before_the_item(self):
        self.write("helper.py", "VALUE = 7")
        worker = self.ready(
            """
            def f():
                yield 1
                import helper
                yield helper.VALUE
            """
        )
        self.assertEqual(worker.stream("f")[0], [1, 7])
        self.assertEqual(self.reported(worker), ["provider.py", "helper.py"])

    def test_what_is_imported_by_other_ways(self):
        for name in ("by_name.py", "by_path.py", "in_thread.py", "again.py"):
            self.write(name, "VALUE = 1")
        worker = self.ready(
            """
            import importlib, os, sys, threading
            from importlib.util import module_from_spec, spec_from_file_location
            def by_name():
                sys.path.append(".")
                importlib.import_module("by_name")
            def by_path():
                spec = spec_from_file_location("x", os.path.dirname(__file__) + "/by_path.py")
                spec.loader.exec_module(module_from_spec(spec))
            def in_thread():
                thread = threading.Thread(target=lambda: __import__("in_thread"))
                thread.start()
                thread.join()
            def again():
                import again
                importlib.reload(again)
            """
        )
        self.reported(worker)
        for name in ("by_name", "by_path", "in_thread", "again"):
            worker.result(name)
            self.assertEqual(self.reported(worker), [f"{name}.py"])

    def test_a_reload_only_if_the_file_has_changed(self):
        helper = self.write("helper.py", "VALUE = 1")
        worker = self.ready(
            """
            import helper, importlib
            def f():
                return importlib.reload(helper).VALUE
            """
        )
        self.reported(worker)
        self.assertEqual(worker.result("f"), 1)
        self.assertEqual(self.reported(worker), [])
        self.write("helper.py", "VALUE = 22")
        os.utime(helper, LONG_AGO)
        self.assertEqual(worker.result("f"), 22)
        self.assertEqual(self.reported(worker), ["helper.py"])

    def test_not_what_is_installed_or_elsewhere(self):
        elsewhere = os.path.join(self.folder, "elsewhere")
        folders = [".venv/lib", "lib/site-packages", "lib/dist-packages", "node_modules/package"]
        for folder in ("elsewhere", *(f"project/{folder}" for folder in folders)):
            self.write(f"{folder}/module_{os.path.basename(folder)[:3]}.py", "VALUE = 1")
        self.write("project/own/mine.py", "")
        worker = self.ready(
            f"""
            import os, sys
            here = os.path.dirname(__file__)
            sys.path += [os.path.join(here, folder) for folder in {[*folders, "own"]!r}]
            sys.path.append({elsewhere!r})
            import module_els, module_lib, module_sit, module_dis, module_pac
            import decimal, mine
            """,
            name="project/provider.py",
        )
        own = os.path.join("project", "own", "mine.py")
        self.assertEqual(self.reported(worker), [os.path.join("project", "provider.py"), own])

    def test_what_is_in_the_project_above_the_script(self):
        for mark in (".git/config", "pyproject.toml"):
            self.write(f"project/{mark}", "")
            self.write("project/common/helper.py", "")
            worker = self.ready(
                f"import sys; sys.path.append({self.folder + '/project/common'!r}); import helper",
                name="project/evals/provider.py",
            )
            script = os.path.join("project", "evals", "provider.py")
            helper = os.path.join("project", "common", "helper.py")
            self.assertEqual(self.reported(worker), [script, helper])

    def test_what_is_in_the_working_directory_above_the_script(self):
        self.write("place/common/helper.py", "")
        code = f"import sys; sys.path.append({self.folder + '/place/common'!r}); import helper"
        script = os.path.join("place", "evals", "provider.py")
        helper = os.path.join("place", "common", "helper.py")
        for cwd, expected in (("place", [script, helper]), ("place/common", [script])):
            worker = self.ready(
                code, name="place/evals/provider.py", cwd=os.path.join(self.folder, cwd)
            )
            self.assertEqual(self.reported(worker), expected)

    def test_a_project_behind_a_link_and_the_link_itself(self):
        self.write("real/provider.py", "import beside_file, beside_link")
        self.write("real/beside_file.py", "")
        self.write("links/beside_link.py", "")
        link = os.path.join(self.folder, "links", "provider.py")
        os.symlink(os.path.join(self.folder, "real", "provider.py"), link)
        worker = Worker(link, reports_files=True, env=self.env)
        self.addCleanup(worker.close)
        self.assertEqual(worker.init().kind, "READY")
        expected = [
            os.path.join("links", "provider.py"),
            os.path.join("real", "beside_file.py"),
            os.path.join("links", "beside_link.py"),
        ]
        self.assertEqual(self.reported(worker), expected)

    def test_what_a_script_loads_that_then_fails(self):
        self.write("helper.py", "x = (")
        failures = []
        for reports_files in (True, False):
            worker = self.start("import helper", reports_files=reports_files, env=self.env)
            frame = worker.init()
            self.assertEqual(frame.kind, "LOAD_FAILED")
            failures.append(frame.value)
            expected = ["provider.py", "helper.py"] if reports_files else []
            self.assertEqual(self.reported(worker), expected)
        self.assertEqual(*failures)
        self.assertNotIn("project_loads", failures[0]["traceback"])

    def test_nothing_by_a_worker_that_is_not_asked(self):
        self.write("helper.py", "")
        worker = self.ready("import helper", reports_files=False)
        self.assertEqual(worker.loads, [])

    def test_nothing_by_a_forked_child(self):
        self.write("helper.py", "")
        worker = self.ready(
            """
            import os
            def f():
                child = os.fork()
                if child == 0:
                    import helper
                    os._exit(0)
                return os.waitpid(child, 0)[1]
            """
        )
        self.reported(worker)
        self.assertEqual(worker.result("f"), 0)
        self.assertEqual(self.reported(worker), [])


class Fresh(ProjectTest):
    """A file is loaded from source unless its `.pyc` is newer by a whole second."""

    CODE = "import helper\ndef f(): return helper.VALUE"

    def value(self):
        worker = self.ready(self.CODE)
        value = worker.result("f")
        worker.end()
        return value

    def test_after_an_edit_that_leaves_size_and_time_as_they_were(self):
        helper = self.write("helper.py", "VALUE = 1")
        for value in (1, 2, 3):
            self.write("helper.py", f"VALUE = {value}")
            os.utime(helper, LONG_AGO)
            self.assertEqual(self.value(), value)
            self.assertTrue(os.path.exists(cache_from_source(helper)))

    def test_after_such_an_edit_of_the_script(self):
        script = os.path.join(self.folder, "provider.py")
        for value in (1, 2, 3):
            worker = self.start(f"def f(): return {value}", reports_files=True, env=self.env)
            os.utime(script, LONG_AGO)
            self.assertEqual(worker.init().kind, "READY")
            self.assertEqual(worker.result("f"), value)

    def test_with_a_pyc_that_cannot_be_replaced(self):
        helper = self.write("helper.py", "VALUE = 1")
        os.utime(helper, LONG_AGO)
        self.assertEqual(self.value(), 1)
        folder = os.path.dirname(cache_from_source(helper))
        self.write("helper.py", "VALUE = 2")
        os.utime(helper, LONG_AGO)
        os.chmod(folder, 0o500)
        self.addCleanup(os.chmod, folder, 0o700)
        self.assertEqual(self.value(), 2)

    def test_but_not_if_its_pyc_is_newer(self):
        helper = self.write("helper.py", "VALUE = 1")
        os.utime(helper, LONG_AGO)
        compiled = py_compile.compile(helper)
        self.write("helper.py", "VALUE = 2")  # unseen, as its time and size are those in the `.pyc`
        os.utime(helper, LONG_AGO)
        later = os.stat(helper).st_ctime + 1.5
        os.utime(compiled, (later, later))
        self.assertEqual(self.value(), 1)

    def test_a_module_without_a_source_is_loaded(self):
        helper = self.write("helper.py", "VALUE = 1")
        py_compile.compile(helper, os.path.join(self.folder, "helper.pyc"))
        os.remove(helper)
        self.assertEqual(self.value(), 1)
