"""Batches as a host sends them, and their replies."""

import json

from _python_worker_pool import protocol

from .client import field
from .talking import TalkingTest

BATCH_ID = 1 << 63  # the bit that tells the ids of batches from those of calls


class Buffer:
    """An argument beside the JSON: a string, or an array of the format `kind`."""

    def __init__(self, data, kind=None):
        self.data = data
        self.kind = kind

    def packed(self, start):
        """What is sent, behind `start` bytes of a payload."""
        if isinstance(self.data, str):
            return b"\0" + field(self.data.encode("latin-1"))
        padding = bytes(-(start + 5) % 8)
        return b"\2" + padding + field(self.data)


def packed_call(call_id, function, args=(), keywords=None, flags=0):
    """The frame of a call."""
    head = field(function.encode())
    buffers = [(at, one) for at, one in enumerate(args) if isinstance(one, Buffer)]
    if not buffers and keywords is None:
        kind, payload = protocol.CALL, head + json.dumps(list(args)).encode()
    else:
        plain = [None if isinstance(one, Buffer) else one for one in args]
        first = [] if keywords is None else [0]
        paths = [[[*first, at], one.kind] for at, one in buffers]
        kind = protocol.CALL_WITH_BUFFERS if keywords is None else protocol.CALL_WITH_KEYWORDS
        value = plain if keywords is None else [plain, keywords]
        payload = head + field(json.dumps([value, paths]).encode())
        for _, one in buffers:
            payload += one.packed(len(payload))
    kind |= flags * protocol.FLAG
    return protocol.pack_header(kind, call_id, len(payload)) + payload


class Host:
    """Sends batches to a worker. Each gets the ids that follow those of the last one."""

    def __init__(self, worker):
        self.worker = worker
        self._batches = 0
        self._calls = 1000

    def submit(self, function, *calls, token=True):
        """`calls` are lists of arguments, or dicts of those of `packed_call`. Returns the batch."""
        packed = []
        first = self._calls + 1
        for call in calls:
            self._calls += 1
            options = call if isinstance(call, dict) else {"args": call}
            packed.append(packed_call(self._calls, function, **options))
        return self.submit_frames(packed, range(first, self._calls + 1), token)

    def submit_frames(self, frames, call_ids, token=True):
        self._batches += 1
        batch_id = BATCH_ID | self._batches
        if token:
            self.worker.issue(batch_id)
        self.worker.send_frame(protocol.BATCH, batch_id, b"".join(frames))
        return batch_id, list(call_ids)

    def replies(self, batch):
        """The replies to the calls of a batch, which must be what comes next."""
        batch_id, call_ids = batch
        ended = self.worker.receive()
        if ended is None:
            raise EOFError(f"ended with {self.worker.wait()}: {self.worker.stderr()}")
        assert (ended.kind, ended.call_id, ended.payload) == ("BATCH_ENDED", batch_id, b"")
        frames = [self.worker.receive() for _ in call_ids]
        assert [frame.call_id for frame in frames] == call_ids, call_ids
        return frames

    def run(self, function, *calls):
        return self.replies(self.submit(function, *calls))

    def results(self, function, *calls):
        return [result_of(frame) for frame in self.run(function, *calls)]


def result_of(frame):
    assert frame.kind in ("RESULT", "RESULT_WITH_BUFFERS"), (frame.kind, frame.payload[:300])
    return frame.value


# How workers run plain functions, and async ones.
WORKERS = ({}, {"concurrency": 4}, {"threads": 2}, {"concurrency": 4, "threads": 2})


class BatchTest(TalkingTest):
    def host(self, code, **options):
        return Host(self.ready(code, **options))

    def talking_host(self, code, **options):
        return Host(self.ready_to_talk(code, **options))

    def hosts(self, code, **options):
        """A worker of each kind."""
        for kind in WORKERS:
            with self.subTest(**kind):
                yield self.host(code, **kind, **options)
