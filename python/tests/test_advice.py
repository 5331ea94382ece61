"""What to do about an exception from an import or a call."""

import os
import py_compile
import sys
import unittest

from _python_worker_pool import protocol

from .advice import AdviceTest


class MissingScript(AdviceTest):
    def test_a_relative_path_is_explained(self):
        text = self.text({"a.py": ""}, script=os.path.join(self.folder, "dist", "model.py"))
        self.assertIn("starts from the working directory of Node.js", text)
        self.assertIn("new URL('./model.py', import.meta.url)", text)

    def test_a_forgotten_suffix_is_suggested(self):
        self.fill({"model.py": ""})
        text = self.text({}, script=os.path.join(self.folder, "model"))
        self.assertEqual(text, "Did you mean model.py?")

    def test_a_misspelt_name_is_corrected(self):
        self.fill({"model.py": "", "module.txt": "", "zebra.py": ""})
        for name in ("modle.py", "model.py:", "Model.py", "model.pyw"):
            with self.subTest(name):
                text = self.text({}, script=os.path.join(self.folder, name))
                self.assertEqual(text, "Did you mean model.py?")

    def test_a_file_that_the_script_misses_is_another_matter(self):
        self.assertIsNone(self.advice("open('no such file')"))


class Exits(AdviceTest):
    def test_a_script_that_exits_is_advised_to_do_so_only_as_a_program(self):
        for code in ("import sys\nsys.exit(4)", "raise SystemExit('no key')"):
            with self.subTest(code):
                text = self.text({"a.py": f"def f(): pass\n{code}"})
                self.assertIn("below `if __name__ == '__main__':`", text)

    def test_an_exit_in_a_file_that_is_no_script_is_explained_by_that(self):
        self.assertIn(
            "notebook", self.text({"a.py": '{"nbformat": __import__("sys").exit(), "cells": []}'})
        )


class Packages(AdviceTest):
    def test_a_package_may_have_another_name_than_its_module(self):
        for code, package in (
            ("import yaml", "PyYAML"),
            ("import cv2", "opencv-python"),
            ("from PIL import Image", "Pillow"),
            ("import google.generativeai as genai", "google-generativeai"),
            ("from google.cloud import storage", "google-cloud-storage"),
            ("from google.cloud.storage import Client", "google-cloud-storage"),
            ("from google.protobuf import message", "protobuf"),
            ("from azure.identity import DefaultAzureCredential", "azure-identity"),
            ("import azure.ai.inference", "azure-ai-inference"),
            ("def f():\n    import sklearn.svm\nf()", "scikit-learn"),
            ("import requests", "requests"),
            ("import not_there.sub", "not_there"),
            ("__import__('yaml')", "PyYAML"),
        ):
            with self.subTest(code):
                advice = self.advice(code)
                self.assertEqual(advice["package"], package)
                self.assertTrue(advice["text"].endswith(":"), advice)
                self.assertIsNone(advice["folder"])

    def test_a_python_that_the_system_manages_is_reported(self):
        code = (
            "import sys, sysconfig\nsys.base_prefix = sys.prefix\n"
            f"sysconfig.get_path = lambda name: {self.folder!r}\nimport yaml"
        )
        self.assertIs(self.advice(code)["managed"], False)
        self.assertIs(self.advice(code, **{"EXTERNALLY-MANAGED": ""})["managed"], True)
        self.assertNotIn("managed", self.advice("import utils"))

    def test_a_namespace_alone_names_no_package(self):
        for code in ("import google", "import importlib; importlib.import_module('google.cloud')"):
            self.assertIn("'google' is a namespace", self.text({"a.py": code}))

    def test_a_name_that_an_import_lacks_is_nothing_to_install(self):
        self.assertIsNone(self.advice("from os import not_there"))

    def test_the_text_of_a_package_is_left_alone(self):
        code = "raise ModuleNotFoundError('pip install \"x[extra]\"', name='x')"
        self.assertIsNone(self.advice(code))
        code = (
            "class E(ModuleNotFoundError):\n    name = property(lambda self: 1 / 0)\nraise E('x')"
        )
        self.assertIsNone(self.advice(code))


