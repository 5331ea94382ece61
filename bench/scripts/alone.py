"""The worker's loop without a host: from the bytes of calls to the bytes of replies.

Prints the time per call in microseconds. The argument is the folder of the worker's Python files.
"""

import os
import sys
import tempfile
import types
from time import perf_counter

CALLS = 50_000
ROUNDS = 5


def main():
    sys.path.insert(0, sys.argv[1])
    from _python_worker_pool import protocol

    payload = protocol.pack_field(b"echo") + b'["' + b"x" * 98 + b'"]'
    numbers = range(1, 1 + CALLS)
    frames = b"".join(
        protocol.pack_header(protocol.CALL, n, len(payload)) + payload for n in numbers
    )
    tokens = b"".join(n.to_bytes(8, "little") for n in numbers)
    print(min(serve(frames, tokens) for _ in range(ROUNDS)) / CALLS * 1e6)


def serve(frames, tokens):
    """Return how many seconds all calls take."""
    from _python_worker_pool.calls import Calls
    from _python_worker_pool.channel import Channel
    from _python_worker_pool.claims import Claims
    from _python_worker_pool.script import Script
    from _python_worker_pool.worker import Worker

    script = types.ModuleType("script")
    script.echo = lambda value: value
    limits = types.SimpleNamespace(max_payload=1 << 30, max_frame=1 << 31)
    with tempfile.TemporaryFile() as calls, tempfile.TemporaryFile() as claims:
        for file, content in ((calls, frames), (claims, tokens)):
            file.write(content)
            file.seek(0)
        sink = os.open(os.devnull, os.O_WRONLY)
        channel = Channel(calls.fileno(), sink)
        channel.max_frame = limits.max_frame
        worker = Worker(channel)
        worker._claims = Claims(claims.fileno())
        served = Calls(Script("script", script), worker._interrupts, worker._forks, limits)
        start = perf_counter()
        worker._serve(channel.frames(), served)
        took = perf_counter() - start
        os.close(sink)
    return took


main()
