"""The private C functions of `json`: what becomes of a Python that has changed them."""

import _json
import importlib.util
import sys
import types
import unittest
from unittest import mock

from _python_worker_pool import codec
from _python_worker_pool.errors import NotSerializable

VALUES = (
    *(None, True, 1, -0.0, 1.5e300, 2**70, "", "aé€😀\n\x00\ud800", [], {}),
    {"a": [1, {"b": (2, 3)}], "ü": {"x"}},
    {None: 1, True: 2, 3: 4, 1.5: 5},
)
REFUSED = (object(), [float("nan")], {"a": {(1, 2): 3}})


def fresh(**changes):
    """The codec as it is imported where `_json` has those functions changed."""
    changed = types.ModuleType("_json")
    vars(changed).update(vars(_json))
    vars(changed).update(changes)
    for name, value in changes.items():
        if value is None:
            delattr(changed, name)
    spec = importlib.util.spec_from_file_location("_python_worker_pool.fresh", codec.__file__)
    module = importlib.util.module_from_spec(spec)
    with mock.patch.dict(sys.modules, {"_json": changed}):
        spec.loader.exec_module(module)
    return module


def uses_json_module(module):
    return module.make_encoder.__module__ == "_python_worker_pool.json_fallback"


def one_argument_more(function):
    return lambda first, *args: function(*args)


def with_changed_call(make):
    """A constructor whose objects are called with other arguments than they were."""

    def changed(*args):
        call = make(*args)
        return lambda first, second, third: call(first, second)

    return changed


def with_changed_result(make):
    def changed(*args):
        call = make(*args)
        return lambda *args: (call(*args), "more")

    return changed


@unittest.skipIf(sys.implementation.name != "cpython", "others have no such functions")
class PrivateFunctions(unittest.TestCase):
    def outcome(self, function, *args):
        try:
            return function(*args)
        except NotSerializable as error:
            return error.details["path"]

    def results(self, module):
        encode = module.Encoder().encode
        texts = [self.outcome(encode, value, []) for value in (*VALUES, *REFUSED)]
        broken = (b"", b"{}", b"[1", b"[1] ", b"nope", b"[1,]")
        values = [self.outcome(module.decode_arguments, text) for text in broken]
        values += [module.decode_arguments(b"[" + text + b"]") for text in texts[: len(VALUES)]]
        values.append(module.encode_details({"message": "a\ud800é", "missing": None}))
        return texts, values

    def test_this_python_has_the_functions_we_know(self):
        self.assertFalse(uses_json_module(codec))
        self.assertIs(codec.encode_string, _json.encode_basestring)

    def test_changed_functions_are_replaced_by_the_json_module(self):
        expected = self.results(codec)
        for name in ("make_encoder", "make_scanner", "encode_basestring"):
            function = getattr(_json, name)
            changes = [None, one_argument_more(function), with_changed_result(function)]
            for change in (*changes, with_changed_call(function)):
                with self.subTest(name, change=change):
                    module = fresh(**{name: change})
                    self.assertTrue(uses_json_module(module))
                    self.assertEqual(self.results(module), expected)

    def test_unchanged_functions_are_used(self):
        self.assertFalse(uses_json_module(fresh()))
