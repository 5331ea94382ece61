"""Streams: what can be streamed, its items, its reply, and how far it runs ahead."""

import time
import unittest

from _python_worker_pool import protocol
from _python_worker_pool.streams import MAX_BYTES, Window

from .talking import TalkingTest

SCRIPT = """
    import contextvars, threading
    def count(n):
        for number in range(n): yield number
        return "counted"
    async def count_async(n):
        for number in range(n): yield number
    async def count_napping(n):
        for number in range(n):
            await asyncio.sleep(0)
            yield number
    async def count_later(n):
        await asyncio.sleep(0)
        return count(n)
    async def count_async_later(n): return count_async(n)
    def saying():
        while True:
            say(b".")
            yield 0
    async def saying_async():
        while True:
            say(b".")
            yield 0
    def blocks(size):
        while True:
            say(b".")
            yield "x" * size
    async def blocks_async(size):
        for block in blocks(size): yield block
    def echo(x): return x
    async def echo_async(x): return x
"""
# How streams run: alone, beside tasks, or in threads.
MODES = ({}, {"concurrency": 4}, {"concurrency": 4, "threads": 2})
COUNTS = ("count", "count_async", "count_napping", "count_later", "count_async_later")


class Items(TalkingTest):
    def test_they_are_sent_in_order_and_the_reply_is_last(self):
        for mode in MODES:
            worker = self.ready_to_talk(SCRIPT, **mode)
            for function in COUNTS:
                result = None if "async" in function or "nap" in function else "counted"
                for n, window in ((0, 64), (1, 1), (7, 1), (300, 2), (1000, 64), (64, 64)):
                    with self.subTest(mode=mode, function=function, n=n, window=window):
                        items, reply = worker.stream(function, n, window=window)
                        self.assertEqual(items, list(range(n)))
                        self.assertEqual((reply.kind, reply.value), ("RESULT", result))
            self.assertEqual(worker.result("echo", 1), 1)
            self.assertEqual(worker.result("echo_async", 1), 1)
            self.assertEqual(len(worker.async_calls), 5)  # once for each function
            self.assertEqual(worker.end(), 0)
            self.assertEqual(worker.stderr(), "")

    def test_an_iterator_of_any_class_is_streamed(self):
        worker = self.ready_to_talk(
            """
            class Countdown:
                def __init__(self, n): self.n = n
                def __iter__(self): return self
                def __next__(self):
                    if self.n == 0: raise StopIteration("done")
                    self.n -= 1
                    return self.n
            class Async:
                def __init__(self, n): self.n = n
                def __aiter__(self): return self
                async def __anext__(self):
                    if self.n == 0: raise StopAsyncIteration
                    self.n -= 1
                    return self.n
            class OnlyAnext:
                n = 3
                __anext__ = Async.__anext__
            class OnlyAiter:
                async def __aiter__(self):
                    for n in (2, 1, 0): yield n
            def countdown(): return Countdown(3)
            def mapped(): return map(int, "210")
            def reversed_range(): return reversed(range(3))
            def asynchronous(): return Async(3)
            def only_anext(): return OnlyAnext()
            def only_aiter(): return OnlyAiter()
            async def later(): return Async(3)
            def future():
                future = asyncio.get_event_loop_policy().get_event_loop().create_future()
                future.set_result(Countdown(3))
                return future
            """
        )
        names = ("mapped", "reversed_range", "asynchronous", "only_anext", "only_aiter", "later")
        for function in names:
            with self.subTest(function):
                items, reply = worker.stream(function)
                self.assertEqual((items, reply.value), ([2, 1, 0], None))
        items, reply = worker.stream("countdown")
        self.assertEqual((items, reply.value), ([2, 1, 0], "done"))

    def test_what_is_streamed_is_closed_at_its_end(self):
        code = """
            class Response:
                def __init__(self): self.items = iter("ab")
                def __next__(self): return next(self.items)
                def close(self): print("closed")
            class AsyncResponse:
                async def __aiter__(self):
                    try:
                        for item in "ab": yield item
                    finally: print("iterator closed")
                async def close(self):
                    await asyncio.sleep(0)
                    print("closed")
            class SyncClose(AsyncResponse):
                def close(self): print("closed")
            def respond(name): return globals()[name]()
            async def respond_later(name): return globals()[name]()
        """
        for mode in MODES:
            worker = self.ready_to_talk(code, **mode)
            for function in ("respond", "respond_later"):
                for name in ("Response", "AsyncResponse", "SyncClose"):
                    with self.subTest(mode=mode, function=function, name=name):
                        worker.printed.clear()
                        items, reply = worker.stream(function, name)
                        self.assertEqual((items, reply.kind), (["a", "b"], "RESULT"))
                        printed = "".join(text for _, _, text in worker.printed)
                        expected = "" if name == "Response" else "iterator closed\n"
                        self.assertEqual(printed, expected + "closed\n")

    def test_a_value_is_the_result_of_a_stream_without_items(self):
        for mode in MODES:
            worker = self.ready_to_talk(SCRIPT, **mode)
            for value in ([1, 2], {"a": 1}, "text", None, 5, "x" * 5000):
                for function in ("echo", "echo_async"):
                    items, reply = worker.stream(function, value)
                    self.assertEqual((items, reply.value), ([], value))

    def test_values_one_can_iterate_over_are_values(self):
        worker = self.ready_to_talk(
            """
            def tuple_(): return (1, 2)
            def set_(): return {1}
            def frozen(): return frozenset([1])
            def bytes_(): return b"ab"
            def unknown(): return range(3)
            """
        )
        for function, value in (("tuple_", [1, 2]), ("set_", [1]), ("frozen", [1])):
            items, reply = worker.stream(function)
            self.assertEqual((items, reply.value), ([], value))
        self.assertEqual(worker.stream("bytes_")[1].value, b"ab")
        self.assertIn("range is not JSON", worker.stream("unknown")[1].value["message"])

    def test_they_are_encoded_as_results_are(self):
        script = """
            import array, datetime
            VALUES = [
                "a\\ud800é", "y" * 3000, b"bytes", array.array("d", [1.5]), {"n": float("nan")},
                datetime.date(2020, 1, 2), {"text": "z" * 3000}, None,
            ]
            def values(): yield from VALUES
            async def values_async():
                for value in VALUES: yield value
            """
        flags = protocol.ARRAYS_AS_LISTS | protocol.NAN_AS_NULL
        expected = ["a\ud800é", "y" * 3000, b"bytes", [1.5], {"n": None}]
        expected += ["2020-01-02", {"text": "z" * 3000}, None]
        for mode in MODES:
            worker = self.ready_to_talk(script, **mode)
            for function in ("values", "values_async"):
                items, _ = worker.stream(function, flags=flags)
                self.assertEqual(items, expected)
                items, reply = worker.stream(function)
                self.assertEqual(items[:3], expected[:3])
                self.assertEqual(items[3][:2], ("float64", [1]))
                self.assertEqual(reply.kind, "NOT_SERIALIZABLE")

    def test_a_generator_keeps_its_context(self):
        script = """
            import contextvars
            var = contextvars.ContextVar("var", default="unset")
            def visit(name):
                for _ in range(5):
                    before = var.get()
                    var.set(name)
                    yield before
            async def visit_async(name):
                for before in visit(name):
                    await asyncio.sleep(0)
                    yield before
            """
        for mode in MODES:
            worker = self.ready_to_talk(script, **mode)
            for name in ("a", "b"):
                for function in ("visit", "visit_async"):
                    items, _ = worker.stream(function, name, window=1)
                    self.assertEqual(items, ["unset", *[name] * 4])

    def test_it_is_in_one_thread_from_start_to_end(self):
        worker = self.ready_to_talk(
            """
            import threading
            def names():
                try:
                    for _ in range(5): yield threading.current_thread().name
                finally: print(threading.current_thread().name)
            """,
            threads=2,
        )
        items, _ = worker.stream("names", window=1)
        self.assertEqual(len(set(items)), 1)
        self.assertEqual(worker.stdout(), items[0] + "\n")

    def test_execute_of_one_is_an_error_with_a_hint_and_closes_it(self):
        for mode in MODES:
            worker = self.ready_to_talk(
                """
                def gen():
                    try:
                        while True: yield 1
                    finally: print("closed")
                async def agen():
                    try:
                        while True: yield 1
                    finally: print("closed")
                kept = []
                def begun():
                    kept.append(gen())
                    next(kept[-1])
                    return kept[-1]
                async def begun_later(): return begun()
                async def begun_async():
                    kept.append(agen())
                    await kept[-1].__anext__()
                    return kept[-1]
                def mapped(): return map(str, [])
                """,
                **mode,
            )
            names = ("gen", "agen", "begun", "begun_later", "begun_async", "mapped")
            for function in names:
                frame = worker.call(function)
                self.assertEqual((frame.kind, frame.value["path"]), ("NOT_SERIALIZABLE", "output"))
                self.assertIn("call the function with stream()", frame.value["message"])
            self.assertEqual(worker.end(), 0)
            self.assertEqual(worker.stdout(), "closed\n" * 3)
            self.assertEqual(worker.stderr(), "")


