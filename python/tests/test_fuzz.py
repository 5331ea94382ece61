"""What the worker reads, whatever it is: random bytes, mutated frames, any split of them.

Each case is made from a number, which a failing test prints as `seed`. `FUZZ_ROUNDS` sets how many
cases each test tries, `FUZZ_SEED` the number of the first: `FUZZ_SEED=17 FUZZ_ROUNDS=1` is one.
"""

import functools
import json
import os
import random
import unittest
from unittest import mock

from _python_worker_pool import channel, protocol
from _python_worker_pool.buffers import insert, split_buffers
from _python_worker_pool.calls import Calls
from _python_worker_pool.channel import Channel
from _python_worker_pool.codec import decode_arguments
from _python_worker_pool.errors import NotSerializable
from _python_worker_pool.protocol import ProtocolError

from .client import WorkerTest, field, init_payload

ROUNDS = int(os.environ.get("FUZZ_ROUNDS", "500"))
FIRST_SEED = int(os.environ.get("FUZZ_SEED", "1"))
PROCESSES = max(1, ROUNDS // 50)  # a worker process costs as much as many rounds in this one
LIMIT = 40  # bytes of a payload

TOKENS = ["[", "]", "{", "}", ",", ":", '"', "\\", "1", "-", ".5", "e9", "null", "true", " ", "é"]
TOKENS += ["NaN", "Infinity", '"a"', "\\u00e9", "\\ud800", "\n", "\0"]

CALLS = (protocol.CALL, protocol.CALL_WITH_BUFFERS, protocol.CALL_WITH_KEYWORDS)


def some_bytes(rng, most):
    return bytes(rng.randrange(256) for _ in range(rng.randrange(most)))


def mutated(rng, data):
    """The data with one to three changes: a bit, some bytes more, some less, or an early end."""
    data = bytearray(data)
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(data) + 1)
        change = rng.randrange(4)
        if change == 0 and at < len(data):
            data[at] ^= rng.randint(1, 255)
        elif change == 1:
            data[at:at] = some_bytes(rng, 20)
        elif change == 2:
            del data[at : at + rng.randint(1, 20)]
        elif change == 3:
            del data[at:]
    return bytes(data)


def encode(kind, call_id, payload):
    return protocol.pack_header(kind, call_id, len(payload)) + payload


def some_frames(rng):
    return [
        (rng.randrange(256), rng.getrandbits(64), some_bytes(rng, LIMIT))
        for _ in range(rng.randrange(6))
    ]


def hostile_stream(rng):
    if rng.randrange(5) == 0:
        return some_bytes(rng, 300)
    return mutated(rng, b"".join(encode(*frame) for frame in some_frames(rng)))


def some_buffer(rng):
    """A buffer as it follows the JSON, in a known encoding or in none."""
    padding = bytes(rng.choice((0, 0, 1, 7)))
    return bytes([rng.choice((0, 1, 1, 2, 2, 2, 7))]) + padding + field(some_bytes(rng, 12))


def some_paths(rng):
    """Where buffers belong: at various paths, or nowhere."""
    paths = ("[0]", "[1]", '[1,"a"]', "[-1]", "[2,0]", "[]", '["a"]', "[null]", "0")
    kinds = ("null", "null", '"b"', '"H"', '"d"', '"e"', '"?!"', "5")
    shapes = ("", "", "", ",[2,1]", ",[0,3]", ",[]", ",[-1,-2]", ',"2"', ",null", ",[1],[1]")
    entries = [
        f"[{rng.choice(paths)},{rng.choice(kinds)}{rng.choice(shapes)}]"
        for _ in range(rng.randrange(4))
    ]
    return rng.choice(("[" + ",".join(entries) + "]", "[" + ",".join(entries) + "]", "[5]", ""))


def some_json(rng):
    return "".join(rng.choice(TOKENS) for _ in range(rng.randrange(12)))


def some_call(rng):
    """Kind and payload of a call that is right, or nearly so."""
    name = rng.choice(("echo", "é", "", "a.b"))
    text = rng.choice(("[]", '[1,"é",null]', "[" + some_json(rng) + "]")).encode()
    if rng.randrange(2):
        flags = rng.choice((0, 0, 1, 2, 3, 4))
        return protocol.CALL | flags * protocol.FLAG, field(name.encode()) + text
    beside = b"".join(some_buffer(rng) for _ in range(rng.randrange(3)))
    text = b"[" + text + b"," + some_paths(rng).encode() + b"]"
    kind = rng.choice((protocol.CALL_WITH_BUFFERS, protocol.CALL_WITH_KEYWORDS))
    return kind, field(name.encode()) + field(text) + beside


def some_stream(rng):
    """Kind and payload of a call that is a stream, or of credit for one."""
    if rng.randrange(2):
        return protocol.CREDIT, bytes(rng.choice((0, 1, 255)) for _ in range(protocol.CREDIT_SIZE))
    kind, payload = some_call(rng)
    kind = kind % protocol.FLAG | rng.randrange(4, 8) * protocol.FLAG
    return kind | rng.choice((1, 2, 64, 65535)) * protocol.WINDOW, payload


