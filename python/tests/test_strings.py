"""Long strings beside the JSON."""

import unittest

from _python_worker_pool import protocol, strings
from _python_worker_pool.protocol import ProtocolError

from .client import field

TEXT = "x" * strings.LONG


class Packing(unittest.TestCase):
    def test_short_values_are_left_in_the_json(self):
        for value in (None, 1, TEXT[1:], {"a": TEXT[1:]}, [TEXT], {1: TEXT}, {"a": [TEXT]}):
            self.assertIsNone(strings.take_out(value))

    def test_large_dicts_are_not_searched(self):
        self.assertIsNone(strings.take_out(dict.fromkeys(map(str, range(100)), TEXT)))

    def test_the_users_dict_is_not_touched_and_keeps_its_order(self):
        value = {"b": 1, "a": TEXT, "c": 2}
        rest, taken = strings.take_out(value)
        self.assertEqual(list(rest.items()), [("b", 1), ("a", None), ("c", 2)])
        self.assertEqual(taken, {"a": TEXT})
        self.assertEqual(value["a"], TEXT)

    def test_the_narrower_encoding_is_taken(self):
        packed = strings.pack(b"{}", {"a": "é", "b": "測\ud800"})
        self.assertEqual(
            packed,
            field(b"{}")
            + field(b"a")
            + b"\0"
            + field(b"\xe9")
            + field(b"b")
            + b"\1"
            + field(b"\x2c\x6e\x00\xd8"),
        )


class Splitting(unittest.TestCase):
    def test_arguments_are_put_in_their_places(self):
        payload = field(b"[null,1,null]") + b"\0\0\0\0\0" + field(b"\xe9")
        payload += b"\2\0\0\0\1" + field(b"\x2c\x6e\x00\xd8")
        text, found = strings.split_strings(memoryview(payload))
        self.assertEqual(bytes(text), b"[null,1,null]")
        arguments = [None, 1, None]
        strings.put_in(arguments, found)
        self.assertEqual(arguments, ["é", 1, "測\ud800"])

    def test_nonsense_is_a_protocol_error(self):
        for rest in (b"\0", b"\0\0\0\0\7" + field(b""), b"\0\0\0\0\0\xff\xff\xff\xff"):
            with self.subTest(rest), self.assertRaises(ProtocolError):
                strings.split_strings(memoryview(field(b"[]") + rest))

    def test_kinds_are_known_to_both_sides(self):
        self.assertEqual((protocol.CALL_WITH_STRINGS, protocol.RESULT_WITH_STRINGS), (3, 10))
