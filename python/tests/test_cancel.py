"""A call that is cancelled ends alone: its worker and its neighbors go on."""

import os
import sys
import unittest

from .talking import TalkingTest

SCRIPT = """
    async def inner():
        try:
            say(b"!")
            await asyncio.sleep(1000)
        finally:
            await asyncio.sleep(0)
            print("cleaned up")
    async def wait():
        await inner()
    async def swallow():
        try: await inner()
        except asyncio.CancelledError: return "swallowed"
    async def neighbor():
        global event
        event = asyncio.Event()
        say(b"!")
        await event.wait()
        return "done"
    async def release(): event.set()
    async def block():
        say(b"!")
        time.sleep(1000)
    async def block_then_clean():
        try:
            say(b"!")
            time.sleep(1000)
        finally:
            await asyncio.sleep(0.001)
            print("cleaned up")
    async def block_in_children():
        await asyncio.gather(block(), asyncio.sleep(1000), block())
    def plain():
        say(b"!")
        time.sleep(1000)
    def nap(path):
        say(b"!")
        while not os.path.exists(path): time.sleep(0.001)
        return "slept"
    async def nap_in_loop(path): return nap(path)
    async def coro(x): return x
"""


class CancelTest(TalkingTest):
    def ready_to_cancel(self, concurrency=8, **options):
        return self.ready_to_talk(SCRIPT, concurrency=concurrency, named_cancels=True, **options)

    def assert_ended_by(self, error, frame):
        self.assertEqual(frame.kind, "RAISED")
        self.assertEqual(frame.value["type"].rpartition(".")[2], error)
        self.assertNotIn("_python_worker_pool", frame.value["traceback"])


class Waiting(CancelTest):
    def test_it_is_cancelled_and_says_where_it_waited(self):
        for concurrency in (1, 8):
            worker = self.ready_to_cancel(concurrency)
            for _ in range(2):
                call = worker.submit("wait")
                self.heard()
                worker.cancel(call)
                self.assert_ended_by("CancelledError", worker.receive())
                stack = worker.cancelling[call]
                self.assertRegex(stack, r'File ".*provider.py", line \d+, in wait\n')
                self.assertRegex(stack, r'File ".*provider.py", line \d+, in inner\n')
                self.assertLess(stack.index("in wait"), stack.index("in inner"))
                self.assertNotIn("_python_worker_pool", stack)
                self.assertEqual(worker.result("coro", 1), 1)
            self.assertEqual(worker.end(), 0)
            self.assertEqual(worker.stdout(), "cleaned up\n" * 2)
            self.assertEqual(worker.stderr(), "")

    def test_its_neighbors_go_on(self):
        worker = self.ready_to_cancel()
        neighbor = worker.submit("neighbor")
        calls = [worker.submit("wait") for _ in range(3)]
        self.heard(4)
        for call in calls:
            worker.cancel(call)
        replies = worker.receive_all(3)
        for call in calls:
            self.assert_ended_by("CancelledError", replies[call])
        worker.submit("release")
        self.assertEqual(worker.receive_all(2)[neighbor].value, "done")

    def test_one_that_goes_on_has_its_ordinary_reply(self):
        worker = self.ready_to_cancel()
        call = worker.submit("swallow")
        self.heard()
        worker.cancel(call)
        self.assertEqual(worker.receive().value, "swallowed")
        self.assertIn(call, worker.cancelling)

    def test_one_that_has_ended_or_never_was_is_ignored(self):
        worker = self.ready_to_cancel()
        call = worker.submit("coro", 1)
        worker.receive()
        for one in (call, call + 100):
            worker.cancel(one)
            self.assertEqual(worker.result("coro", 2), 2)
        self.assertEqual(worker.cancelling, {})

    def test_one_that_begins_after_its_cancel(self):
        worker = self.ready_to_cancel()
        worker.result("coro", 0)
        path = os.path.join(self.folder, "go")
        worker.submit("nap_in_loop", path)
        self.heard()
        call = worker.submit("wait")
        worker.cancel(call)
        open(path, "x").close()
        self.assert_ended_by("CancelledError", worker.receive_all(2)[call])


