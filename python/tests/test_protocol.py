"""The codec of frames, without a process."""

import unittest

from _python_worker_pool import protocol
from _python_worker_pool.codec import Encoder, decode_arguments
from _python_worker_pool.errors import NotSerializable

from .client import PREAMBLE, field, init_payload

encode = Encoder().encode


class Frames(unittest.TestCase):
    def test_a_header_is_what_struct_makes_of_it(self):
        import struct

        for parts in ((0, 0, 0), (1, 2, 3), (2**32 - 1, 255, 2**64 - 1)):
            length, kind, call_id = parts
            header = struct.pack("<IB3xQ", length, kind, call_id)
            self.assertEqual(protocol.pack_header(kind, call_id, length), header)
            self.assertEqual(protocol.unpack_header(header), (kind, call_id, length))

    def test_padding_that_is_not_zero_is_an_error(self):
        for place in (6, 7):
            header = bytearray(16)
            header[place] = 1
            with self.assertRaises(protocol.ProtocolError):
                protocol.unpack_header(header)

    def test_flags_are_above_the_kind(self):
        kind = protocol.CALL | (protocol.ARRAYS_AS_LISTS | protocol.NAN_AS_NULL) * protocol.FLAG
        header = protocol.pack_header(kind, 7, 1)
        self.assertEqual(header[4:8], b"\x02\x03\0\0")
        self.assertEqual(protocol.unpack_header(header), (kind, 7, 1))

    def test_the_window_of_a_stream_is_above_its_flags(self):
        for base in protocol.CALLS:
            for window in (1, 258, 65535):
                kind = base | protocol.STREAM * protocol.FLAG | window * protocol.WINDOW
                header = protocol.pack_header(kind, 7, 1)
                self.assertEqual(header[5] & protocol.STREAM, protocol.STREAM)
                self.assertEqual(header[6:8], window.to_bytes(2, "little"))
                self.assertEqual(protocol.unpack_header(header), (kind, 7, 1))
                self.assertGreater(kind, protocol.MAX_KIND)

    def test_no_other_frame_has_a_window(self):
        for kind in (
            protocol.CALL,
            protocol.CREDIT,
            protocol.PING | 4 << 8,
            protocol.CALL | 12 << 8,
        ):
            header = protocol.pack_header(kind | 1 << 16, 7, 1)
            with self.assertRaises(protocol.ProtocolError):
                protocol.unpack_header(header)

    def test_credit_is_two_numbers(self):
        payload = (2**64 - 1).to_bytes(8, "little") + (7).to_bytes(8, "little")
        for one in (payload, memoryview(payload)):
            self.assertEqual(protocol.split_credit(one), (2**64 - 1, 7))
        for broken in (b"", payload[:-1], payload + b"x"):
            with self.assertRaises(protocol.ProtocolError):
                protocol.split_credit(broken)

    def test_fields_are_split_and_checked(self):
        first, rest = protocol.split_field(memoryview(field(b"ab") + b"rest"))
        self.assertEqual((bytes(first), bytes(rest)), (b"ab", b"rest"))
        for broken in (b"", b"\x01\x00\x00", b"\x02\x00\x00\x00x", b"\xff\xff\xff\xff"):
            with self.assertRaises(protocol.ProtocolError):
                protocol.split_field(memoryview(broken))

    def test_init_is_read_whole(self):
        payload = init_payload(b"/s.py", log=-1, trace=4, tokens=5, plugin="hooks")
        init = protocol.Init(memoryview(payload))
        self.assertEqual(init.preamble, PREAMBLE)
        self.assertEqual((init.script_kind, init.script), (protocol.FILE, b"/s.py"))
        self.assertEqual((init.max_payload, init.log_handle), (10, -1))
        self.assertEqual((init.trace_handle, init.tokens_handle, init.plugin), (4, 5, "hooks"))
        for broken in (payload[:-1], payload + b"x", payload[20:]):
            with self.assertRaises(protocol.ProtocolError):
                protocol.Init(memoryview(broken))

    def test_the_script_is_a_file_or_a_module(self):
        init = protocol.Init(memoryview(init_payload(b"a.b", kind=protocol.MODULE)))
        self.assertEqual((init.script_kind, init.script), (protocol.MODULE, b"a.b"))
        for unknown in (-1, 2):
            with self.assertRaises(protocol.ProtocolError):
                protocol.Init(memoryview(init_payload(b"a.b", kind=unknown)))

    def test_tracing_is_on_off_or_left_to_the_environment(self):
        for sent, read in ((1, True), (0, False), (-1, None)):
            init = protocol.Init(memoryview(init_payload(b"/s.py", tracing=sent)))
            self.assertIs(init.tracing, read)


class Text(unittest.TestCase):
    def test_results_are_compact_utf8(self):
        self.assertEqual(encode({"ä": [1, 2.0, None]}, []), '{"ä":[1,2.0,null]}'.encode())
        self.assertEqual(encode("a\ud800é", []), b'"a\\ud800\xc3\xa9"')

    def test_arguments_are_one_array(self):
        self.assertEqual(decode_arguments(memoryview(b'[1,"\xc3\xa9"]')), [1, "é"])
        for broken in (b"", b"{}", b"[1", b"[1] ", b"nope", b"[1,]"):
            with self.assertRaises(NotSerializable) as caught:
                decode_arguments(memoryview(broken))
            self.assertEqual(caught.exception.details["path"], "args")
