"""What to do about modules and names that only some Pythons have."""

import importlib
import os
import sys
import unittest
import warnings

from _python_worker_pool import names_of_python as names
from _python_worker_pool import packages

from .advice import AdviceTest


class OfPython(AdviceTest):
    def missing(self, name):
        """Advice for a module, whether or not this Python has it."""
        code = f"raise ModuleNotFoundError(\"No module named '{name}'\", name='{name}')"
        return self.advice(code)

    @unittest.skipIf(sys.version_info < (3, 13), "older ones have these modules")
    def test_what_the_standard_library_lost_has_a_replacement(self):
        for name, package, text in (
            ("distutils", "setuptools", "Python 3.11 was the last to have it. To install"),
            ("distutils.core", "setuptools", "'distutils' was removed"),
            ("imp", None, "Use importlib instead."),
            ("asyncore", "pyasyncore", "Use asyncio instead. To install"),
            ("cgi", "legacy-cgi", "Python 3.12 was the last to have it"),
            ("telnetlib", "standard-telnetlib", "removed from the standard library"),
            ("lib2to3", None, "Use the package libcst instead."),
            ("typing.io", None, "'typing.io' was removed"),
            ("typing.re", None, "Python 3.12 was the last to have it. Use typing instead."),
        ):
            with self.subTest(name):
                advice = self.advice(f"import {name}")
                self.assertEqual(advice["package"], package)
                self.assertIn(text, advice["text"])

    @unittest.skipIf(sys.version_info < (3, 10), "the names are known from Python 3.10 on")
    def test_the_tables_hold_no_module_that_this_python_has(self):
        version = "{}.{}".format(*sys.version_info)
        for name, (last, _, _) in packages.REMOVED.items():
            is_older = [int(n) for n in last.split(".")] < list(sys.version_info[:2])
            if "." not in name:
                self.assertEqual(name in sys.stdlib_module_names, not is_older, (name, version))
        for name in packages.PACKAGES:
            self.assertNotIn(name.partition(".")[0], sys.stdlib_module_names)

    def test_modules_of_python_2_have_a_new_name(self):
        for name, new in (("urllib2", "urllib.request"), ("ConfigParser", "configparser")):
            self.assertIn(f"In Python 3 it is '{new}'", self.advice(f"import {name}")["text"])

    @unittest.skipIf(sys.version_info >= (3, 11), "this Python has it")
    def test_a_module_of_a_newer_python_says_so(self):
        advice = self.advice("import tomllib")
        self.assertEqual(advice["package"], "tomli")
        self.assertIn("'tomllib' was added in Python 3.11; this is Python 3.", advice["text"])

    def test_what_another_build_of_python_has_is_nothing_to_install(self):
        for name in ("winreg", "msvcrt.sub", "_tkinter"):
            if name not in sys.builtin_module_names:
                advice = self.missing(name)
                self.assertIsNone(advice["package"])
                self.assertIn("not in this build of Python", advice["text"])
        self.assertIn("has no 'nothing'", self.text({"a.py": "import json.nothing"}))

    def test_a_part_of_a_module_may_be_gone_or_new(self):
        for name, words in (
            ("email.MIMEText", "In Python 3 it is 'email.mime.text'"),
            ("string.templatelib", "was added in Python 3.14"),
            ("tkinter.tix", "Use tkinter.ttk instead"),
        ):
            top = name.partition(".")[0]
            code = (
                f"import sys, types\nsys.modules.setdefault('{top}', types)\n"
                f"raise ModuleNotFoundError(\"No module named '{name}'\", name='{name}')"
            )
            if "3.14" not in words or sys.version_info < (3, 14):
                self.assertIn(words, self.text({"a.py": code}))

    def test_a_package_for_another_system_is_not_to_be_installed(self):
        for code, package, system, platform in (
            ("import win32api", "pywin32", "Windows", "win32"),
            ("from win32com.client import Dispatch", "pywin32", "Windows", "win32"),
            ("import pywintypes", "pywin32", "Windows", "win32"),
            ("import comtypes.client", "comtypes", "Windows", "win32"),
            ("import AppKit", "pyobjc", "macOS", "darwin"),
        ):
            with self.subTest(code):
                advice = self.advice(code)
                if sys.platform == platform:
                    self.assertEqual(advice["package"], package)
                else:
                    text = f"is in the package {package}, which exists for {system} only."
                    self.assertIn(text, advice["text"])
                    self.assertIsNone(advice["package"])


