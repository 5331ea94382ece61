"""A host for tests: starts start.py as a real process and speaks the protocol with it."""

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import threading
import unittest

from _python_worker_pool import protocol

START = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "start.py")
TEST_TIMEOUT = 60  # seconds before a hanging worker is killed, so that its test fails
PREAMBLE = bytes(range(16))
NAMES = {
    protocol.HELLO: "HELLO",
    protocol.READY: "READY",
    protocol.LOAD_FAILED: "LOAD_FAILED",
    protocol.RESULT: "RESULT",
    protocol.RAISED: "RAISED",
    protocol.FUNCTION_NOT_FOUND: "FUNCTION_NOT_FOUND",
    protocol.NOT_SERIALIZABLE: "NOT_SERIALIZABLE",
    protocol.LOG: "LOG",
    protocol.TOO_LARGE: "TOO_LARGE",
    protocol.RESULT_WITH_BUFFERS: "RESULT_WITH_BUFFERS",
    protocol.PONG: "PONG",
    protocol.KIND: "KIND",
    protocol.CANCELLING: "CANCELLING",
    protocol.PRINTED: "PRINTED",
    protocol.ITEM: "ITEM",
    protocol.ITEM_WITH_BUFFERS: "ITEM_WITH_BUFFERS",
    protocol.BATCH_ENDED: "BATCH_ENDED",
    protocol.LOADS: "LOADS",
}


def field(data):
    return len(data).to_bytes(4, "little") + data


def number(value):
    return field(value.to_bytes(8, "little", signed=True))


def init_payload(
    script,
    *,
    kind=protocol.FILE,
    max_payload=10,
    log=-1,
    trace=-1,
    tokens=-1,
    tracing=-1,
    plugin="",
    function="",
    concurrency=1,
    threads=1,
    cancels=-1,
    files=0,
):
    numbers = b"".join(map(number, (max_payload, log, trace, tokens, tracing)))
    names = field(plugin.encode()) + field(function.encode())
    limits = b"".join(map(number, (concurrency, threads, cancels, files)))
    return field(PREAMBLE) + number(kind) + field(script) + numbers + names + limits


class Frame:
    def __init__(self, kind, call_id, payload):
        self.kind = NAMES.get(kind, kind)
        self.call_id = call_id
        self.payload = payload

    @property
    def value(self):
        if self.kind in ("RESULT_WITH_BUFFERS", "ITEM_WITH_BUFFERS"):
            return unpack(self.payload)
        return json.loads(self.payload.decode("utf-8"))


def unpack(payload):
    """The value in the payload of a RESULT_WITH_BUFFERS; arrays as (dtype, shape, bytes)."""
    text, rest = protocol.split_field(memoryview(payload))
    prefix, rest = protocol.split_field(rest)
    prefix = str(prefix, "utf-8")
    found = []
    while rest:
        data, after = protocol.split_field(rest[1:])
        encoding = ("latin-1", "utf-16-le", None)[rest[0]]
        found.append(str(data, encoding, "surrogatepass") if encoding else bytes(data))
        rest = after

    def fill(value):
        if isinstance(value, list):
            return [fill(item) for item in value]
        if isinstance(value, dict):
            return {key: fill(item) for key, item in value.items()}
        if not isinstance(value, str) or not value.startswith(prefix):
            return value
        index, *array = value[len(prefix) :].split(" ")
        buffer = found[int(index)]
        return (array[0], list(map(int, array[1:])), buffer) if array else buffer

    return fill(json.loads(str(text, "utf-8")))