class OwnModules(AdviceTest):
    def found(self, folder, files):
        advice = self.failure(files)["advice"]
        folder = os.path.join(self.folder, folder).rstrip("/")
        self.assertEqual((advice["package"], advice["folder"]), (None, folder))
        self.assertIn(f"is in {folder}, which Python does not search", advice["text"])
        self.assertIn("PYTHONPATH", advice["text"])

    def test_a_module_above_the_script_is_found(self):
        self.found("", {"evals/a.py": "import utils", "utils.py": ""})

    def test_a_package_above_the_script_is_found(self):
        self.found("", {"x/y/z/a.py": "from own import b", "own/__init__.py": ""})

    def test_a_folder_without_init_is_found_by_its_contents(self):
        self.found("", {"evals/a.py": "from src.own import b", "src/own.py": ""})
        self.found("", {"evals/b.py": "import src", "evals/a.py": ""})

    def test_a_module_elsewhere_in_the_project_is_found(self):
        self.found(
            "src", {"evals/a.py": "import own", "src/own/__init__.py": "", "pyproject.toml": ""}
        )

    def test_a_module_below_the_working_directory_is_found(self):
        self.found("lib", {"evals/a.py": "import helper_of_ours", "lib/helper_of_ours.py": ""})

    def test_a_file_that_is_named_after_a_package_is_not_that_package(self):
        advice = self.failure({"a.py": "import openai", "providers/openai.py": ""})["advice"]
        self.assertEqual(advice["package"], "openai")

    def test_virtual_environments_and_installed_packages_are_not_the_project(self):
        files = {
            "a.py": "import special",
            "env/pyvenv.cfg": "",
            "env/lib/special.py": "",
            "node_modules/x/special.py": "",
            ".hidden/special.py": "",
        }
        self.assertEqual(self.failure(files)["advice"]["package"], "special")

    def test_names_that_people_give_their_own_modules_are_never_installed(self):
        for name in ("utils", "helpers.deep", "config", "_private"):
            with self.subTest(name):
                self.assertIn(
                    "own" if name[0] != "_" else "private", self.text({"a.py": f"import {name}"})
                )

    def test_a_module_that_a_package_lacks_is_no_package(self):
        text = self.text(
            {"a.py": "import own.sub.missing", "own/sub/__init__.py": "", "own/__init__.py": ""}
        )
        self.assertIn("Your package 'own.sub' (", text)
        self.assertIn("has no module 'missing'", text)
        files = {
            "a.py": "import sys; sys.path.append('lib/site-packages')\nimport theirs.missing",
            "lib/site-packages/theirs/__init__.py": "__version__ = '1.2'",
        }
        text = self.text(files)
        self.assertIn("The package 'theirs' is installed (1.2), but has no module 'missing'", text)

    def test_a_module_names_the_folders_that_it_needs(self):
        self.fill({"lib/own.py": "", "pkg/mod.py": "import own"})
        advice = self.failure({}, "pkg.mod", kind=protocol.MODULE)["advice"]
        self.assertEqual(advice["folder"], os.path.join(self.folder, "lib"))


class ModuleAsScript(AdviceTest):
    def named(self, name, **files):
        self.fill({"pkg/mod.py": "", "pkg/__init__.py": "", "plain.py": "", **files})
        return self.failure({}, name, kind=protocol.MODULE)["advice"]

    def test_one_that_does_not_exist_has_advice(self):
        for name, words in (
            ("nowhere", "Set the option cwd to the folder that contains 'nowhere', or add"),
            ("nowhere.mod", "the folder that contains 'nowhere'"),
            ("pkg.nope", "Name one of its modules: 'pkg.mod'."),
            ("plain.py", "Name the module only, without the suffix of its file"),
        ):
            with self.subTest(name):
                advice = self.named(name)
                self.assertIn(words, advice["text"])
                self.assertEqual((advice["package"], advice["folder"]), (None, None))

    def test_one_elsewhere_in_the_project_is_found(self):
        for name in ("deep.own", "deep"):
            folder = os.path.join(self.folder, "sub")
            advice = self.named(name, **{"sub/deep/own.py": "", "sub/deep/__init__.py": ""})
            self.assertIn(f"Set the option cwd to {folder}, or add that folder", advice["text"])
            self.assertEqual(advice["folder"], folder)

    def test_what_it_imports_is_another_matter(self):
        advice = self.named("uses", **{"uses.py": "import yaml"})
        self.assertEqual(advice["package"], "PyYAML")