class NamesOfPython(AdviceTest):
    def test_the_tables_agree_with_this_python(self):
        tables = (
            ({name: last for name, (last, _) in names.REMOVED_NAMES.items()}, True),
            (names.ADDED_NAMES, False),
        )
        now = sys.version_info[:2]
        for table, is_removed in tables:
            for name, version in table.items():
                named = tuple(int(number) for number in version.split("."))
                expected = now <= named if is_removed else now >= named
                module, _, attribute = name.rpartition(".")
                with self.subTest(name), warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    try:
                        found = hasattr(importlib.import_module(module), attribute)
                    except ModuleNotFoundError:
                        found = False
                    self.assertEqual(found, expected)
        for name in names.PYTHON_2_NAMES:
            module, _, attribute = name.rpartition(".")
            self.assertFalse(hasattr(importlib.import_module(module), attribute), name)

    def test_names_of_python_2(self):
        text = self.text({"a.py": "from urllib import quote"})
        self.assertEqual(
            text, "'urllib.quote' exists in Python 2 only. In Python 3 it is urllib.parse.quote."
        )
        self.assertIn("it is sys.maxsize", self.text({"a.py": "import sys\nx = sys.maxint"}))

    @unittest.skipIf(sys.version_info < (3, 11), "older ones have these names")
    def test_names_that_the_standard_library_lost(self):
        for code, words in (
            ("from collections import Mapping", "Use collections.abc.Mapping instead."),
            ("import collections\nclass A(collections.Mapping): pass", "'collections.Mapping' was"),
            ("import collections.Mapping", "Python 3.9 was the last to have it"),
            (
                "import importlib\nimportlib.import_module('collections.Mapping')",
                "Use collections.abc.Mapping instead.",
            ),
            ("from inspect import getargspec", "Use inspect.getfullargspec instead."),
            ("import asyncio\n@asyncio.coroutine\ndef f(): yield", "Use async def instead."),
        ):
            with self.subTest(code):
                self.assertIn(words, self.text({"a.py": code}))

    @unittest.skipIf(sys.version_info < (3, 11), "older ones have these names")
    def test_an_installed_package_that_uses_one_is_to_be_replaced(self):
        folder = "lib/site-packages"
        start = f"import sys; sys.path.append('{folder}')\nimport theirs"
        for code in ("from collections import Mapping", "import collections; collections.Mapping"):
            text = self.text({"a.py": start, f"{folder}/theirs.py": code})
            file = os.path.join(self.folder, folder, "theirs.py")
            self.assertIn(f"{file} is in an installed package, and needs it", text)
            self.assertIn("or use Python 3.9.", text)

    @unittest.skipIf(sys.version_info >= (3, 13), "this Python has these names")
    def test_names_of_a_newer_python(self):
        advice = self.advice("from typing import ReadOnly")
        self.assertEqual(advice["package"], "typing_extensions")
        self.assertIn("'typing.ReadOnly' was added in Python 3.13", advice["text"])
        self.assertTrue(advice["text"].endswith(":"))
        text = self.text({"a.py": "from warnings import deprecated"})
        self.assertIn("was added in Python 3.13; this is Python", text)
        self.assertTrue(text.endswith("Use a newer one."))

    def test_other_names_and_the_users_modules_are_left_alone(self):
        for files in (
            {"a.py": "from collections import NotThere"},
            {"a.py": "import collections\ncollections.NotThere"},
            {"a.py": "raise ImportError('module or name', name='collections')"},
            {"a.py": "from fractions import gcd_of", "fractions.py": "gcd = 1"},
            {"a.py": "from asyncio_own import coroutine", "asyncio_own.py": ""},
            {"a.py": "from imp_of_ours import x", "imp_of_ours.py": ""},
        ):
            self.assertIsNone(self.failure(files)["advice"])
        files = {"a.py": "from platform import dist", "platform.py": ""}
        self.assertIsNone(self.failure(files)["advice"])