class Ahead(TalkingTest):
    """How far a stream runs ahead of its consumer."""

    FUNCTIONS = ("saying", "saying_async")

    def take(self, worker, call, count):
        frames = [worker.receive() for _ in range(count)]
        for frame in frames:
            self.assertEqual((frame.kind, frame.call_id), ("ITEM", call))
        return frames

    def assert_silent(self):
        """Nothing is said for long enough that something would be."""
        time.sleep(0.02)
        self.assertIsNone(self.said())

    def said(self):
        import os

        os.set_blocking(self.fifo.fileno(), False)
        try:
            return self.fifo.read(100)
        finally:
            os.set_blocking(self.fifo.fileno(), True)

    def test_it_makes_no_more_items_than_its_window_has(self):
        for mode in MODES:
            for function in self.FUNCTIONS:
                with self.subTest(mode=mode, function=function):
                    worker = self.ready_to_talk(SCRIPT, **mode)
                    call = worker.submit_stream(function, window=3)
                    self.heard(3)
                    self.take(worker, call, 3)
                    self.assert_silent()
                    for credit in (1, 2, 5):
                        worker.credit(call, credit, credit)
                        self.heard(credit)
                        self.take(worker, call, credit)
                        self.assert_silent()
                    worker.credit(call + 100, 5, 5)  # of a stream that does not run
                    self.assert_silent()

    def test_it_makes_no_more_bytes_than_fit_but_for_the_last_item(self):
        size = MAX_BYTES // 2 - 500  # only three items exceed it
        for mode in MODES:
            for function in ("blocks", "blocks_async"):
                with self.subTest(mode=mode, function=function):
                    worker = self.ready_to_talk(SCRIPT, **mode)
                    call = worker.submit_stream(function, size)
                    frames = [worker.receive() for _ in range(3)]
                    self.heard(3)
                    self.assert_silent()
                    worker.credit(call, 1, len(frames[0].payload))
                    worker.receive()
                    self.heard(1)
                    self.assert_silent()
                    worker.credit(call, 1, 0)
                    self.assert_silent()

    def test_others_are_served_while_it_waits(self):
        for mode in MODES[1:]:
            worker = self.ready_to_talk(SCRIPT, **mode)
            for function in self.FUNCTIONS:
                with self.subTest(mode=mode, function=function):
                    call = worker.submit_stream(function, window=1)
                    self.take(worker, call, 1)
                    self.assertEqual(worker.result("echo", 1), 1)
                    self.assertEqual(worker.result("echo_async", 2), 2)
                    worker.issue(0)
                    worker.send_frame(protocol.PING, 0, b"")
                    self.assertEqual(worker.receive().kind, "PONG")
                    worker.credit(call, 1)
                    self.take(worker, call, 1)

    def test_a_ping_is_answered_while_it_is_alone(self):
        for function in self.FUNCTIONS:
            for window in (1, 60000):
                worker = self.ready_to_talk(SCRIPT)
                worker.submit_stream(function, window=window)
                self.heard(1)
                worker.issue(0)
                worker.send_frame(protocol.PING, 0, b"")
                while worker.receive().kind != "PONG":
                    pass

    def test_several_run_at_once(self):
        for mode in ({"concurrency": 4}, {"concurrency": 4, "threads": 4}):
            worker = self.ready_to_talk(SCRIPT, **mode)
            calls = [
                worker.submit_stream(function, window=2)
                for function in ("saying", "saying_async") * 2
            ]
            for _ in range(20):
                seen = [worker.receive().call_id for _ in range(8)]
                self.assertEqual(sorted(seen), sorted(calls * 2))
                for call in calls:
                    worker.credit(call, 2)

    def test_the_loop_gets_turns_while_one_always_has_a_next_item(self):
        worker = self.ready_to_talk(
            """
            ticks = 0
            async def tick():
                global ticks
                while True:
                    ticks += 1
                    await asyncio.sleep(0)
            async def start():
                global task
                task = asyncio.ensure_future(tick())
            def watch():
                first = ticks
                while ticks < first + 3: yield ticks
            async def watch_async():
                first = ticks
                while ticks < first + 3: yield ticks
            """
        )
        worker.result("start")
        for function in ("watch", "watch_async"):
            _, reply = worker.stream(function, window=60000)
            self.assertEqual(reply.kind, "RESULT")


