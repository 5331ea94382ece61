"""Long strings and binary values beside the JSON."""

import array
import json
import sys
import types
import unittest

from _python_worker_pool import buffers, protocol
from _python_worker_pool.binary import Binary
from _python_worker_pool.codec import Encoder
from _python_worker_pool.errors import NotSerializable, TooLarge
from _python_worker_pool.protocol import ProtocolError

from .client import WorkerTest, field, unpack

encode = Encoder().encode

TEXT = "x" * buffers.MIN_LONG


def crossed(value):
    """A value as the host gets it: arrays as (dtype, shape, bytes)."""
    beside = []
    text = encode(buffers.extract_long_strings(value, beside), beside)
    return unpack(b"".join(buffers.pack(text, beside, 1 << 30).pieces))


class LongStrings(unittest.TestCase):
    def test_short_values_are_left_in_the_json(self):
        for value in (None, 1, TEXT[1:], {"a": TEXT[1:]}, [TEXT], {"a": [TEXT]}):
            beside = []
            self.assertIs(buffers.extract_long_strings(value, beside), value)
            self.assertEqual(beside, [])

    def test_large_dicts_are_not_searched(self):
        value = dict.fromkeys(map(str, range(100)), TEXT)
        self.assertIs(buffers.extract_long_strings(value, []), value)

    def test_the_users_dict_is_not_touched_and_keeps_its_order(self):
        value = {"b": 1, "a": TEXT, 3: 2}
        beside = []
        rest = buffers.extract_long_strings(value, beside)
        self.assertEqual(
            list(rest.items()), [("b", 1), ("a", f"{buffers.PLACEHOLDER_PREFIX}0"), (3, 2)]
        )
        self.assertEqual(beside, [TEXT])
        self.assertEqual(value["a"], TEXT)

    def test_the_narrower_encoding_is_taken(self):
        packed = b"".join(buffers.pack(b"{}", ["é", "測\ud800"], 1000).pieces)
        self.assertEqual(
            packed,
            field(b"{}")
            + field(buffers.PLACEHOLDER_PREFIX.encode())
            + b"\0"
            + field(b"\xe9")
            + b"\1"
            + field(b"\x2c\x6e\x00\xd8"),
        )