class TheScriptItself(AdviceTest):
    def test_a_script_that_hides_a_package_is_to_be_renamed(self):
        for code in ("from openai import OpenAI", "import openai.types", "import openai; openai.x"):
            with self.subTest(code):
                path = os.path.join(self.folder, "openai.py")
                text = self.text({"openai.py": code})
                self.assertIn(f"'openai' means the script itself, {path}", text)

    def test_a_cycle_is_not_a_hidden_package(self):
        text = self.text({"a.py": "from b import c", "b.py": "from a import x"})
        path = os.path.join(self.folder, "b.py")
        self.assertIn(f"{path} imports the script while the script imports it", text)
        files = {"a.py": "import b", "b.py": "from c import x", "c.py": "from b import y"}
        self.assertIsNone(self.failure(files)["advice"])  # Python's own text says it

    def test_a_relative_import_needs_a_module(self):
        files = {
            "pkg/sub/a.py": "from . import b",
            "pkg/sub/__init__.py": "",
            "pkg/__init__.py": "",
        }
        text = self.text(files)
        self.assertIn("{ module: 'pkg.sub.a' }", text)
        self.assertTrue(text.endswith(f"cwd set to {self.folder}."), text)
        self.assertIn("{ module: 'pkg' }", self.text({"pkg/__init__.py": "from .sub import x"}))

    def test_a_package_in_place_of_a_script_is_named_as_a_module(self):
        self.fill({"pkg/__init__.py": "", "plain/a.py": ""})
        self.assertIn("{ module: 'pkg' }", self.text({}, os.path.join(self.folder, "pkg")))
        path = os.path.join(self.folder, "plain")
        self.assertEqual(self.text({}, path), f"{path} is a folder. Name the script in it.")


