"""Streams that fail, and iterators that do not do what iterators do."""

import sys
import unittest

from _python_worker_pool import protocol

from .talking import TalkingTest
from .test_streams import MODES

# Each way to fail, as a generator of its own kind.
SCRIPT = """
    import sys
    def make(steps):
        try:
            for step in steps:
                if step == "raise": raise ValueError("no")
                if step == "stop": raise StopIteration
                if step == "exit": sys.exit(3)
                if step == "quit": raise GeneratorExit
                if step == "interrupt": raise KeyboardInterrupt
                yield object() if step == "object" else step
        finally: print("cleaned up")
    async def make_async(steps):
        try:
            for step in steps:
                if step == "raise": raise ValueError("no")
                if step == "stop": raise StopAsyncIteration
                if step == "exit": sys.exit(3)
                if step == "quit": raise GeneratorExit
                if step == "interrupt": raise KeyboardInterrupt
                yield object() if step == "object" else step
        finally:
            await asyncio.sleep(0)
            print("cleaned up")
    async def make_later(steps): return make(steps)
    def echo(x): return x
"""
FUNCTIONS = ("make", "make_async", "make_later")


class Raising(TalkingTest):
    def outcomes(self, *all_steps, **options):
        """Steps, items and reply of each function in each mode; all clean up, and go on."""
        for mode in MODES:
            worker = self.ready_to_talk(SCRIPT, **mode, **options)
            for steps in all_steps:
                for function in FUNCTIONS:
                    with self.subTest(mode=mode, function=function, steps=steps):
                        items, reply = worker.stream(function, steps)
                        yield steps, items, reply
                        self.assertEqual(worker.result("echo", 1), 1)
            self.assertEqual(worker.end(), 0)
            self.assertEqual(worker.stdout(), "cleaned up\n" * len(FUNCTIONS) * len(all_steps))
            self.assertEqual(worker.stderr(), "")

    def test_items_before_an_exception_are_sent_first(self):
        for _, items, reply in self.outcomes([1, 2, "raise"]):
            self.assertEqual(items, [1, 2])
            self.assertEqual(reply.kind, "RAISED")
            self.assertEqual((reply.value["type"], reply.value["message"]), ("ValueError", "no"))
            self.assertIn("in make", reply.value["traceback"])
            self.assertNotIn("_python_worker_pool", reply.value["traceback"])

    def test_any_exception_is_an_outcome(self):
        kinds = {
            "stop": "RuntimeError",
            "exit": "SystemExit",
            "quit": "GeneratorExit",
            "interrupt": "KeyboardInterrupt",
        }
        for steps, items, reply in self.outcomes(*([1, step] for step in kinds)):
            self.assertEqual(items, [1])
            self.assertEqual((reply.kind, reply.value["type"]), ("RAISED", kinds[steps[1]]))

    def test_an_item_without_a_json_form_is_named(self):
        for _, items, reply in self.outcomes([1, [2], "object", 3]):
            self.assertEqual(items, [1, [2]])
            self.assertEqual(reply.kind, "NOT_SERIALIZABLE")
            self.assertEqual(reply.value["path"], "items[2]")
            self.assertRegex(reply.value["message"], r"^items\[2\]: object is not JSON")

    def test_an_item_that_is_too_large(self):
        for _, items, reply in self.outcomes(["x", "y" * 1500, "z"], max_payload=1000):
            self.assertEqual(items, ["x"])
            self.assertEqual((reply.kind, reply.value["size"]), ("TOO_LARGE", 1502))

    def test_a_function_that_fails_before_there_is_a_generator(self):
        for mode in MODES:
            worker = self.ready_to_talk(
                "def fail(): raise ValueError\nasync def fail_async(): raise ValueError", **mode
            )
            for function in ("fail", "fail_async"):
                items, reply = worker.stream(function)
                self.assertEqual((items, reply.value["type"]), ([], "ValueError"))
            self.assertEqual(worker.stream("missing")[1].kind, "FUNCTION_NOT_FOUND")


