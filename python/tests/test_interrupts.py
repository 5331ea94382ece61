"""The soft interrupt raises in user code only."""

import os
import signal
import sys
import unittest

from _python_worker_pool.interrupts import Interrupts

from .client import WorkerTest

# Functions say when they run by a byte in a fifo, which the test waits for.
SCRIPT = """
import os, time, asyncio
def say(text): os.write(fifo, text)
def open_fifo(path):
    global fifo
    fifo = os.open(path, os.O_WRONLY)
def busy():
    try:
        say(b"!")
        while True: pass
    finally:
        print("cleaned up")
def sleep():
    say(b"!")
    time.sleep(1000)
async def waiting():
    try:
        asyncio.get_event_loop().call_soon(say, b"!")
        await asyncio.sleep(1000)
    finally:
        await asyncio.sleep(0)
        print("cleaned up")
async def blocking():
    say(b"!")
    time.sleep(1000)
import collections.abc
class Endless(collections.abc.Mapping):
    def __getitem__(self, key): return 1
    def __len__(self): return 1
    def __iter__(self):
        say(b"!")
        while True: time.sleep(0.001)
def endless_value(): return Endless()
class EndsLate:
    def __del__(self): sleep()
class FailsAtTheEnd:
    def __del__(self): raise ValueError("its own")
def finalizes():
    EndsLate()
    return "finalized"
def fails_to_finalize(): FailsAtTheEnd()
async def fine(): return "fine"
def own_handler():
    import signal
    came = []
    # As trio does.
    if signal.getsignal(signal.SIGINT) != signal.default_int_handler: return "refused"
    signal.signal(signal.SIGINT, lambda *_: came.append(1))
    try:
        say(b"!")
        while not came: time.sleep(0.001)
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    return "handled"
def is_default():
    import signal
    return signal.getsignal(signal.SIGINT) is signal.default_int_handler
async def cancelled():
    say(b"!")
    try:
        await asyncio.sleep(1000)
    except asyncio.CancelledError:
        print("cancelled")
        raise
def runs(): asyncio.run(cancelled())
"""