def fuzz(rounds):
    """Runs a test with random numbers of many seeds, each a sub-test named after its seed."""

    def decorate(test):
        @functools.wraps(test)
        def run(self):
            for seed in range(FIRST_SEED, FIRST_SEED + rounds):
                with self.subTest(seed=seed):
                    test(self, random.Random(seed))

        return run

    return decorate


class Pieces:
    """A descriptor that gives a stream in pieces of random size: replaces `os` and `FileIO` in the
    channel's module."""

    def __init__(self, rng, stream):
        self._rng = rng
        self._stream = stream

    def read(self, _fd, most):
        size = min(most, self._rng.choice((1, 2, 15, 16, 17, 50, 10_000)))
        data, self._stream = self._stream[:size], self._stream[size:]
        return data

    def __call__(self, _fd, closefd):
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def readinto(self, buffer):
        data = self.read(0, len(buffer))
        buffer[: len(data)] = data
        return len(data)


def received(rng, stream):
    """What the channel makes of a stream: the frames, and whether it ended with an error."""
    pieces, frames = Pieces(rng, stream), []
    reader = Channel(0, 1)
    reader.max_frame = LIMIT
    with mock.patch.object(channel, "os", pieces), mock.patch.object(channel, "FileIO", pieces):
        try:
            for kind, call_id, payload in reader.frames():
                frames.append((kind, call_id, bytes(payload)))
        except ProtocolError:
            return frames, True
    return frames, False


def read_by_the_letter(stream):
    frames = []
    while len(stream) >= 16:
        length = int.from_bytes(stream[:4], "little")
        window = int.from_bytes(stream[6:8], "little")
        is_stream = stream[4] in CALLS and 4 <= stream[5] < 8
        if (window and not is_stream) or length > LIMIT:
            return frames, True
        if len(stream) < 16 + length:
            break
        call_id = int.from_bytes(stream[8:16], "little")
        kind = stream[4] | stream[5] << 8 | window << 16
        frames.append((kind, call_id, stream[16 : 16 + length]))
        stream = stream[16 + length :]
    return frames, False


class Streams(unittest.TestCase):
    @fuzz(ROUNDS)
    def test_frames_survive_any_split(self, rng):
        frames = some_frames(rng)
        stream = b"".join(encode(*frame) for frame in frames)
        self.assertEqual(received(rng, stream), (frames, False))

    @fuzz(ROUNDS)
    def test_any_bytes_are_what_the_protocol_says(self, rng):
        stream = hostile_stream(rng)
        self.assertEqual(received(rng, stream), read_by_the_letter(stream))


class Payloads(unittest.TestCase):
    @fuzz(ROUNDS)
    def test_an_init_is_read_whole_or_refused(self, rng):
        payload = mutated(rng, init_payload(b"/s.py", trace=4))
        try:
            init = protocol.Init(memoryview(payload))
        except ProtocolError:
            return
        self.assertEqual(len(init.preamble), 16)
        self.assertLessEqual(init.max_frame, protocol.MAX_LENGTH)
        self.assertIn(init.script, payload)

    @fuzz(ROUNDS)
    def test_buffers_are_whole_or_refused(self, rng):
        beside = b"".join(some_buffer(rng) for _ in range(3))
        payload = field(b"[[],[]]") + beside
        payload = mutated(rng, payload) if rng.randrange(2) else payload
        try:
            text, buffers = split_buffers(memoryview(payload), rng.randrange(9))
        except ProtocolError:
            return
        size = len(text) + sum(map(len, buffers))
        self.assertLessEqual(size, len(payload))

    @fuzz(ROUNDS)
    def test_buffers_are_inserted_at_their_paths_or_refused(self, rng):
        text = '[[null,{"a":null},[null]],' + some_paths(rng) + "]"
        try:
            value = decode_arguments(memoryview(text.encode()))
            arguments = insert(value, ["text", memoryview(some_bytes(rng, 12))])
        except (ProtocolError, NotSerializable):
            return
        self.assertEqual(len(arguments), 3)

    @fuzz(ROUNDS)
    def test_arguments_are_what_json_makes_of_them_or_refused(self, rng):
        text = some_json(rng)
        text = f"[{text}]" if rng.randrange(2) else text
        try:
            expected = json.loads(text, strict=False)
        except ValueError:
            expected = None
        if type(expected) is not list or text != text.strip(" \n"):
            with self.assertRaises(NotSerializable):
                decode_arguments(memoryview(text.encode()))
        else:
            found = decode_arguments(memoryview(text.encode()))
            self.assertEqual(repr(found), repr(expected))  # NaN is not equal to itself

    @fuzz(ROUNDS)
    def test_arguments_of_any_bytes_are_refused_as_such(self, rng):
        payload = mutated(rng, '[1,"é",{"a":[null,-2.5e3]}]'.encode())
        try:
            self.assertIs(type(decode_arguments(memoryview(payload))), list)
        except NotSerializable as error:
            self.assertEqual(error.details["path"], "args")


