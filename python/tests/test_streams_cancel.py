"""A stream that is cancelled says so, cleans up, and leaves its worker as it was."""

import os
import time

from .talking import TalkingTest
from .test_streams import MODES

SCRIPT = """
    import logging, sys
    def inner():
        try:
            while True: yield "x"
        finally:
            print("cleaned up")
            say(b"c")
    def forever():
        yield from inner()
    async def forever_async():
        try:
            while True: yield "x"
        finally:
            await asyncio.sleep(0)
            print("cleaned up")
            say(b"c")
    async def waits_async():
        try:
            yield "x"
            say(b"w")
            await asyncio.sleep(1000)
        finally:
            await asyncio.sleep(0)
            print("cleaned up")
            say(b"c")
    async def forever_later(): return forever()
    def blocks():
        try:
            yield "x"
            say(b"b")
            time.sleep(1000)
        finally:
            print("cleaned up")
    def blocks_in_finally(path):
        try:
            while True: yield "x"
        finally:
            say(b"f")
            while not os.path.exists(path): time.sleep(0.001)
    def fails():
        try:
            while True: yield "x"
        finally: raise OSError("cannot clean up")
    async def fails_async():
        try:
            while True: yield "x"
        finally: raise OSError("cannot clean up")
    async def fails_in_wait():
        yield "x"
        try: await asyncio.sleep(1000)
        except asyncio.CancelledError: raise OSError("cannot clean up")
    async def goes_on():
        yield "x"
        while True:
            try: await asyncio.sleep(1000)
            except asyncio.CancelledError: yield "after the cancel"
    async def returns():
        yield "x"
        try: await asyncio.sleep(1000)
        except asyncio.CancelledError: return
    def nap(path):
        say(b"n")
        while not os.path.exists(path): time.sleep(0.001)
    async def coro(x): return x
    def echo(x): return x
"""


class CancelTest(TalkingTest):
    def ready_to_cancel(self, **mode):
        return self.ready_to_talk(SCRIPT, named_cancels=True, **mode)

    def each(self, *functions, window=(1, 60000)):
        """A running stream of each function, in each mode; its worker must go on."""
        for mode in MODES:
            worker = self.ready_to_cancel(**mode)
            for function in functions:
                for one in window:
                    with self.subTest(mode=mode, function=function, window=one):
                        worker.printed.clear()
                        worker.logs.clear()
                        call = worker.submit_stream(function, window=one)
                        self.assertEqual(worker.receive().kind, "ITEM")
                        yield worker, call
                        self.assertEqual(worker.result("echo", 1), 1)
                        self.assertEqual(worker.result("coro", 1), 1)
            self.assertEqual(worker.end(), 0)
            self.assertEqual(worker.stderr(), "")

    def reply_to(self, worker, call):
        while True:
            frame = worker.receive()
            self.assertEqual(frame.call_id, call)
            if frame.kind != "ITEM":
                return frame