class Processes(WorkerTest):
    def ready_with_fifo(self, **options):
        worker = self.ready(SCRIPT, **options)
        path = os.path.join(self.folder, "fifo")
        os.mkfifo(path)
        worker.submit("open_fifo", path)
        self.fifo = open(path, "rb", buffering=0)  # noqa: SIM115 (closed by the cleanup)
        self.addCleanup(self.fifo.close)
        self.assertEqual(worker.receive().kind, "RESULT")
        return worker

    def test_every_kind_of_call_is_interrupted_and_the_worker_goes_on(self):
        worker = self.ready_with_fifo()
        for name in ("busy", "sleep", "waiting", "blocking", "endless_value"):
            with self.subTest(name):
                worker.submit(name)
                self.fifo.read(1)
                frame = worker.interrupt_until_reply()
                error = "CancelledError" if name == "waiting" else "KeyboardInterrupt"
                self.assertEqual(frame.kind, "RAISED")
                self.assertEqual(frame.value["type"].rpartition(".")[2], error)
                self.assertNotIn("_python_worker_pool", frame.value["traceback"])
                self.assertEqual(worker.result("fine"), "fine")
        self.assertEqual(worker.stdout(), "cleaned up\n" * 2)
        self.assertEqual(worker.end(), 0)
        self.assertEqual(worker.stderr(), "")

    def test_a_library_that_finds_pythons_default_handler_takes_over(self):
        worker = self.ready_with_fifo()
        worker.submit("own_handler")
        self.fifo.read(1)
        worker.interrupt()
        self.assertEqual(worker.receive().value, "handled")
        self.assertEqual(worker.result("is_default"), True)

    @unittest.skipIf(sys.version_info < (3, 11), "asyncio.run handles SIGINT since Python 3.11")
    def test_asyncio_run_cancels_its_task(self):
        worker = self.ready_with_fifo()
        worker.submit("runs")
        self.fifo.read(1)
        self.assertEqual(worker.interrupt_until_reply().kind, "RAISED")
        self.assertEqual(worker.result("is_default"), True)
        self.assertEqual(worker.stdout(), "cancelled\n")

    @unittest.skipIf(sys.version_info < (3, 8), "Python 3.7 has no hook for what it drops")
    def test_one_that_a_finalizer_loses_is_not_printed(self):
        worker = self.ready_with_fifo()
        worker.submit("finalizes")
        self.fifo.read(1)
        worker.interrupt()
        self.assertEqual(worker.receive().value, "finalized")
        worker.result("fails_to_finalize")
        self.assertEqual(worker.end(), 0)
        printed = worker.stderr()
        self.assertIn("ValueError: its own", printed)
        self.assertNotIn("KeyboardInterrupt", printed)

    def test_an_idle_worker_ignores_it(self):
        worker = self.ready_with_fifo()
        for _ in range(50):
            worker.interrupt()
            self.assertIn(worker.call("fine").kind, ("RESULT", "RAISED"))
        self.assertEqual(worker.result("fine"), "fine")
        self.assertEqual(worker.end(), 0)

    def test_it_works_where_it_was_ignored_and_blocked_by_the_parent(self):
        previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
        try:
            worker = self.ready_with_fifo(restore_signals=False)
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, signal.SIGTERM})
            signal.signal(signal.SIGINT, previous)
        worker.submit("sleep")
        self.fifo.read(1)
        self.assertEqual(worker.interrupt_until_reply().value["type"], "KeyboardInterrupt")
        worker.process.terminate()
        self.assertEqual(worker.wait(), -signal.SIGTERM)

    @unittest.skipUnless(hasattr(signal, "SIGURG"), "not on this platform")
    def test_a_stack_dump_is_written_on_request(self):
        worker = self.ready_with_fifo()
        worker.submit("busy")
        self.fifo.read(1)
        worker.process.send_signal(signal.SIGURG)
        worker.interrupt_until_reply()
        self.assertIn("in busy", worker.trace())

    def test_a_fatal_signal_leaves_its_stack_on_stderr(self):
        worker = self.ready("import os, signal\ndef die(): os.kill(os.getpid(), signal.SIGSEGV)")
        worker.submit("die")
        self.assertIsNone(worker.receive())
        self.assertEqual(worker.wait(), -signal.SIGSEGV)
        self.assertIn("in die", worker.stderr())


class Flag(unittest.TestCase):
    """Without a process: the handler called by hand at chosen moments."""

    def setUp(self):
        self.interrupts = Interrupts()

    def fire(self):
        self.interrupts._handle(signal.SIGINT, None)

    def test_it_raises_inside_run_and_only_once(self):
        caught = []

        def user_code():
            for _ in range(3):
                try:
                    self.fire()
                except KeyboardInterrupt:
                    caught.append(1)

        self.fire()
        self.interrupts.run(user_code)
        self.fire()
        self.assertEqual(caught, [1])

    def test_a_shielded_part_is_finished_before_it_raises(self):
        steps = []

        def ours():
            self.fire()
            self.fire()
            steps.append("finished")

        with self.assertRaises(KeyboardInterrupt):
            self.interrupts.run(self.interrupts.shield, ours)
        self.assertEqual(steps, ["finished"])
        self.interrupts.run(list)  # nothing is left over for the next call

    def test_one_that_comes_while_another_is_judged_waits_for_that(self):
        steps = []

        def is_hit(_frame):
            steps.append("begins")
            if len(steps) == 1:
                self.fire()
            steps.append("ends")
            return len(steps) == 4

        self.interrupts.ask(is_hit)
        with self.assertRaises(KeyboardInterrupt):
            self.interrupts.run(self.fire)
        self.assertEqual(steps, ["begins", "ends"] * 2)

    def test_a_shield_outside_of_user_code_swallows_it(self):
        self.interrupts.shield(self.fire)
        self.interrupts.run(list)