class OtherFiles(AdviceTest):
    def check(self, name, content, words):
        with self.subTest(content[:40]):
            path = os.path.join(self.folder, name)
            text = self.text({name: content})
            self.assertTrue(text.startswith(f"{path} "), text)
            self.assertIn(words, text)

    def test_an_encoding_that_python_does_not_read(self):
        for encoding in ("utf-16", "utf-16-le", "utf-16-be"):
            code = "def call(prompt):\n    return prompt\n"
            self.check("a.py", code.encode(encoding), "is UTF-16, which Python cannot read")
        self.check("a.py", "x = 1".encode("utf-32"), "is UTF-32")
        self.check("a.py", "\nx = 'é'".encode("latin-1"), "is not UTF-8 (line 2). Save it as UTF-8")

    def test_bytes_that_are_no_text(self):
        self.check("a.py", b"x = 1\ny = '\0'\n", "contains NUL bytes, the first on line 2")
        self.check("a.py", b"PK\x03\x04\0\0", "is a zip archive")
        self.check("a.py", b"\x7fELF\0\0", "is a program or library")

    def test_compiled_python(self):
        source = self.fill({"b.py": "x = 1"})
        compiled = py_compile.compile(source)
        with open(compiled, "rb") as file:
            code = file.read()
        self.check("a.pyc", code, "is compiled Python, which only one version of Python can run")
        self.check("a.py", code, "Name its source, a .py file")
        self.assertIn(f"Name its source, {source}.", self.text({}, compiled))

    def test_a_notebook(self):
        cells = '{"cells": [], "metadata": {"x": null}, "nbformat": 4}'
        self.check("a.ipynb", cells, "is a Jupyter notebook. Convert it to a script")
        self.check("a.py", cells, "is a Jupyter notebook")

    def test_other_languages(self):
        for name, code, words in (
            ("a.js", "// adds\nconst add = (a, b) => a + b;\n", "is JavaScript, not Python"),
            ("a.py", "export default function f() { return 1 }", "is JavaScript"),
            ("a.py", "import fs from 'fs';\n\nconst x = {};", "is JavaScript"),
            ("a.py", "module.exports = { f: () => 1 }", "is JavaScript"),
            ("a.ts", "interface A { x: number }", "is TypeScript"),
            ("run", "#!/bin/bash\necho hello there", "is a shell script"),
            ("a.py", "<!DOCTYPE html>\n<html></html>", "is HTML"),
            (
                "a.py",
                "version https://git-lfs.github.com/spec/v1\noid x",
                "is a pointer of Git LFS",
            ),
            (
                "a.py",
                "<<<<<<< HEAD\nx = 1\n=======\n",
                "has an unresolved merge conflict on line 1",
            ),
        ):
            self.check(name, code, words)

    def test_python_2(self):
        for code, words in (
            ("print 'hello'", "is Python 2: line 1 has a print statement"),
            ("x = 1\nprint x, 2", "line 2 has a print statement"),
            ("exec 'x = 1'", "an exec statement"),
            ("raise ValueError, 'no'", "a 'raise ..., message' statement"),
            ("x = 0777", "a number in its notation"),
            ("x = 10L", "a number in its notation"),
            ("x = `1`", "backquotes"),
        ):
            self.check("a.py", code, words)

    @unittest.skipIf(sys.version_info >= (3, 14), "the comma names a second type there (PEP 758)")
    def test_the_handlers_of_python_2(self):
        code = "try:\n    pass\nexcept ValueError, e:\n    pass"
        self.check("a.py", code, "line 3 has an 'except ..., name'")

    def test_the_file_may_be_one_that_the_script_imports(self):
        for content, words in ((b"print 'hi'\n", "is Python 2"), (b"x = '\0'\n", "NUL bytes")):
            text = self.text({"a.py": "def f():\n    import other\nf()", "other.py": content})
            self.assertTrue(text.startswith(os.path.join(self.folder, "other.py")), text)
            self.assertIn(words, text)

    def test_a_mistake_in_python_3_is_not_taken_for_something_else(self):
        for code in (
            "x = = 1",
            "def f(:\n    pass",
            "print('a'",
            "x = 'print it'\ny = (",
            "import os\nfrom 'os' import path",
            "x = f'`{'",
            "class A:\n    def f(self) {\n        pass",
            "raise ValueError('no')",
        ):
            with self.subTest(code):
                self.assertIsNone(self.advice(code))

    def test_a_script_without_functions_is_explained_by_its_call(self):
        for name, code, words in (
            ("a.py", "", "a.py is empty, so it has no functions"),
            ("a.py", "# later\n\n", "is empty"),
            ("a.ipynb", '{"cells": [], "nbformat": 4}', "is a Jupyter notebook"),
        ):
            with self.subTest(code):
                message = self.ready(code, name).call("f").value["message"]
                self.assertIn("Available functions in your module: (none)", message)
                self.assertIn(words, message)
        self.assertNotIn("empty", self.ready("x = 1").call("f").value["message"])


class Methods(AdviceTest):
    CODE = """
        class Base:
            def inherited(self, x): return x.missing
        class Client(Base):
            def ask(self, prompt): return prompt.missing
            async def later(self, prompt): return prompt.missing
            def unusual(this, prompt): return prompt
            def helper(x): return x.missing
            @staticmethod
            def static(self, x=0): return x.missing
            @classmethod
            def made(cls, x): return x.missing
            class Inner:
                def deep(self, x): return x
        client = Client()
        def ask(self, prompt): return prompt.missing
        """

    def test_a_call_of_an_instances_method_on_its_class_is_explained(self):
        worker = self.ready(self.CODE)
        for name, args in (
            ("Client.ask", ["x"]),
            ("Client.ask", ["x", "y"]),
            ("Client.later", ["x", "y"]),
            ("Client.inherited", ["x"]),
            ("Client.unusual", ["x"]),
            ("Client.Inner.deep", ["x"]),
        ):
            with self.subTest(name):
                frame = worker.call(name, *args)
                self.assertEqual(frame.kind, "RAISED")
                text = frame.value["advice"]["text"]
                self.assertIn(f"'{name}' is a method of instances", text)
        text = worker.call("Client.ask", "x").value["advice"]["text"]
        self.assertIn("such as `client = Client()`, and call its method 'client.ask'", text)

    def test_other_exceptions_are_not(self):
        worker = self.ready(self.CODE)
        for name, args in (
            ("Client.helper", ["x"]),
            ("Client.static", ["x"]),
            ("Client.static", []),
            ("Client.made", []),
            ("client.ask", ["x"]),
            ("client.ask", []),
            ("ask", ["x"]),
        ):
            with self.subTest(name):
                self.assertNotIn("advice", worker.call(name, *args).value)
