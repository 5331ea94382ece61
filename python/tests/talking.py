"""Scripts that say what they do, by bytes in a fifo which the test waits for."""

import os
import tempfile
import textwrap

from .client import WorkerTest

SAY = """
import asyncio, os, time
def open_fifo(path):
    global fifo
    fifo = os.open(path, os.O_WRONLY)
def say(text): os.write(fifo, text)
"""


class TalkingTest(WorkerTest):
    def ready_to_talk(self, code, **options):
        """A worker whose script has `asyncio`, `os`, `time` and `say(text)`."""
        worker = self.ready(SAY + textwrap.dedent(code), **options)
        path = os.path.join(tempfile.mkdtemp(dir=self.folder), "fifo")
        os.mkfifo(path)
        call = worker.submit("open_fifo", path)
        self.fifo = open(path, "rb", buffering=0)  # noqa: SIM115 (closed by the cleanup)
        self.addCleanup(self.fifo.close)
        self.assertEqual(worker.receive().call_id, call)
        return worker

    def heard(self, count=1):
        text = b""
        while len(text) < count:
            more = self.fifo.read(count - len(text))
            if not more:
                raise EOFError("the worker has ended")
            text += more
        return text