class Arguments(unittest.TestCase):
    def split(self, *beside, name=b"", text=b"[[null,1,null],[]]"):
        payload = field(name) + field(text)
        for form, data in beside:
            payload += bytes((form,))
            if form == buffers.BYTES:
                payload += bytes(-(len(payload) + 4) % 8)
            payload += field(data)
        rest = memoryview(payload)[4 + len(name) :]
        return buffers.split_buffers(rest, 4 + len(name))

    def test_buffers_are_read_with_their_padding(self):
        for name in (b"", b"f", b"call_api", b"123456789"):
            text, found = self.split(
                (buffers.LATIN_1, b"\xe9"),
                (buffers.BYTES, b"123"),
                (buffers.UTF_16, b"\x2c\x6e\x00\xd8"),
                (buffers.BYTES, b""),
                name=name,
            )
            self.assertEqual(bytes(text), b"[[null,1,null],[]]")
            self.assertEqual(found[0::2], ["é", "測\ud800"])
            self.assertEqual([bytes(data) for data in found[1::2]], [b"123", b""])

    def test_nonsense_is_a_protocol_error(self):
        start = field(b"[[],[]]")
        for rest in (b"\0", b"\7" + field(b""), b"\0\xff\xff\xff\xff", b"\1" + field(b"x"), b"\2"):
            with self.subTest(rest), self.assertRaises(ProtocolError):
                buffers.split_buffers(memoryview(start + rest), 0)

    def test_buffers_are_inserted_at_their_paths(self):
        arguments = [None, 1, {"a": [None]}]
        data = memoryview(bytearray(range(8)))
        paths = [[[0], None], [[2, "a", 0], None]]
        filled = buffers.insert([arguments, paths], ["é", data])
        self.assertEqual(filled, ["é", 1, {"a": [bytes(range(8))]}])

    def test_a_path_that_does_not_exist_is_a_protocol_error(self):
        data = memoryview(bytes(8))
        for path in (
            [[7], None],
            [["a"], None],
            [[1, 0], None],
            [[], None],
            [5, None],
            [[0]],
            5,
            [[0], "?!"],
            [[0], 5],
            [[0], "z"],
            [[0], "b", [3]],
            [[0], "b", [0, 2]],
            [[0], "b", [-8]],
            [[0], "b", "8"],
            [[0], "b", None, None],
        ):
            with self.subTest(path), self.assertRaises(ProtocolError):
                buffers.insert([[None, 1], [path]], [data])
        half = [[None], [[[0], "d"]]]
        for value in ([], [[None]], half, [5, [[[0], None]]], [[], 5], [[], [], []]):
            with self.subTest(value), self.assertRaises(ProtocolError):
                buffers.insert(value, [data[1:]])

    def test_arrays_are_of_their_format_and_can_be_written_to(self):
        for kind in "bBhHiIqQfd":
            for memory in (bytes, bytearray):
                values = array.array(kind, [1, 2, 3])
                view = buffers.from_bytes(memoryview(memory(values.tobytes())), kind)
                self.assertEqual((view.format, view.tolist()), (kind, [1, 2, 3]))
                view[0] = 5
                self.assertEqual(view[0], 5)

    def test_an_array_is_not_copied_from_what_can_be_written_to(self):
        memory = bytearray(8)
        buffers.from_bytes(memoryview(memory), "i")[0] = -1
        self.assertEqual(memory, b"\xff" * 4 + bytes(4))

    def test_half_floats_are_bytes_where_python_has_no_view_of_them(self):
        value = buffers.from_bytes(memoryview(b"\0\x3c"), "e")
        if sys.version_info >= (3, 12):
            self.assertEqual((value.format, value.tolist()), ("e", [1.0]))
        else:
            self.assertEqual(value, b"\0\x3c")

    def test_arrays_have_their_shape(self):
        values = array.array("f", range(6))
        for shape, expected in (
            ([2, 3], [[0, 1, 2], [3, 4, 5]]),
            ([3, 1, 2], [[[0, 1]], [[2, 3]], [[4, 5]]]),
            ([6], [0, 1, 2, 3, 4, 5]),
        ):
            data = memoryview(bytearray(values.tobytes()))
            view = buffers.from_bytes(data, "f", shape)
            self.assertEqual((view.shape, view.tolist()), (tuple(shape), expected))
            self.assertFalse(view.readonly)
        view = buffers.from_bytes(memoryview(bytes(4)), "i", [])
        self.assertEqual((view.shape, view.tolist()), ((), 0))

    def test_arrays_of_no_numbers_have_their_shape_too(self):
        for kind in "bBhHiIqQfd":
            size = array.array(kind).itemsize
            for shape in ([0], [0, 3], [3, 0], [2, 0, 4]):
                if sys.version_info < (3, 10) and len(shape) > 1:
                    with self.assertRaises(NotSerializable):
                        buffers.from_bytes(memoryview(b""), kind, shape)
                    continue
                view = buffers.from_bytes(memoryview(b""), kind, shape)
                self.assertEqual((view.shape, view.itemsize), (tuple(shape), size))
                if (kind, shape) != ("B", [0]):  # which is bytes
                    self.assertEqual(crossed(view)[1:], (shape, b""))

    def test_half_floats_that_no_view_can_hold_are_refused(self):
        data = memoryview(b"\0\x3c")
        with self.assertRaises(NotSerializable):
            buffers.from_bytes(memoryview(b""), "e", [0, 3])
        if sys.version_info >= (3, 12):
            self.assertEqual(buffers.from_bytes(data, "e", [1, 1]).tolist(), [[1.0]])
        else:
            with self.assertRaises(NotSerializable):
                buffers.from_bytes(data, "e", [1, 1])

    def test_an_empty_array(self):
        view = buffers.from_bytes(memoryview(b""), "d")
        self.assertEqual((view.format, view.tolist()), ("d", []))