class Worker:
    """One worker process. stdout, stderr and stack dumps of the script go to files."""

    def __init__(
        self,
        script,
        *,
        kind=protocol.FILE,
        python_args=(),
        max_payload=1 << 30,
        tracing=-1,
        plugin="promptfoo_hooks",
        function="",
        concurrency=1,
        threads=1,
        named_cancels=False,
        reports_files=False,
        env=None,
        **popen,
    ):
        self.script = script
        self.kind = kind
        self.max_payload = max_payload
        self.tracing = tracing
        self.plugin = plugin
        self.function = function
        self.concurrency = concurrency
        self.threads = threads
        self.reports_files = reports_files
        self.loads = []  # LOADS frames seen so far, as (path, stamp)
        self.logs = []  # LOG frames seen so far
        self.async_calls = []  # ids of KIND frames seen so far
        self.cancelling = {}  # stacks of CANCELLING frames seen so far, by call
        self.printed = []  # texts seen so far that were printed in calls: (call id, fd, text)
        self._calls = 0
        self._stdout, self._stderr, self._trace = [
            tempfile.TemporaryFile()  # noqa: SIM115 (closed by close)
            for _ in range(3)
        ]
        unclaimed, issued = os.pipe()
        os.set_blocking(unclaimed, False)
        self._unclaimed = open(unclaimed, "rb", buffering=0)  # noqa: SIM115 (closed by close)
        self._issued = open(issued, "wb", buffering=0)  # noqa: SIM115
        cancels, cancel = os.pipe()
        self._cancels = open(cancels, "rb", buffering=0)  # noqa: SIM115
        self._cancel = open(cancel, "wb", buffering=0)  # noqa: SIM115
        self._cancels_handle = cancels if named_cancels else -1
        handles = [self._stdout.fileno(), self._trace.fileno(), unclaimed]
        if named_cancels:
            handles.append(cancels)
        self.process = subprocess.Popen(
            [sys.executable, *python_args, START],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            env=env,
            pass_fds=handles,
            start_new_session=True,
            **popen,
        )
        self._watchdog = threading.Timer(TEST_TIMEOUT, self.process.kill)
        self._watchdog.daemon = True
        self._watchdog.start()

    def init(self):
        """Sends INIT and checks the preamble and HELLO."""
        self.send_frame(
            protocol.INIT,
            0,
            init_payload(
                os.fsencode(self.script),
                kind=self.kind,
                max_payload=self.max_payload,
                log=self._stdout.fileno(),
                trace=self._trace.fileno(),
                tokens=self._unclaimed.fileno(),
                tracing=self.tracing,
                plugin=self.plugin,
                function=self.function,
                concurrency=self.concurrency,
                threads=self.threads,
                cancels=self._cancels_handle,
                files=int(self.reports_files),
            ),
        )
        noise = b""
        while not noise.endswith(PREAMBLE):
            byte = self.process.stdout.read(1)
            if not byte:
                raise EOFError(f"no preamble; stderr: {self.stderr()}")
            noise += byte
        hello = self.receive()
        assert hello.kind == "HELLO", hello.kind
        assert hello.payload == b"", hello.payload
        return self.receive()

    def send_frame(self, kind, call_id, payload):
        self.send_raw(protocol.pack_header(kind, call_id, len(payload)) + payload)

    def send_raw(self, data):
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def receive(self):
        """The next reply or other answer, or None at the worker's end."""
        while True:
            header = self.process.stdout.read(protocol.HEADER_SIZE)
            if not header:
                return None
            kind, call_id, length = protocol.unpack_header(header)
            frame = Frame(kind, call_id, self.process.stdout.read(length))
            if frame.kind == "LOG":
                self.logs.append(frame)
            elif frame.kind == "LOADS":
                self.loads.append((frame.value["path"], frame.value["stamp"]))
            elif frame.kind == "KIND":
                self.async_calls.append(call_id)
            elif frame.kind == "CANCELLING":
                self.cancelling[call_id] = frame.value["stack"]
            elif frame.kind == "PRINTED":
                self.printed.append((call_id, frame.payload[0], frame.payload[1:].decode()))
            else:
                return frame

    def issue(self, call_id):
        """Issues the start token of a call."""
        self._issued.write(call_id.to_bytes(8, "little"))

    def revoke_unstarted(self):
        """Returns the calls that the worker has not started, and now never will."""
        tokens = self._unclaimed.read(4096) or b""
        return [int.from_bytes(tokens[i : i + 8], "little") for i in range(0, len(tokens), 8)]

    def cancel(self, call_id):
        self._cancel.write(call_id.to_bytes(8, "little"))

    def receive_all(self, count):
        """The next replies, by call."""
        frames = [self.receive() for _ in range(count)]
        return {frame.call_id: frame for frame in frames}

    def submit(self, function, *args):
        self.issue(self._calls + 1)
        return self.submit_without_token(function, *args)

    def submit_without_token(self, function, *args):
        self._calls += 1
        text = json.dumps(args, ensure_ascii=False).encode("utf-8", "backslashreplace")
        self.send_frame(protocol.CALL, self._calls, field(function.encode("utf-8")) + text)
        return self._calls

    def submit_stream(self, function, *args, window=64, flags=0):
        self._calls += 1
        self.issue(self._calls)
        kind = protocol.CALL | (protocol.STREAM | flags) * protocol.FLAG | window * protocol.WINDOW
        payload = field(function.encode()) + json.dumps(args).encode()
        self.send_frame(kind, self._calls, payload)
        return self._calls

    def credit(self, call_id, items, size=0):
        payload = items.to_bytes(8, "little") + size.to_bytes(8, "little")
        self.send_frame(protocol.CREDIT, call_id, payload)

    def stream(self, function, *args, **options):
        """Returns the items of a stream, each taken at once, and the reply."""
        call_id = self.submit_stream(function, *args, **options)
        items = []
        while True:
            frame = self._reply_to(call_id)
            if not frame.kind.startswith("ITEM"):
                return items, frame
            items.append(frame.value)
            self.credit(call_id, 1, len(frame.payload))

    def submit_with_keywords(self, function, args, keywords):
        self.issue(self._calls + 1)
        self._calls += 1
        text = json.dumps([[args, keywords], []]).encode()
        payload = field(function.encode("utf-8")) + field(text)
        self.send_frame(protocol.CALL_WITH_KEYWORDS, self._calls, payload)
        return self._calls

    def call(self, function, *args):
        return self._reply_to(self.submit(function, *args))

    def _reply_to(self, call_id):
        frame = self.receive()
        if frame is None:
            raise EOFError(f"the worker ended with {self.wait()}; stderr: {self.stderr()}")
        assert frame.call_id == call_id, (frame.call_id, call_id)
        return frame

    def result(self, function, *args):
        return self._value_of(self.call(function, *args))

    def result_of_keywords(self, function, args, keywords):
        return self._value_of(self._reply_to(self.submit_with_keywords(function, args, keywords)))

    def _value_of(self, frame):
        assert frame.kind in ("RESULT", "RESULT_WITH_BUFFERS"), (frame.kind, frame.payload[:200])
        return frame.value

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)

    def interrupt_until_reply(self):
        """Interrupts again if need be: a signal just before a system call does not end that."""
        ready = []
        while not ready:
            self.interrupt()
            ready, _, _ = select.select([self.process.stdout], [], [], 1)
        return self.receive()

    def wait(self):
        """The exit code; negative for a signal."""
        return self.process.wait()

    def end(self):
        """Closes the channel and returns the exit code."""
        self.process.stdin.close()
        while self.receive() is not None:  # what it prints and logs at its end
            pass
        return self.process.wait()

    def stdout(self):
        """What the script wrote to the descriptor, then what it printed in calls."""
        return self._text(self._stdout) + self._text_printed_to(1)

    def stderr(self):
        return self._text(self._stderr) + self._text_printed_to(2)

    def _text_printed_to(self, fd):
        return "".join(text for _, to, text in self.printed if to == fd)

    def trace(self):
        return self._text(self._trace)

    def close(self):
        self._watchdog.cancel()
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            try:
                stream.close()
            except BrokenPipeError:
                pass
        pipes = (self._unclaimed, self._issued, self._cancels, self._cancel)
        for file in (self._stdout, self._stderr, self._trace, *pipes):
            file.close()

    @staticmethod
    def _text(file):
        # pread: the worker shares the file's position
        return os.pread(file.fileno(), 1 << 26, 0).decode("utf-8")


@unittest.skipIf(os.name == "nt", "the client hands over descriptors as unix does")
class WorkerTest(unittest.TestCase):
    """A folder for scripts, and workers that are gone after the test."""

    maxDiff = None

    def setUp(self):
        self.folder = os.path.realpath(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)

    def write(self, name, code):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(textwrap.dedent(code))
        return path

    def start(self, code, name="provider.py", **options):
        """Starts a worker that has not been sent INIT yet."""
        worker = Worker(self.write(name, code), **options)
        self.addCleanup(worker.close)
        return worker

    def ready(self, code, name="provider.py", **options):
        worker = self.start(code, name, **options)
        frame = worker.init()
        if frame is None or frame.kind != "READY":
            self.fail(f"not ready: {frame and frame.payload}; stderr: {worker.stderr()}")
        return worker