class Results(TalkingTest):
    def test_a_return_value_that_cannot_be_sent(self):
        for mode in MODES:
            worker = self.ready_to_talk(
                """
                def unknown():
                    yield 1
                    return {"a": object()}
                async def later(): return unknown()
                def generator():
                    yield 1
                    return unknown()
                def large():
                    yield 1
                    return "x" * 1500
                """,
                max_payload=1000,
                **mode,
            )
            for function in ("unknown", "later"):
                items, reply = worker.stream(function)
                self.assertEqual((items, reply.kind), ([1], "NOT_SERIALIZABLE"))
                self.assertEqual(reply.value["path"], "output.a")
            self.assertNotIn("stream()", worker.stream("generator")[1].value["message"])
            self.assertEqual(worker.stream("large")[1].kind, "TOO_LARGE")

    def test_nested_paths_begin_at_the_item(self):
        worker = self.ready_to_talk(
            """
            def nested():
                yield 0
                yield {"users": [{"id": 1}, {"id": object()}]}
            def circular():
                value = {"a": {}}
                value["a"]["b"] = value["a"]
                yield value
            def bad_key(): yield {float("nan"): 1}
            """
        )
        self.assertEqual(worker.stream("nested")[1].value["path"], "items[1].users[1].id")
        message = worker.stream("circular")[1].value["message"]
        self.assertEqual(message, "items[0].a.b: circular reference to items[0].a")
        for flags in (0, 2):
            message = worker.stream("bad_key", flags=flags)[1].value["message"]
            self.assertRegex(message, r"^items\[0\]: nan is not JSON")


class Weird(TalkingTest):
    def outcome(self, code, **options):
        """The reply of `streamed` in each mode; the worker goes on."""
        for mode in MODES:
            with self.subTest(mode=mode):
                worker = self.ready_to_talk(code, **mode)
                items, reply = worker.stream("streamed", **options)
                yield worker, items, reply
                self.assertEqual(worker.call("missing").kind, "FUNCTION_NOT_FOUND")
                self.assertEqual(worker.end(), 0)
                self.assertEqual(worker.stderr(), "")

    def test_an_iterator_that_raises_for_ever_is_closed_and_ends(self):
        code = """
            class Broken:
                def __next__(self): raise OSError("gone")
                def close(self): print("closed")
            def streamed(): return Broken()
        """
        for worker, items, reply in self.outcome(code):
            self.assertEqual((items, reply.value["message"]), ([], "gone"))
            self.assertEqual(worker.stdout(), "closed\n")

    def test_a_stop_of_the_other_kind_is_an_exception(self):
        code = """
            class Broken:
                def __next__(self): raise StopAsyncIteration("wrong")
            def streamed(): return Broken()
        """
        for _, items, reply in self.outcome(code):
            self.assertEqual((items, reply.value["type"]), ([], "StopAsyncIteration"))
        code = """
            class Broken:
                def __aiter__(self): return self
                def __anext__(self): raise StopIteration("wrong")
            def streamed(): return Broken()
        """
        for _, items, reply in self.outcome(code):
            self.assertEqual((items, reply.value["type"]), ([], "RuntimeError"))

    def test_asynchronous_iterators_that_are_none(self):
        code = """
            class Number:
                def __anext__(self): return 5
            class Iterable:
                def __aiter__(self): return 5
            class Failing:
                def __aiter__(self): raise OSError
            class Without:
                __aiter__ = None
            def streamed(name): return globals()[name]()
        """
        errors = {
            "Number": "TypeError",
            "Iterable": "AttributeError",
            "Failing": "OSError",
            "Without": "TypeError",
        }
        for mode in MODES:
            worker = self.ready_to_talk(code, **mode)
            for name, error in errors.items():
                with self.subTest(mode=mode, name=name):
                    items, reply = worker.stream("streamed", name)
                    self.assertEqual((items, reply.value["type"]), ([], error))
            self.assertEqual(worker.end(), 0)
            self.assertEqual(worker.stderr(), "")

    def test_attributes_that_raise(self):
        code = """
            class Broken:
                def __next__(self): raise StopIteration
                @property
                def close(self): raise OSError("no close")
            def streamed(): return Broken()
        """
        for _, items, reply in self.outcome(code):
            self.assertEqual((items, reply.value["message"]), ([], "no close"))

    def test_a_close_that_raises_is_the_outcome_if_there_is_no_other(self):
        code = """
            class Broken:
                count = 0
                def __next__(self):
                    self.count += 1
                    if self.count == {last}: raise {error}
                    return self.count
                def close(self): raise OSError("cannot close")
            def streamed(): return Broken()
        """
        for _, items, reply in self.outcome(code.format(last=3, error="StopIteration(5)")):
            self.assertEqual((items, reply.value["message"]), ([1, 2], "cannot close"))
        for worker, items, reply in self.outcome(code.format(last=3, error="KeyError(5)")):
            self.assertEqual((items, reply.value["type"]), ([1, 2], "KeyError"))
            [log] = worker.logs
            self.assertEqual(log.value["level"], "warn")
            self.assertIn(
                "The stream of streamed() failed while it was closed", log.value["message"]
            )
            self.assertIn("OSError: cannot close", log.value["message"])
            self.assertEqual(log.call_id, reply.call_id)

    def test_an_item_whose_conversion_stops_the_iteration_is_not_the_end(self):
        code = """
            class Item:
                def to_dict(self): return {}
                @property
                def __dict__(self): raise StopIteration
            def streamed():
                yield 1
                yield Item()
        """
        for _, items, reply in self.outcome(code):
            self.assertEqual((items, reply.kind), ([1], "NOT_SERIALIZABLE"))

    def test_a_generator_that_ignores_its_close(self):
        code = """
            def streamed():
                while True:
                    yield 1
                    try: yield object()
                    except GeneratorExit: pass
        """
        for worker, items, reply in self.outcome(code):
            self.assertEqual((items, reply.kind), ([1], "NOT_SERIALIZABLE"))
            self.assertIn("generator ignored GeneratorExit", worker.logs[0].value["message"])