class Cancelled(CancelTest):
    def test_it_is_closed_wherever_it_is(self):
        for worker, call in self.each("forever", "forever_async", "forever_later"):
            worker.cancel(call)
            reply = self.reply_to(worker, call)
            self.assertEqual(reply.kind, "RAISED")
            self.assertIn(call, worker.cancelling)
            self.heard()
            self.assertEqual(worker.stdout(), "cleaned up\n")

    def test_it_says_where_it_was(self):
        functions = ("forever", "forever_async", "forever_later")
        for worker, call in self.each(*functions, window=(1,)):
            worker.cancel(call)
            self.reply_to(worker, call)
            stack = worker.cancelling[call]
            self.assertRegex(stack, r'File ".*provider.py", line \d+, in forever')
            self.assertNotIn("_python_worker_pool", stack)
        for worker, call in self.each("waits_async", window=(2,)):
            self.heard()
            worker.cancel(call)
            self.reply_to(worker, call)
            self.assertIn("in waits_async", worker.cancelling[call])
            self.assertEqual(worker.stdout(), "cleaned up\n")

    def test_it_says_where_it_was_in_generators_within(self):
        worker = self.ready_to_talk(
            """
            async def innermost():
                yield 1
                say(b"!")
                await asyncio.sleep(1000)
            async def outer():
                async for item in innermost(): yield item
            async def consume():
                async for _ in outer(): pass
            """,
            named_cancels=True,
        )
        for function, submit in (("outer", worker.submit_stream), ("consume", worker.submit)):
            call = submit(function)
            self.heard()
            worker.cancel(call)
            while worker.receive().kind != "RAISED":
                pass
            places = [f"in {name}" for name in (function, "outer", "innermost")]
            found = [worker.cancelling[call].index(place) for place in places]
            self.assertEqual(found, sorted(found))

    def test_an_item_after_the_cancel_is_dropped(self):
        for worker, call in self.each("goes_on", window=(5,)):
            worker.cancel(call)
            self.assertEqual(worker.receive().kind, "RAISED")
        for worker, call in self.each("returns", window=(5,)):
            worker.cancel(call)
            self.assertEqual(worker.receive().kind, "RESULT")

    def test_one_that_is_cancelled_before_it_begins(self):
        for mode in MODES:
            worker = self.ready_to_cancel(**mode)
            worker.result("coro", 0)
            for function in ("forever", "forever_async", "forever_later"):
                with self.subTest(mode=mode, function=function):
                    path = os.path.join(self.folder, function + str(len(mode)))
                    worker.submit("nap", path)
                    while self.heard() != b"n":  # the one before may have cleaned up
                        pass
                    call = worker.submit_stream(function)
                    worker.cancel(call)
                    open(path, "x").close()
                    kinds = {}
                    while "RAISED" not in kinds.get(call, ()) or len(kinds) < 2:
                        frame = worker.receive()
                        kinds.setdefault(frame.call_id, []).append(frame.kind)
                    self.assertEqual(worker.result("coro", 2), 2)

    def test_what_it_raises_then_is_logged(self):
        functions = ("fails", "fails_async", "fails_in_wait")
        for worker, call in self.each(*functions):
            worker.credit(call, 1)
            worker.cancel(call)
            self.assertEqual(self.reply_to(worker, call).kind, "RAISED")
            [log] = worker.logs
            self.assertEqual((log.call_id, log.value["level"]), (call, "warn"))
            self.assertRegex(log.value["message"], r"The stream of fails\w*\(\) failed while")
            self.assertIn("OSError: cannot clean up", log.value["message"])

    def test_its_neighbors_go_on(self):
        for mode in ({"concurrency": 4}, {"concurrency": 4, "threads": 4}):
            worker = self.ready_to_cancel(**mode)
            functions = ("forever", "forever_async", "forever", "forever_async")
            calls = [worker.submit_stream(function, window=1) for function in functions]
            self.assertEqual({worker.receive().kind for _ in calls}, {"ITEM"})
            for call in calls[:2]:
                worker.cancel(call)
            replies = worker.receive_all(2)
            self.assertEqual(sorted(replies), calls[:2])
            for call in calls[2:]:
                worker.credit(call, 1)
            frames = worker.receive_all(2)
            self.assertEqual(sorted(frames), calls[2:])
            self.assertEqual({frame.kind for frame in frames.values()}, {"ITEM"})

    def test_one_that_has_ended_is_ignored(self):
        for mode in MODES:
            worker = self.ready_to_cancel(**mode)
            _, reply = worker.stream("coro", 1)
            worker.cancel(reply.call_id)
            worker.credit(reply.call_id, 1, 1)
            self.assertEqual(worker.result("echo", 1), 1)
            self.assertEqual(worker.cancelling, {})


class Interrupted(CancelTest):
    def test_code_that_does_not_return_is_interrupted(self):
        for mode in MODES[:2]:
            worker = self.ready_to_cancel(**mode)
            call = worker.submit_stream("blocks")
            self.assertEqual(worker.receive().kind, "ITEM")
            self.heard()
            worker.cancel(call)
            reply = worker.interrupt_until_reply()
            self.assertEqual((reply.kind, reply.value["type"]), ("RAISED", "KeyboardInterrupt"))
            self.assertIn("in blocks", reply.value["traceback"])
            self.assertEqual(worker.cancelling, {call: None})
            self.assertEqual(worker.stdout(), "cleaned up\n")
            self.assertEqual(worker.result("echo", 1), 1)

    def test_an_interrupt_without_a_cancel_does_nothing(self):
        for mode in MODES[:2]:
            worker = self.ready_to_cancel(**mode)
            call = worker.submit_stream("forever", window=2)
            for _ in range(20):
                worker.interrupt()
                time.sleep(0.001)
            for _ in range(2):
                self.assertEqual(worker.receive().kind, "ITEM")
            worker.credit(call, 1)
            self.assertEqual(worker.receive().kind, "ITEM")

    def test_one_that_knows_of_the_cancel_may_clean_up(self):
        for mode in MODES[:2]:
            worker = self.ready_to_cancel(**mode)
            path = os.path.join(self.folder, "go" + str(len(mode)))
            call = worker.submit_stream("blocks_in_finally", path, window=1)
            worker.receive()
            worker.cancel(call)
            self.heard()
            for _ in range(20):
                worker.interrupt()
                time.sleep(0.001)
            open(path, "x").close()
            reply = self.reply_to(worker, call)
            self.assertEqual(reply.value["type"], "GeneratorExit")
            self.assertEqual(worker.result("echo", 1), 1)