class Results(unittest.TestCase):
    def test_bytes_anywhere_in_a_value(self):
        value = {"a": [b"\0\xff", {"b": (bytearray(b"x"),)}], "c": memoryview(b"y"), "d": b""}
        expected = {"a": [b"\0\xff", {"b": [b"x"]}], "c": b"y", "d": b""}
        self.assertEqual(crossed(value), expected)
        self.assertEqual(crossed(b"alone"), b"alone")

    def test_arrays_with_dtype_and_shape(self):
        for kind, dtype in (
            ("b", "int8"),
            ("B", "uint8"),
            ("h", "int16"),
            ("H", "uint16"),
            ("i", "int32"),
            ("I", "uint32"),
            ("q", "int64"),
            ("Q", "uint64"),
            ("f", "float32"),
            ("d", "float64"),
        ):
            values = array.array(kind, [1, 2, 3])
            self.assertEqual(crossed([values]), [(dtype, [3], values.tobytes())])
        size = array.array("l").itemsize
        self.assertEqual(crossed(array.array("l", [1]))[0], f"int{8 * size}")

    def test_views_of_more_than_bytes_are_arrays(self):
        data = bytes(range(12))
        cast = memoryview(data).cast
        self.assertEqual(crossed(cast("H")), ("uint16", [6], data))
        self.assertEqual(crossed(cast("B", [3, 4])), ("uint8", [3, 4], data))
        self.assertEqual(crossed(cast("f", [1, 3])), ("float32", [1, 3], data))
        self.assertEqual(crossed(cast("b")), ("int8", [12], data))
        self.assertEqual(crossed(cast("c")), data)

    def test_views_with_gaps_are_made_whole(self):
        data = bytes(range(6))
        self.assertEqual(crossed(memoryview(data)[::2]), b"\0\2\4")
        self.assertEqual(crossed(memoryview(data)[::-1]), data[::-1])

    def test_numbers_that_javascript_has_no_array_of_are_lists(self):
        import ctypes

        class Big(ctypes.BigEndianStructure):
            _fields_ = (("numbers", ctypes.c_int16 * 2),)

        big = Big((1, -2)).numbers
        for value, expected in (
            (memoryview(b"\1\0").cast("?"), [True, False]),
            (memoryview(b"\1\0\0\1").cast("?", [2, 2]), [[True, False], [False, True]]),
            (memoryview(b"\1\0\1").cast("?")[::2], [True, True]),
            (memoryview(bytes(4)).cast("f", []), 0.0),
            (memoryview(b"\1").cast("?", []), True),
            (memoryview(b"\5").cast("B", []), 5),
            (ctypes.c_double(0.5), 0.5),
            ((ctypes.c_bool * 2)(1, 0), [True, False]),
            (big, [1, -2]),
        ):
            with self.subTest(repr(value)):
                self.assertEqual(crossed({"a": value}), {"a": expected})

    def test_what_holds_no_numbers_is_refused(self):
        import ctypes

        class Pair(ctypes.Structure):
            _fields_ = (("a", ctypes.c_int), ("b", ctypes.c_int))

        for value in (Pair(1, 2), memoryview(Pair(1, 2)), ctypes.c_void_p(1), (Pair * 1)()):
            with self.subTest(repr(value)), self.assertRaises(NotSerializable) as caught:
                crossed({"a": value})
            self.assertEqual(caught.exception.details["path"], "output.a")

    def test_arrays_of_ctypes(self):
        import ctypes

        numbers = ((ctypes.c_float * 3) * 2)((1, 2, 3), (4, 5, 6))
        self.assertEqual(crossed(numbers), ("float32", [2, 3], bytes(numbers)))
        self.assertEqual(crossed((ctypes.c_ubyte * 2)(1, 2)), b"\1\2")

    def test_a_refusal_beside_binary_values_names_its_path(self):
        with self.assertRaises(NotSerializable) as caught:
            crossed({"a": b"x", "b": [bytearray(1), {"c": object()}]})
        self.assertEqual(caught.exception.details["path"], "output.b[1].c")
        cycle = [b"x"]
        cycle.append(cycle)
        with self.assertRaises(NotSerializable) as caught:
            crossed(cycle)
        self.assertEqual(caught.exception.details["path"], "output[1]")

    def test_the_values_of_other_rules_may_be_binary(self):
        import dataclasses
        import enum

        @dataclasses.dataclass
        class Image:
            pixels: bytes

        class Color(enum.Enum):
            RED = b"\xff\0\0"

        self.assertEqual(crossed([Image(b"x"), Color.RED]), [{"pixels": b"x"}, b"\xff\0\0"])
        self.assertEqual(crossed([types.MappingProxyType({"a": b"x"})]), [{"a": b"x"}])

    def test_more_of_them_than_the_host_takes_are_refused(self):
        self.assertEqual(len(crossed([b""] * buffers.MAX_BUFFERS)), buffers.MAX_BUFFERS)
        with self.assertRaises(NotSerializable) as caught:
            crossed([b""] * (buffers.MAX_BUFFERS + 1))
        self.assertIn("output: more than 65536 binary", caught.exception.details["message"])

    def test_what_is_too_large_is_refused_before_it_is_packed(self):
        beside = [Binary(bytes(100))] * 3
        with self.assertRaises(TooLarge) as caught:
            buffers.pack(b"[]", beside, 300)
        self.assertEqual(caught.exception.details, {"size": len(buffers.pack(b"[]", beside, 1000))})

    def test_a_string_that_looks_like_a_reference_is_a_string(self):
        self.assertEqual(crossed([b"x", "0", "mark0"]), [b"x", "0", "mark0"])

    def test_kinds_are_known_to_both_sides(self):
        self.assertEqual((protocol.CALL_WITH_BUFFERS, protocol.RESULT_WITH_BUFFERS), (3, 10))


