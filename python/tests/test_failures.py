"""Calls that fail: that call only, with all details."""

import sys
import unittest

from .client import WorkerTest


class Raising(WorkerTest):
    def test_an_exception_has_its_type_message_and_the_users_traceback(self):
        worker = self.ready(
            """
            class Broken(ValueError): pass
            def inner(): raise Broken("no luck")
            def fail(): inner()
            """
        )
        frame = worker.call("fail")
        self.assertEqual(frame.kind, "RAISED")
        error = frame.value
        self.assertEqual(error["type"], "provider.Broken")
        self.assertEqual(error["message"], "no luck")
        self.assertTrue(error["traceback"].startswith("Traceback (most recent call last):\n"))
        self.assertTrue(error["traceback"].endswith("provider.Broken: no luck\n"))
        self.assertIn("in inner", error["traceback"])
        self.assertNotIn("_python_worker_pool", error["traceback"])

    def test_an_async_exception_has_the_users_frames_only(self):
        worker = self.ready("async def fail(): raise KeyError('k')")
        error = worker.call("fail").value
        self.assertEqual(error["type"], "KeyError")
        self.assertIn("in fail", error["traceback"])
        self.assertNotIn("_python_worker_pool", error["traceback"])
        self.assertNotIn("asyncio", error["traceback"])

    def test_hostile_exceptions_are_described_and_the_worker_continues(self):
        worker = self.ready(
            r"""
            class NoStr(Exception):
                def __str__(self): raise RuntimeError("no")
            class NoAnything(Exception):
                def __str__(self): raise SystemExit
                __repr__ = __str__
                __module__ = None
            def no_str(): raise NoStr
            def no_anything(): raise NoAnything
            def cyclic():
                a, b = ValueError("a"), ValueError("b")
                a.__cause__, b.__cause__ = b, a
                raise a
            def long_chain():
                error = None
                for n in range(3000):
                    new = ValueError(n); new.__cause__ = error; error = new
                raise error
            def huge(): raise ValueError("m" * 50_000_000)
            def recursive(): recursive()
            def surrogate(): raise ValueError("\ud800")
            def memory(): return b"x" * (1 << 62)
            def fine(): return "fine"
            """
        )
        for name, kind in (
            ("no_str", "provider.NoStr"),
            ("no_anything", "NoAnything"),
            ("cyclic", "ValueError"),
            ("long_chain", "ValueError"),
            ("huge", "ValueError"),
            ("recursive", "RecursionError"),
            ("surrogate", "ValueError"),
            ("memory", "MemoryError"),
        ):
            with self.subTest(name):
                frame = worker.call(name)
                self.assertEqual(frame.kind, "RAISED")
                self.assertEqual(frame.value["type"], kind)
                self.assertEqual(worker.result("fine"), "fine")

    @unittest.skipIf(sys.version_info < (3, 11), "exception groups came with 3.11")
    def test_exception_groups_include_their_members(self):
        worker = self.ready("def fail(): raise ExceptionGroup('two', [ValueError(1), KeyError(2)])")
        error = worker.call("fail").value
        self.assertEqual(error["type"], "ExceptionGroup")
        self.assertIn("ValueError: 1", error["traceback"])

    def test_a_message_above_the_limit_is_cut_and_says_so(self):
        worker = self.ready("def fail(): raise ValueError('é' * 10**6)", max_payload=1)
        frame = worker.call("fail")
        self.assertEqual(frame.kind, "RAISED")
        self.assertIn("[... cut to fit maxPayload ...]", frame.value["message"])

    def test_exits_fail_that_call_only(self):
        worker = self.ready(
            """
            import sys
            def exit(): sys.exit(3)
            def interrupt(): raise KeyboardInterrupt
            def generator(): raise GeneratorExit
            async def async_exit(): sys.exit(3)
            async def async_interrupt(): raise KeyboardInterrupt
            async def async_generator(): raise GeneratorExit
            async def cancelled():
                import asyncio
                raise asyncio.CancelledError
            def fine(): return "fine"
            """
        )
        for name, kind in (
            ("exit", "SystemExit"),
            ("interrupt", "KeyboardInterrupt"),
            ("generator", "GeneratorExit"),
            ("async_exit", "SystemExit"),
            ("async_interrupt", "KeyboardInterrupt"),
            ("async_generator", "GeneratorExit"),
        ):
            with self.subTest(name):
                self.assertEqual(worker.call(name).value["type"], kind)
                self.assertEqual(worker.result("fine"), "fine")
        self.assertIn("CancelledError", worker.call("cancelled").value["type"])
        self.assertEqual(worker.end(), 0)

    def test_wrong_arity_is_pythons_own_message(self):
        worker = self.ready("def call_api(prompt, options): pass")
        error = worker.call("call_api", 1, 2, 3).value
        self.assertEqual(error["type"], "TypeError")
        self.assertIn("takes 2 positional arguments but 3 were given", error["message"])
        self.assertTrue(error["traceback"].endswith(f"TypeError: {error['message']}\n"))

    def test_what_is_not_callable_says_so(self):
        worker = self.ready("call_api = 'text'")
        error = worker.call("call_api").value
        self.assertEqual(error["type"], "TypeError")
        self.assertEqual(
            error["message"], "'call_api' in module 'provider' is not callable: it is a str"
        )


class Missing(WorkerTest):
    def test_a_missing_promptfoo_function_is_explained(self):
        worker = self.ready(
            "import json\nfrom os import getcwd\ndef get_api(p): pass\nclass B: pass"
        )
        details = worker.call("call_api").value
        self.assertEqual(details["available"], ["B", "get_api"])
        self.assertEqual(
            details["message"],
            "Function 'call_api' not found in module 'provider'\n\n"
            "Available functions in your module: B, get_api\n\n"
            "Expected function names for promptfoo:\n"
            "  • call_api(prompt, options, context) - for chat/completions\n"
            "  • call_embedding_api(prompt, options) - for embeddings\n"
            "  • call_classification_api(prompt, options) - for classification\n\n"
            "Did you mean to rename 'get_api' to 'call_api'?\n\n"
            "See https://www.promptfoo.dev/docs/providers/python/ for details.",
        )

    def test_other_names_get_a_short_text(self):
        worker = self.ready("def transform(p): pass")
        self.assertEqual(
            worker.call("transfrom").value["message"],
            "Function 'transfrom' not found in module 'provider'\n\n"
            "Available functions in your module: transform\n\n"
            "Did you mean 'transform'?",
        )
        self.assertNotIn("Did you mean", worker.call("zzz").value["message"])

    def test_only_a_function_that_promptfoo_calls_is_to_be_renamed(self):
        worker = self.ready("def get_answer(p): pass\ndef CALL_API(p): pass")
        for name, line in (
            ("GET_ANSWER", "Did you mean 'get_answer'?"),
            ("call_answer", "Did you mean 'get_answer'?"),
            ("call_api", "Did you mean to rename 'CALL_API' to 'call_api'?"),
        ):
            with self.subTest(name):
                self.assertIn(f"\n\n{line}", worker.call(name).value["message"])

    def test_an_empty_module_and_odd_names(self):
        worker = self.ready("x = 1")
        for name in ("a", "", ".", "a..b", "x.y", "ü|n\n"):
            message = worker.call(name).value["message"]
            self.assertTrue(
                message.startswith(f"Function '{name}' not found in module 'provider'"), message
            )
            self.assertIn("(none)", message)