class Printing(TalkingTest):
    def test_what_a_generator_prints_and_logs_is_its_calls_and_in_order(self):
        script = """
            import logging, sys
            def chatty():
                for number in range(3):
                    sys.stdout.write(f"{number} ")  # without the end of a line
                    logging.warning(number)
                    yield number
                print("end")
            async def chatty_async():
                for number in chatty(): yield number
            """
        for mode in MODES:
            worker = self.ready_to_talk(script, **mode)
            for function in ("chatty", "chatty_async"):
                with self.subTest(mode=mode, function=function):
                    worker.printed.clear()
                    worker.logs.clear()
                    call = worker.submit_stream(function)
                    for number in range(3):
                        worker.receive()
                        printed = [text for _, _, text in worker.printed]
                        self.assertEqual(
                            printed[: number + 1], [f"{n} " for n in range(number + 1)]
                        )
                    worker.receive()
                    self.assertEqual({one for one, _, _ in worker.printed}, {call})
                    self.assertEqual(worker.printed[-1][2], "end\n")
                    self.assertEqual({one.call_id for one in worker.logs}, {call})
                    self.assertEqual(len(worker.logs), 3)


class Windows(unittest.TestCase):
    def test_one_is_open_while_there_is_an_item_and_a_byte_left(self):
        window = Window(2)
        window.note(10)
        self.assertTrue(window.is_open)
        window.note(MAX_BYTES - 11)
        self.assertFalse(window.is_open)
        window.grant(5, 0)
        self.assertTrue(window.is_open)
        window.note(1)
        self.assertFalse(window.is_open)
        window.grant(0, 1)
        self.assertTrue(window.is_open)
        window.note(MAX_BYTES)  # the last one may be longer
        window.grant(10, MAX_BYTES - 1)
        self.assertFalse(window.is_open)
        window.grant(0, 1)
        self.assertTrue(window.is_open)
