"""The golden frames in `crates/core/tests/wire_vectors`, which the Rust tests read as well."""

import json
import os
import unittest
from unittest import mock

from _python_worker_pool import buffers, protocol
from _python_worker_pool.binary import Binary
from _python_worker_pool.channel import Channel
from _python_worker_pool.codec import Encoder, decode_arguments, encode_details

encode = Encoder().encode

FOLDER = os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "../../crates/core/tests/wire_vectors"
)
CODECS = {"latin-1": ("latin-1", "strict"), "utf-16": ("utf-16-le", "surrogatepass")}


def vectors(direction):
    for file in sorted(os.listdir(FOLDER)):
        if file.endswith(".json"):
            with open(os.path.join(FOLDER, file), encoding="utf-8") as text:
                yield from (one for one in json.load(text) if one["direction"] == direction)


def value_of(buffer):
    """The value a buffer stands for: a string, or bytes."""
    data = bytes.fromhex(buffer["hex"])
    codec = CODECS.get(buffer["encoding"])
    return str(data, *codec) if codec else data


def flags_of(fields):
    """The flags of a call and its window, as they are part of the kind."""
    flags = {
        protocol.ARRAYS_AS_LISTS: fields.get("arrays") == "list",
        protocol.NAN_AS_NULL: fields.get("nan") == "null",
        protocol.STREAM: "window" in fields,
    }
    window = fields.get("window", 0) * protocol.WINDOW
    return window | sum(flag for flag, is_set in flags.items() if is_set) * protocol.FLAG


def init_fields(payload):
    init = protocol.Init(payload)
    return {
        "preamble_hex": init.preamble.hex(),
        "script_kind": {protocol.FILE: "file", protocol.MODULE: "module"}[init.script_kind],
        "script_hex": init.script.hex(),
        "max_payload": init.max_payload,
        "stdout_log": init.log_handle,
        "trace": init.trace_handle,
        "tokens": init.tokens_handle,
        "tracing": init.tracing,
        "plugin": init.plugin,
        "function": init.function,
        "concurrency": init.concurrency,
        "threads": init.threads,
        "cancels": init.cancels_handle,
        "reports_files": init.reports_files,
    }


def payload_of(kind, fields):
    """The payload that a worker sends."""
    if kind in ("HELLO", "PONG", "KIND", "BATCH_ENDED"):
        return b""
    if kind in ("RESULT", "ITEM"):
        return encode(json.loads(fields["json"]), [])
    if kind == "PRINTED":
        fd = {"stdout": 1, "stderr": 2}[fields["stream"]]
        return protocol.pack_printed(fd, bytes.fromhex(fields["text_hex"]))
    if kind not in ("RESULT_WITH_BUFFERS", "ITEM_WITH_BUFFERS"):
        return encode_details(fields)
    prefix = fields["placeholder_prefix"].encode()
    values = [value_of(buffer) for buffer in fields["buffers"]]
    beside = [value if isinstance(value, str) else Binary(value) for value in values]
    with mock.patch.object(buffers, "_PREFIX_FIELD", protocol.pack_field(prefix)):
        packed = buffers.pack(fields["json"].encode(), beside, 1 << 30)
    return b"".join(packed.pieces)


class HostToWorker(unittest.TestCase):
    def received(self, frame):
        read, write = os.pipe()
        self.addCleanup(os.close, read)
        os.write(write, bytes.fromhex(frame))
        os.close(write)
        [received] = Channel(read, -1).frames()
        return received

    def test_frames_are_decoded(self):
        kinds = set()
        for vector in vectors("host_to_worker"):
            with self.subTest(vector["name"]):
                kind, call_id, payload = self.received(vector["frame"])
                expected = getattr(protocol, vector["kind"]) | flags_of(vector["fields"])
                self.assertEqual(kind, expected)
                self.assertEqual(call_id, vector["call"])
                self.check(vector["kind"], payload, vector["fields"])
                kinds.add(vector["kind"])
        calls = {"CALL", "CALL_WITH_BUFFERS", "CALL_WITH_KEYWORDS"}
        self.assertEqual(kinds, {"INIT", "PING", "CANCEL", "CREDIT", "BATCH"} | calls)

    def check(self, kind, payload, fields):
        if kind == "INIT":
            self.assertEqual(init_fields(payload), fields)
            return
        if kind in ("PING", "CANCEL"):
            self.assertEqual((bytes(payload), fields), (b"", {}))
            return
        if kind == "BATCH":
            calls = protocol.split_frames(payload)
            self.assertEqual(
                [call_id for _, call_id, _ in calls], [call["call"] for call in fields["calls"]]
            )
            for (member, _, text), call in zip(calls, fields["calls"]):
                self.assertEqual(member, protocol.CALL)
                self.check("CALL", text, {**call, "function": fields["function"]})
            return
        if kind == "CREDIT":
            credit = protocol.split_credit(payload)
            self.assertEqual(credit, (fields["items"], fields["bytes"]))
            return
        name, text = protocol.split_field(memoryview(payload))
        self.assertEqual(str(name, "utf-8"), fields["function"])
        if kind == "CALL":
            self.assertEqual(str(text, "utf-8"), fields["arguments"])
            self.assertEqual(decode_arguments(text), json.loads(fields["arguments"]))
            return
        text, beside = buffers.split_buffers(text, len(payload) - len(text))
        self.assertEqual(str(text, "utf-8"), fields["arguments"])
        values = [one if isinstance(one, str) else bytes(one) for one in beside]
        self.assertEqual(values, [value_of(buffer) for buffer in fields["buffers"]])
        arguments, paths = decode_arguments(text)
        filled = buffers.insert([arguments, paths], beside)
        if kind == "CALL_WITH_KEYWORDS":
            self.assertEqual(buffers.split_keywords(filled), tuple(filled))
        for (path, *_), value in zip(paths, values):
            target = filled
            for step in path:
                target = target[step]
            self.assertEqual(target if isinstance(value, str) else bytes(target), value)


class WorkerToHost(unittest.TestCase):
    def test_frames_are_encoded(self):
        kinds = set()
        for vector in vectors("worker_to_host"):
            with self.subTest(vector["name"]):
                payload = payload_of(vector["kind"], vector["fields"])
                kind = getattr(protocol, vector["kind"])
                header = protocol.pack_header(kind, vector["call"], len(payload))
                self.assertEqual((header + payload).hex(), vector["frame"])
                kinds.add(vector["kind"])
        self.assertEqual(len(kinds), 18)