class Script:
    """Replaces script, interrupts and forks: every name is a function that returns what it got."""

    max_payload = 1000
    max_frame = max_payload + protocol.SLACK

    def find(self, name):
        return lambda *arguments: [name, *arguments]

    def run(self, function, *arguments):
        return function(*arguments)

    mark = (True,)

    def end_child(self, error=None):
        pass


class CallsOfAnyBytes(unittest.TestCase):
    @fuzz(ROUNDS)
    def test_are_answered_or_refused(self, rng):
        script = Script()
        calls = Calls(script, script.run, script, script, None)
        kinds = (protocol.RESULT, protocol.RESULT_WITH_BUFFERS, protocol.NOT_SERIALIZABLE)
        kind, payload = some_call(rng)
        payload = mutated(rng, payload) if rng.randrange(2) else payload
        try:
            answer, reply = calls.answer(kind, memoryview(payload))
        except ProtocolError:
            return
        self.assertIn(answer, kinds, reply)
        self.assertLessEqual(len(reply), script.max_frame)


class ZippingScript(Script):
    """Every name is a function that returns what each of its calls got."""

    module = None

    def find(self, name):
        return lambda *lists: list(zip(*lists))


def some_batch(rng):
    """The payload of a batch whose calls are right and alike, or nearly so."""
    kind, payload = some_call(rng)
    calls = []
    for call_id in range(1, rng.randint(1, 4)):
        if rng.randrange(8) == 0:
            kind, payload = some_call(rng)
        one = mutated(rng, payload) if rng.randrange(4) == 0 else payload
        calls.append(encode(kind, call_id, one))
    return b"".join(calls)


class BatchesOfAnyBytes(unittest.TestCase):
    @fuzz(ROUNDS)
    def test_are_answered_or_refused(self, rng):
        script = ZippingScript()
        calls = Calls(script, script.run, script, script, None)
        payload = some_batch(rng)
        payload = mutated(rng, payload) if rng.randrange(4) == 0 else payload
        try:
            answer, reply = calls.answer_other(protocol.BATCH, memoryview(payload))
        except ProtocolError:
            return
        self.assertEqual((answer, len(reply)), (protocol.BATCH_ENDED, 0))
        asked = [call_id for _, call_id, _ in protocol.split_frames(payload)]
        replies = protocol.split_frames(b"".join(reply.pieces))
        self.assertEqual([call_id for _, call_id, _ in replies], asked)


class Processes(WorkerTest):
    """A real worker ends with 0 at the end of its channel, and with 70 and a reason otherwise."""

    def check_end(self, worker, stream, expected=(0, 70)):
        try:
            worker.send_raw(stream)
        except BrokenPipeError:  # it had read enough
            pass
        try:
            worker.process.stdin.close()
        except BrokenPipeError:
            pass
        worker.process.stdout.read()
        code = worker.wait()
        self.assertIn(code, expected, worker.stderr())
        if code == 70:
            self.assertRegex(worker.stderr(), "python-worker-pool: the control channel failed: .")

    @fuzz(PROCESSES)
    def test_any_bytes_in_place_of_init(self, rng):
        self.check_end(self.start(""), hostile_stream(rng))

    @fuzz(PROCESSES)
    def test_an_init_that_was_tampered_with(self, rng):
        worker = self.start("")
        genuine = init_payload(os.fsencode(worker.script))
        # 1: the script that it names cannot be loaded
        self.check_end(worker, encode(protocol.INIT, 0, mutated(rng, genuine)), (0, 1, 70))

    def test_a_descriptor_that_is_not_there(self):
        for log, trace in ((1000, -1), (-1, 1000), (2**62, -1)):
            worker = self.start("")
            init = init_payload(os.fsencode(worker.script), log=log, trace=trace)
            self.check_end(worker, encode(protocol.INIT, 0, init), (70,))

    @fuzz(PROCESSES)
    def test_calls_that_were_tampered_with(self, rng):
        worker = self.ready("def echo(*args): return args")
        calls = [some_call(rng) for _ in range(rng.randint(1, 4))]
        stream = b"".join(encode(kind, 1, payload) for kind, payload in calls)
        self.check_end(worker, mutated(rng, stream))

    @fuzz(PROCESSES)
    def test_batches_that_were_tampered_with(self, rng):
        worker = self.ready("def echo(*lists): return list(zip(*lists))")
        worker.issue(1)
        stream = encode(protocol.BATCH, 1, some_batch(rng))
        self.check_end(worker, mutated(rng, stream) if rng.randrange(2) else stream)

    @fuzz(PROCESSES)
    def test_streams_that_were_tampered_with(self, rng):
        worker = self.ready("def echo(*args): yield from args")
        frames = [some_stream(rng) for _ in range(rng.randint(1, 4))]
        for _ in frames:
            worker.issue(1)
        stream = b"".join(encode(kind, 1, payload) for kind, payload in frames)
        self.check_end(worker, mutated(rng, stream) if rng.randrange(2) else stream)