class Processes(TalkingTest):
    def test_a_child_that_the_generator_forks_never_speaks(self):
        code = """
            def streamed(where):
                yield 1
                pid = os.fork()
                if pid == 0:
                    if where == "item": yield "from the child"
                    if where == "end": return
                    if where == "error": raise ValueError
                yield os.waitpid(pid, 0)[1] >> 8
            async def streamed_async(where):
                for item in streamed(where): yield item
            async def streamed_later(where): return streamed(where)
            def in_finally():
                try: yield object()
                finally:
                    pid = os.fork()
                    if pid: os.waitpid(pid, 0)
        """
        for mode in MODES:
            worker = self.ready_to_talk(code, **mode)
            for function in ("streamed", "streamed_async", "streamed_later"):
                for where, status in (("item", 0), ("end", 0), ("error", 1)):
                    with self.subTest(mode=mode, function=function, where=where):
                        items, reply = worker.stream(function, where)
                        self.assertEqual((items, reply.kind), ([1, status], "RESULT"))
            self.assertEqual(worker.stream("in_finally")[1].kind, "NOT_SERIALIZABLE")
            self.assertEqual(worker.end(), 0)

    def test_one_that_ends_the_process(self):
        for mode in MODES:
            worker = self.ready_to_talk(
                """
                def streamed():
                    yield 1
                    os._exit(7)
                async def streamed_async():
                    yield 1
                    await asyncio.sleep(0)
                    os._exit(7)
                """,
                **mode,
            )
            worker.submit_stream("streamed_async" if mode else "streamed")
            self.assertEqual(worker.receive().value, 1)
            self.assertIsNone(worker.receive())
            self.assertEqual(worker.wait(), 7)

    def test_the_hosts_end_closes_what_is_streamed(self):
        code = """
            def streamed():
                try:
                    while True: yield 1
                finally: print("closed")
            async def streamed_async():
                try:
                    while True: yield 1
                finally:
                    await asyncio.sleep(0)
                    print("closed")
        """
        for mode in MODES:
            for function in ("streamed", "streamed_async"):
                for window in (1, 60000):
                    with self.subTest(mode=mode, function=function, window=window):
                        worker = self.ready_to_talk(code, **mode)
                        worker.submit_stream(function, window=window)
                        self.assertEqual(worker.receive().value, 1)
                        self.assertEqual(worker.end(), 0)
                        self.assertEqual(worker.stdout(), "closed\n")
                        self.assertEqual(worker.stderr(), "")

    def test_a_host_that_reads_no_more_is_an_orderly_end(self):
        for mode in MODES:
            worker = self.ready_to_talk(
                """
                def streamed():
                    while True: yield "x" * 100000
                async def streamed_async():
                    for item in streamed(): yield item
                """,
                **mode,
            )
            worker.process.stdout.close()
            worker.submit_stream("streamed_async" if mode else "streamed")
            self.assertEqual(worker.wait(), 0)
            self.assertEqual(worker.stderr(), "")