class Numpy(unittest.TestCase):
    """Where numpy is installed."""

    def setUp(self):
        try:
            import numpy
        except ImportError:
            self.skipTest(f"{sys.executable} has no numpy")
        self.numpy = numpy

    def test_every_dtype_that_javascript_has_an_array_of(self):
        for dtype in (
            *("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
            *("float16", "float32", "float64", "longlong", "intc", "uintp"),
        ):
            values = self.numpy.arange(6, dtype=dtype).reshape(2, 3)
            expected = (values.dtype.name, [2, 3], values.tobytes())
            self.assertEqual(crossed([values]), [expected])

    def test_any_order_in_memory(self):
        values = self.numpy.arange(24, dtype="int16").reshape(2, 3, 4)
        for view in (values.T, values[:, ::-1], self.numpy.asfortranarray(values), values[1:, 1:]):
            self.assertEqual(crossed(view), ("int16", list(view.shape), view.tobytes()))

    def test_arrays_without_numbers(self):
        self.assertEqual(crossed(self.numpy.zeros((0, 3))), ("float64", [0, 3], b""))
        self.assertEqual(crossed(self.numpy.zeros(0, "int8")), ("int8", [0], b""))

    def test_what_javascript_has_no_array_of_is_a_list(self):
        numpy = self.numpy
        for values in (
            numpy.array([True, False]),
            numpy.array(["a", "b"]),
            numpy.array([None, {"a": 1}], dtype=object),
            numpy.array([1, 2], dtype=">i4"),
            numpy.array(5),
            numpy.ma.masked_array([1, 2], [False, True]),
            numpy.array([(1, 2.5)], dtype=[("a", "i4"), ("b", "f8")]),
        ):
            with self.subTest(repr(values)):
                expected = json.loads(json.dumps(values.tolist()))
                self.assertEqual(crossed({"a": values}), {"a": expected})
        for values in (numpy.array([1j]), numpy.array(["2020-01-01"], "datetime64[ns]")[:0]):
            with self.subTest(repr(values)):
                try:
                    crossed(values)
                except NotSerializable as error:
                    self.assertEqual(error.details["path"], "output[0]")

    def test_scalars_are_numbers(self):
        numpy = self.numpy
        scalars = [numpy.int64(5), numpy.float32(0.5), numpy.bool_(True), numpy.str_("é")]
        self.assertEqual(crossed(scalars), [5, 0.5, True, "é"])
        self.assertEqual(crossed(numpy.bytes_(b"x")), b"x")

    def test_an_argument_is_an_array_without_a_copy(self):
        memory = bytearray(24)
        values = self.numpy.asarray(buffers.from_bytes(memoryview(memory), "d"))
        self.assertEqual((values.dtype.name, values.shape), ("float64", (3,)))
        values[0] = 1
        self.assertNotEqual(memory, bytes(24))


class Processes(WorkerTest):
    def test_arrays_of_any_size_arrive_aligned(self):
        worker = self.ready(
            """
            import ctypes
            def look(*values):
                addresses = [ctypes.addressof(ctypes.c_char.from_buffer(v)) for v in values]
                return [a % 8 for a in addresses], [sum(v.tolist()) for v in values]
            """
        )
        for count in (1, 100, 10_000, 100_000):
            values = array.array("d", [1.0] * count)
            text = b'[[null,null],[[[0],"b"],[[1],"d"]]]'
            payload = field(b"look") + field(text)
            for data in (b"\1" * 3, values.tobytes()):
                payload += b"\2"
                payload += bytes(-(len(payload) + 4) % 8) + field(data)
            worker.issue(1)
            worker.send_frame(protocol.CALL_WITH_BUFFERS, 1, payload)
            self.assertEqual(worker.receive().value, [[0, 0], [3, count]])

    def test_results_of_any_size(self):
        worker = self.ready(
            """
            import array
            def data(count):
                return {"bytes": bytes(count), "numbers": array.array("f", [1]) * count}
            """
        )
        for count in (0, 1, 1000, 1_000_000):
            numbers = array.array("f", [1]) * count
            expected = {"bytes": bytes(count), "numbers": ("float32", [count], numbers.tobytes())}
            self.assertEqual(worker.result("data", count), expected)

    def test_a_result_over_the_bound_fails_its_call(self):
        worker = self.ready("def data(count): return [bytes(count)]", max_payload=1000)
        frame = worker.call("data", 2000)
        self.assertEqual(frame.kind, "TOO_LARGE")
        self.assertGreater(frame.value["size"], 2000)
        self.assertEqual(worker.result("data", 10), [bytes(10)])
