"""The plugin that INIT names, and workers without one."""

import os
import unittest

from _python_worker_pool.plugin import Plugin, load_plugin

from .client import WorkerTest


class Loading(unittest.TestCase):
    def test_without_a_name_there_are_no_hints(self):
        plugin = load_plugin("")
        self.assertIs(type(plugin), Plugin)
        self.assertIsNone(plugin.expected_functions("call_api"))
        self.assertEqual(plugin.trace_context(({"traceparent": "00-"},)), {})
        self.assertEqual(plugin.request_attributes("f", (1,)), {})
        self.assertEqual(plugin.result_attributes({"output": 1}), {})
        self.assertIsNone(plugin.result_error({"error": "no"}))

    def test_a_plugin_is_loaded_by_its_name(self):
        plugin = load_plugin("promptfoo_hooks")
        self.assertIsInstance(plugin, Plugin)
        self.assertIn("call_api(prompt, options, context)", plugin.expected_functions("call_api"))
        self.assertIsNone(plugin.expected_functions("other"))
        self.assertIn("OTEL", plugin.tracing_variable)

    def test_the_trace_context_is_in_the_third_argument(self):
        plugin = load_plugin("promptfoo_hooks")
        context = {"traceparent": "00-a-b-01", "tracestate": 5, "vars": {}}
        self.assertEqual(plugin.trace_context((1, 2, context)), {"traceparent": "00-a-b-01"})
        for arguments in ((), (context,), (1, 2, None), (1, 2, [context])):
            self.assertEqual(plugin.trace_context(arguments), {})

    def test_its_code_is_in_a_folder_that_tracebacks_leave_out(self):
        plugin = load_plugin("promptfoo_hooks")
        file = type(plugin).expected_functions.__code__.co_filename
        self.assertIn("_python_worker_pool", file)
        self.assertTrue(type(plugin).__module__.startswith("_python_worker_pool."))

    def test_a_plugin_that_does_not_exist_is_an_error(self):
        for _ in range(2):
            with self.assertRaises(FileNotFoundError):
                load_plugin("no_such_hooks")


class Workers(WorkerTest):
    LOADED = """
        import sys
        def loaded(): return [name for name in sys.modules if "plugin" in name or "hooks" in name]
    """

    def test_without_a_plugin_a_missing_function_has_a_short_text(self):
        worker = self.ready("def get_api(p): pass", plugin="")
        self.assertEqual(
            worker.call("call_api").value["message"],
            "Function 'call_api' not found in module 'provider'\n\n"
            "Available functions in your module: get_api\n\n"
            "Did you mean 'get_api'?",
        )

    def test_without_a_plugin_the_environment_turns_no_tracing_on(self):
        env = {**os.environ, "PROMPTFOO_ENABLE_OTEL": "1"}
        worker = self.start(self.LOADED, plugin="", env=env)
        self.assertIsNone(worker.init().value["warning"])
        self.assertEqual(worker.result("loaded"), [])

    def test_no_plugin_is_loaded_before_it_is_needed(self):
        env = {name: value for name, value in os.environ.items() if "OTEL" not in name}
        worker = self.ready(self.LOADED, env=env)
        self.assertEqual(worker.result("loaded"), [])
        worker.call("call_api")
        self.assertIn("_python_worker_pool.promptfoo_hooks", worker.result("loaded"))

    def test_a_script_may_have_the_plugins_name(self):
        worker = self.ready("def f(): return __name__", "promptfoo_hooks.py")
        self.assertIn("for chat/completions", worker.call("call_api").value["message"])
        self.assertEqual(worker.result("f"), "promptfoo_hooks")