class Loops(TalkingTest):
    SCRIPT = """
        def count():
            loop = asyncio.get_event_loop_policy().get_event_loop()
            yield 1
            loop.close()
            yield 2
            yield asyncio.run(coro())
            yield 4
        async def coro(): return 3
        async def forever():
            global loop
            loop = asyncio.get_event_loop()
            while True: yield 0
        def close(): loop.close()
        def close_descriptors(): os.closerange(4, 60)
        def numbers():
            for number in range(100): yield number
    """

    def test_a_sync_one_may_close_the_loop_and_run_others(self):
        for mode in MODES[:2]:
            worker = self.ready_to_talk(self.SCRIPT, **mode)
            worker.result("coro")
            items, reply = worker.stream("count", window=1)
            self.assertEqual((items, reply.kind), ([1, 2, 3, 4], "RESULT"))
            self.assertEqual(worker.result("coro"), 3)

    def test_one_in_a_loop_that_is_closed_fails_at_once(self):
        worker = self.ready_to_talk(self.SCRIPT, concurrency=4)
        call = worker.submit_stream("forever", window=2)
        for _ in range(2):
            self.assertEqual(worker.receive().call_id, call)
        closing = worker.submit("close")
        worker.credit(call, 1)
        replies = worker.receive_all(2)
        self.assertEqual(replies[closing].kind, "RESULT")
        self.assertIn("the script closed the event loop", replies[call].value["message"])
        self.assertEqual(worker.stream("forever_not")[1].kind, "FUNCTION_NOT_FOUND")
        self.assertEqual(worker.result("coro"), 3)
        self.assertEqual(worker.end(), 0)

    def test_a_first_one_without_descriptors_fails_alone(self):
        for mode in MODES[:2]:
            worker = self.ready(
                """
                import os
                kept = []
                def take_all():
                    while True:
                        try: kept.append(os.open(os.devnull, os.O_RDONLY))
                        except OSError: return len(kept)
                def give_back():
                    while kept: os.close(kept.pop())
                def numbers(): yield 1
                async def numbers_async(): yield 1
                """,
                **mode,
            )
            worker.result("take_all")
            for function in ("numbers", "numbers_async"):
                self.assertEqual(worker.stream(function)[1].value["type"], "OSError")
            worker.result("give_back")
            for function in ("numbers", "numbers_async"):
                items, reply = worker.stream(function)
                self.assertEqual((items, reply.kind), ([1], "RESULT"))
            self.assertEqual(worker.end(), 0)

    @unittest.skipIf(sys.version_info < (3, 8), "no such class")
    def test_loops_that_cannot_wait_for_pipes(self):
        code = """
            class Loop(asyncio.SelectorEventLoop):
                def add_reader(self, fd, *args): raise NotImplementedError
            asyncio.set_event_loop(Loop())
            def numbers():
                try:
                    for number in range(100): yield number
                finally: print("closed")
            async def numbers_async():
                for number in numbers():
                    await asyncio.sleep(0)
                    yield number
            async def coro(x): return x
        """
        for mode in MODES:
            worker = self.ready_to_talk(code, **mode)
            for function in ("numbers", "numbers_async"):
                for window in (3, 200):
                    items, reply = worker.stream(function, window=window)
                    self.assertEqual((items, reply.kind), (list(range(100)), "RESULT"))
                worker.printed.clear()
                call = worker.submit_stream(function, window=1)
                self.assertEqual(worker.receive().kind, "ITEM")
                worker.send_frame(protocol.CANCEL, call, b"")
                self.assertEqual(worker.receive().kind, "RAISED")
                self.assertIn("in numbers", worker.cancelling[call])
                self.assertEqual(worker.result("coro", 1), 1)
            self.assertEqual(worker.end(), 0)

    def test_a_worker_without_descriptors_streams_all_the_same(self):
        for first in ("coro", "numbers"):
            worker = self.ready_to_talk(self.SCRIPT)
            worker.stream(first)
            worker.result("close_descriptors")
            items, reply = worker.stream("numbers", window=3)
            self.assertEqual((items, reply.kind), (list(range(100)), "RESULT"))
