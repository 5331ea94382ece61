"""Results in the form that a call asks for: arrays as lists, NaN and infinities as null."""

import array
import decimal
import json
import unittest

from _python_worker_pool import protocol
from _python_worker_pool.errors import NotSerializable
from _python_worker_pool.result_form import encode_in_form

from .client import WorkerTest, field

LISTS, NULLS = protocol.ARRAYS_AS_LISTS, protocol.NAN_AS_NULL
NAN, INFINITY = float("nan"), float("inf")


def encoded(value, flags):
    """The value as the host gets it, without what is beside the JSON, and the number of buffers."""
    beside = []
    return json.loads(encode_in_form(value, beside, flags).decode()), len(beside)


class ArraysAsLists(unittest.TestCase):
    def test_arrays_of_every_kind_are_nested_lists(self):
        for kind in "bBhHiIqQfd":
            values = array.array(kind, range(6))
            self.assertEqual(encoded({"a": values}, LISTS), ({"a": [0, 1, 2, 3, 4, 5]}, 0))
            table = memoryview(values).cast("B").cast(kind, [3, 2])
            self.assertEqual(encoded([table], LISTS), ([[[0, 1], [2, 3], [4, 5]]], 0))
            self.assertEqual(encoded(array.array(kind), LISTS), ([], 0))
            if kind != "B":  # a view of which is bytes
                self.assertEqual(encoded(memoryview(values)[::-2], LISTS), ([5, 3, 1], 0))

    def test_bytes_stay_binary(self):
        for value in (b"x", bytearray(b"x"), memoryview(b"x")):
            self.assertEqual(encoded([value], LISTS)[1], 1)

    def test_arrays_stay_binary_without_the_flag(self):
        self.assertEqual(encoded([array.array("d", [NAN])], NULLS)[1], 1)

    def test_a_nan_in_a_list_is_refused_with_its_path(self):
        with self.assertRaises(NotSerializable) as caught:
            encode_in_form({"a": [array.array("d", [1, NAN])]}, [], LISTS)
        self.assertEqual(caught.exception.details["path"], "output.a[0][1]")
        self.assertEqual(encoded(array.array("d", [1, NAN]), LISTS | NULLS), ([1, None], 0))


class NanAsNull(unittest.TestCase):
    def test_at_any_depth(self):
        class Number(float):
            pass

        value = {"a": [NAN, (INFINITY, -INFINITY)], "b": {"c": decimal.Decimal("NaN")}}
        expected = {"a": [None, [None, None]], "b": {"c": None}}
        self.assertEqual(encoded(value, NULLS), (expected, 0))
        self.assertEqual(encoded(NAN, NULLS), (None, 0))
        self.assertEqual(encoded([Number("inf"), {NAN}], NULLS), ([None, [None]], 0))

    def test_texts_and_keys_that_look_like_it_stay(self):
        for text in ("NaN", '"NaN,', "\\", '\\"Infinity', "-Infinity:", "\n\x7fNaN\u2028", 'NaN":'):
            value = {text: [text, NAN], "NaN": 1}
            expected = {text: [text, None], "NaN": 1} if text != "NaN" else {"NaN": 1}
            self.assertEqual(encoded(value, NULLS), (expected, 0))

    def test_a_key_is_refused_all_the_same(self):
        for key in (NAN, INFINITY, -INFINITY):
            with self.assertRaises(NotSerializable) as caught:
                encode_in_form({"a": {"NaN": NAN}, "b": [{key: 1}]}, [], NULLS)
            self.assertEqual(caught.exception.details["path"], "output.b[0]")

    def test_what_else_is_refused_is_refused_with_its_path(self):
        cycle = [NAN]
        cycle.append(cycle)
        for value, path in (([NAN, 1j], "output[1]"), (cycle, "output[1]"), ({(): NAN}, "output")):
            with self.assertRaises(NotSerializable) as caught:
                encode_in_form(value, [], NULLS)
            self.assertEqual(caught.exception.details["path"], path)


class Flags(WorkerTest):
    def test_each_call_has_its_own(self):
        worker = self.ready(
            """
            import array
            def get(value=None): return [array.array("d", [1.5]), float("nan")]
            """
        )
        expected = {
            0: ("NOT_SERIALIZABLE", "output[1]"),
            LISTS: ("NOT_SERIALIZABLE", "output[1]"),
            NULLS: ("RESULT_WITH_BUFFERS", None),
            LISTS | NULLS: ("RESULT", [[1.5], None]),
        }
        beside = field(b"[[null],[[[0],null]]]") + b"\0" + field(b"text")
        for call_id, flags in enumerate([*expected, *reversed(list(expected))], 1):
            for kind, rest in ((protocol.CALL, b"[]"), (protocol.CALL_WITH_BUFFERS, beside)):
                number = 2 * call_id + kind
                worker.issue(number)
                worker.send_frame(kind | flags * protocol.FLAG, number, field(b"get") + rest)
                frame = worker.receive()
                self.assertEqual(frame.kind, expected[flags][0])
                if frame.kind == "RESULT":
                    self.assertEqual(frame.value, expected[flags][1])
                elif frame.kind == "NOT_SERIALIZABLE":
                    self.assertEqual(frame.value["path"], expected[flags][1])

    def test_an_unknown_flag_is_a_protocol_error(self):
        worker = self.ready("")
        worker.send_frame(protocol.CALL | 4 * protocol.FLAG, 1, field(b"get") + b"[]")
        self.assertIsNone(worker.receive())
        self.assertEqual(worker.wait(), 70)