class Interrupted(CancelTest):
    """Code that does not return to the loop gets a KeyboardInterrupt."""

    def interrupt_until(self, worker, call):
        """The replies until that of `call`."""
        replies = {}
        while call not in replies:
            frame = worker.interrupt_until_reply()
            replies[frame.call_id] = frame
        return replies

    def test_code_of_the_cancelled_call_is_interrupted(self):
        for name in ("block", "plain"):
            with self.subTest(name):
                worker = self.ready_to_cancel()
                neighbor = worker.submit("neighbor")
                self.heard()
                call = worker.submit(name)
                self.heard()
                worker.cancel(call)
                frame = self.interrupt_until(worker, call)[call]
                self.assert_ended_by("KeyboardInterrupt", frame)
                self.assertEqual(worker.cancelling, {call: None})
                worker.submit("release")
                self.assertEqual(worker.receive_all(2)[neighbor].value, "done")
                self.assertEqual(worker.end(), 0)
                self.assertEqual(worker.stderr(), "")

    def test_it_is_interrupted_once_and_may_clean_up(self):
        worker = self.ready_to_cancel()
        call = worker.submit("block_then_clean")
        self.heard()
        worker.cancel(call)
        self.assert_ended_by("KeyboardInterrupt", self.interrupt_until(worker, call)[call])
        worker.result("coro", 1)
        self.assertEqual(worker.stdout(), "cleaned up\n")

    @unittest.skipIf(
        sys.version_info < (3, 8), "Python 3.7 never resumes a task that awaits such a one"
    )
    def test_a_child_task_is_interrupted_and_its_parent_is_cancelled(self):
        worker = self.ready_to_cancel()
        neighbor = worker.submit("neighbor")
        self.heard()
        call = worker.submit("block_in_children")
        self.heard()
        worker.cancel(call)
        error = self.interrupt_until(worker, call)[call].value["type"].rpartition(".")[2]
        self.assertIn(error, ("KeyboardInterrupt", "CancelledError"))
        worker.submit("release")
        self.assertEqual(worker.receive_all(2)[neighbor].value, "done")

    def test_code_of_another_call_is_not_interrupted(self):
        for name in ("nap", "nap_in_loop"):
            with self.subTest(name):
                worker = self.ready_to_cancel()
                path = os.path.join(self.folder, name)
                cancelled = worker.submit("wait")
                self.heard()
                call = worker.submit(name, path)
                self.heard()
                worker.cancel(cancelled)
                for _ in range(20):
                    worker.interrupt()
                open(path, "x").close()
                replies = worker.receive_all(2)
                self.assertEqual(replies[call].value, "slept")
                self.assert_ended_by("CancelledError", replies[cancelled])
                self.assertIn("in wait", worker.cancelling[cancelled])

    def test_one_that_names_no_call_that_runs_does_nothing(self):
        for concurrency in (1, 8):
            worker = self.ready_to_cancel(concurrency)
            for name in ("nap", "nap_in_loop"):
                path = os.path.join(self.folder, f"{name}{concurrency}")
                call = worker.submit(name, path)
                self.heard()
                worker.cancel(call + 100)
                for _ in range(20):
                    worker.interrupt()
                open(path, "x").close()
                self.assertEqual(worker.receive().value, "slept")

    def test_the_loop_and_the_interrupt_may_read_the_same_cancel(self):
        worker = self.ready_to_cancel()
        for round_number in range(30):
            call = worker.submit("wait")
            self.heard()
            worker.cancel(call)
            if round_number % 3:
                worker.interrupt()
            frame = worker.receive()
            self.assertEqual((frame.call_id, frame.kind), (call, "RAISED"))
            self.assertIn(call, worker.cancelling)

    def test_a_plain_call_alone_is_interrupted_and_the_worker_stays(self):
        worker = self.ready_to_cancel(concurrency=1)
        for _ in range(3):
            call = worker.submit("plain")
            self.heard()
            worker.cancel(call)
            self.assert_ended_by("KeyboardInterrupt", self.interrupt_until(worker, call)[call])
            self.assertEqual(worker.cancelling.pop(call), None)
            self.assertEqual(worker.result("coro", 1), 1)

    def test_replies_that_are_held_are_written_first(self):
        worker = self.ready_to_talk(
            """
            event = None
            async def wait():
                global event
                event = event or asyncio.Event()
                say(b"!")
                await event.wait()
            async def block():
                await wait()
                say(b"!")
                time.sleep(1000)
            async def release(): event.set()
            """,
            concurrency=8,
            named_cancels=True,
        )
        # In the turn of the loop in which the others end, the last one blocks.
        ended = [worker.submit("wait") for _ in range(3)]
        blocking = worker.submit("block")
        self.heard(4)
        ended.append(worker.submit("release"))
        self.heard()
        replies = [worker.interrupt_until_reply(), *(worker.receive() for _ in range(3))]
        self.assertEqual(sorted(frame.call_id for frame in replies), ended)
        worker.cancel(blocking)
        self.assert_ended_by("KeyboardInterrupt", self.interrupt_until(worker, blocking)[blocking])
