"""Many calls in one worker: async functions as tasks, beside plain ones."""

import os
import sys
import time
import unittest

from _python_worker_pool import protocol
from _python_worker_pool.replies import MAX_HELD, Replies

from .talking import TalkingTest

MEET = """
    waiting = []
    async def meet(count, name):
        waiting.append(name)
        say(b"!")
        while len(waiting) < count: await asyncio.sleep(0.001)
        return name
"""


class AsyncCalls(TalkingTest):
    def test_they_run_at_the_same_time(self):
        worker = self.ready_to_talk(MEET, concurrency=64)
        calls = [worker.submit("meet", 64, number) for number in range(64)]
        replies = worker.receive_all(64)
        self.assertEqual([replies[call].value for call in calls], list(range(64)))
        self.assertEqual(worker.end(), 0)
        self.assertEqual(worker.stderr(), "")

    def test_each_has_a_context_of_its_own(self):
        worker = self.ready_to_talk(
            """
            import contextvars
            var = contextvars.ContextVar("var", default="unset")
            imported = contextvars.ContextVar("imported")
            imported.set("by the import")
            async def visit(name):
                before = var.get()
                var.set(name)
                await asyncio.sleep(0.001)
                return [before, var.get(), imported.get()]
            def visit_plainly(name): return visit(name)
            """,
            concurrency=8,
        )
        for function in ("visit", "visit_plainly", "visit"):
            calls = {worker.submit(function, name): name for name in ("a", "b", "c")}
            for call, frame in worker.receive_all(3).items():
                self.assertEqual(frame.value, ["unset", calls[call], "by the import"])

    def test_plain_functions_run_beside_them(self):
        worker = self.ready_to_talk(
            MEET
            + "    def plain(x): return [x, len(waiting)]\n    def fail(): raise ValueError('no')",
            concurrency=8,
        )
        first = worker.submit("meet", 2, "first")
        self.heard()
        self.assertEqual(worker.result("plain", 1), [1, 1])
        self.assertEqual(worker.call("fail").value["message"], "no")
        self.assertEqual(worker.call("missing").kind, "FUNCTION_NOT_FOUND")
        self.assertEqual(worker.call("meet").value["type"], "TypeError")
        second = worker.submit("meet", 2, "second")
        replies = worker.receive_all(2)
        self.assertEqual([replies[call].value for call in (first, second)], ["first", "second"])

    def test_what_one_raises_or_returns_harms_no_other(self):
        worker = self.ready_to_talk(
            MEET
            + """
    import sys
    async def exits(): sys.exit(3)
    async def interrupts(): raise KeyboardInterrupt
    async def closes(): raise GeneratorExit
    async def leaves_exits():
        asyncio.ensure_future(exits())
        await asyncio.sleep(0)
    async def leaves_interrupts():
        asyncio.ensure_future(interrupts())
        await asyncio.sleep(0)
    async def gathers(): await asyncio.gather(exits(), interrupts())
    async def not_json(): return object()
    async def stops(): asyncio.get_event_loop().stop()
""",
            concurrency=8,
        )
        first = worker.submit("meet", 2, "first")
        self.heard()
        expected = [
            ("exits", "SystemExit"),
            ("interrupts", "KeyboardInterrupt"),
            ("closes", "GeneratorExit"),
        ]
        if sys.version_info >= (3, 8):  # Python 3.7 never resumes a task that awaits such a one
            expected.append(("gathers", "SystemExit"))
        for name, error in expected:
            self.assertEqual(worker.call(name).value["type"], error)
        for name in ("leaves_exits", "leaves_interrupts", "stops"):
            self.assertIsNone(worker.result(name))
        self.assertEqual(worker.call("not_json").kind, "NOT_SERIALIZABLE")
        second = worker.submit("meet", 2, "second")
        replies = worker.receive_all(2)
        self.assertEqual([replies[call].value for call in (first, second)], ["first", "second"])

    def test_one_that_is_cancelled_by_the_script_before_it_begins_is_answered(self):
        worker = self.ready_to_talk(
            """
            async def coro(): return 1
            async def cancel_all(): pass
            def stop_what_has_not_begun():
                # As a factory, because the script has no other chance.
                def make(loop, coroutine, **options):
                    task = asyncio.Task(coroutine, loop=loop, **options)
                    task.cancel()
                    return task
                loop.set_task_factory(make)
            async def remember():
                global loop
                loop = asyncio.get_event_loop()
            """,
            concurrency=8,
        )
        worker.result("remember")
        worker.result("stop_what_has_not_begun")
        for _ in range(2):
            self.assertIn("CancelledError", worker.call("coro").value["type"])

    def test_the_hosts_end_ends_them(self):
        worker = self.ready_to_talk(
            """
            async def wait():
                say(b"!")
                try: await asyncio.sleep(1000)
                finally: print("cleaned up")
            """,
            concurrency=8,
        )
        for _ in range(3):
            worker.submit("wait")
        self.heard(3)
        self.assertEqual(worker.end(), 0)
        self.assertEqual(worker.stdout(), "cleaned up\n" * 3)
        self.assertEqual(worker.stderr(), "")

    def test_records_name_the_call_that_logs(self):
        worker = self.ready_to_talk(
            """
            import logging
            async def child(name): logging.warning("child of %s", name)
            async def log(name):
                logging.warning(name)
                await asyncio.sleep(0.001)
                await asyncio.gather(child(name), child(name))
            def log_plainly(name): logging.warning(name)
            """,
            concurrency=8,
        )
        calls = [worker.submit("log", "a"), worker.submit("log", "b")]
        worker.receive_all(2)
        calls.append(worker.submit("log_plainly", "c"))
        worker.receive_all(1)
        logged = [(frame.call_id, frame.value["message"]) for frame in worker.logs]
        expected = [(call, name) for call, name in zip(calls, "abc")]
        expected += [(call, f"child of {name}") for call, name in zip(calls, "ab")] * 2
        self.assertEqual(sorted(logged), sorted(expected))

    def test_a_ping_is_answered_while_they_run(self):
        worker = self.ready_to_talk(MEET, concurrency=8)
        waiting = worker.submit("meet", 2, "first")
        self.heard()
        worker.issue(0)
        worker.send_frame(protocol.PING, 0, b"")
        self.assertEqual(worker.receive().kind, "PONG")
        worker.submit("meet", 2, "second")
        self.assertEqual(worker.receive_all(2)[waiting].value, "first")


class Serial(TalkingTest):
    def test_calls_sent_ahead_wait_and_can_be_revoked(self):
        worker = self.ready_to_talk(
            """
            async def wait(path):
                say(b"!")
                while not os.path.exists(path): await asyncio.sleep(0.001)
            async def coro(x): return x
            def plain(x): return x
            """
        )
        worker.result("coro", 0)
        for round_number in range(3):
            path = os.path.join(self.folder, str(round_number))
            running = worker.submit("wait", path)
            self.heard()
            ahead = [worker.submit(name, name) for name in ("coro", "plain", "coro")]
            # Long enough for a worker that would start them.
            time.sleep(0.02)
            self.assertEqual(worker.revoke_unstarted(), ahead)
            last = [worker.submit(name, name) for name in ("plain", "coro")]
            open(path, "x").close()
            replies = worker.receive_all(3)
            self.assertEqual(list(replies), [running, *last])
        self.assertEqual(worker.result("plain", 1), 1)

    def test_they_run_one_after_the_other(self):
        worker = self.ready_to_talk(
            """
            running = 0
            async def call(x):
                global running
                running += 1
                assert running == 1
                await asyncio.sleep(0.001)
                running -= 1
                return x
            def plain(x):
                assert running == 0
                return x
            """
        )
        calls = [worker.submit(name, n) for n in range(20) for name in ("call", "plain", "call")]
        replies = worker.receive_all(len(calls))
        self.assertEqual(list(replies), calls)
        self.assertEqual({frame.kind for frame in replies.values()}, {"RESULT"})


class Kinds(TalkingTest):
    SCRIPT = """
    import functools
    async def coro(*args): return 1
    def plain(*args): return 2
    async def items(): yield 1
    def plain_items(): yield 1
    def returns_coro(): return coro()
    def wrap(function):
        @functools.wraps(function)
        def wrapper(*args): return asyncio.run(function(*args))
        return wrapper
    runs_it = wrap(coro)
    bound = functools.partial(functools.partial(coro, 1), 2)
    class Caller:
        async def __call__(self): return 3
        async def method(self): return 4
        async def items(self): yield 4
        @staticmethod
        async def static(): return 5
        def plain(self): return 6
    caller = Caller()
    """

    def test_the_host_gets_to_know_of_each_async_function_once(self):
        worker = self.ready_to_talk(self.SCRIPT, concurrency=8)
        calls = {}
        for _ in range(2):
            for name in ("coro", "returns_coro", "bound", "caller", "caller.method"):
                calls.setdefault(name, worker.submit(name))
                worker.receive()
            for name in ("plain", "runs_it", "Caller.static", "caller.plain"):
                first = worker.submit(name)
                if name == "Caller.static":
                    calls.setdefault(name, first)
                worker.receive()
        self.assertEqual(sorted(worker.async_calls), sorted(calls.values()))

    def test_ready_tells_the_kind_of_the_expected_function(self):
        for name, is_async in (
            ("coro", True),
            ("bound", True),
            ("caller", True),
            ("caller.method", True),
            ("items", True),
            ("caller.items", True),
            ("plain_items", False),
            ("plain", False),
            ("runs_it", False),
            ("returns_coro", False),
            ("missing", False),
            ("", False),
        ):
            with self.subTest(name):
                script = "import asyncio\n" + self.SCRIPT.replace("\n    ", "\n")
                worker = self.start(script, function=name)
                self.assertIs(worker.init().value["async"], is_async)


class FakeChannel:
    def __init__(self):
        self.writes = []

    def send_all(self, frames):
        self.writes.append([call_id for _, call_id, _ in frames])


class Joined(unittest.TestCase):
    """Replies of one turn of the loop, without a process."""

    def setUp(self):
        self.channel = FakeChannel()
        self.printed = []  # for which call, and how many replies were sent before
        self.replies = Replies(self.channel, self.note, self.note, self.note)
        self.time = 0.0

    def note(self, call_id):
        self.printed.append((call_id, sum(map(len, self.channel.writes))))

    def hold(self, *call_ids, size=1):
        return [
            self.replies.hold(protocol.RESULT, one, bytes(size), lambda: self.time)
            for one in call_ids
        ]

    def test_they_are_sent_together_after_what_was_printed(self):
        self.assertEqual(self.hold(1, 2, 3), [True, False, False])
        printed = [(1, 0), (2, 0), (3, 0)]
        self.assertEqual((self.channel.writes, self.printed), ([], printed))
        self.replies.flush()
        self.replies.flush()
        self.assertEqual((self.channel.writes, self.printed), ([[1, 2, 3]], [*printed, (0, 0)]))
        self.assertEqual(self.hold(4), [True])

    def test_no_more_than_so_many(self):
        self.hold(*range(MAX_HELD + 1))
        self.assertEqual(self.channel.writes, [list(range(MAX_HELD))])

    def test_no_longer_than_a_moment(self):
        self.hold(1, 2)
        self.time = 0.002
        self.hold(3, 4)
        self.assertEqual(self.channel.writes, [[1, 2, 3]])

    def test_a_long_one_is_not_held(self):
        self.hold(1)
        self.hold(2, size=1 << 20)
        self.hold(3, size=1 << 20)
        self.assertEqual(self.channel.writes, [[1, 2], [3]])

    def test_each_is_sent_once_though_a_signal_handler_sends_them(self):
        self.hold(1, 2)
        send_all = self.channel.send_all

        def interrupted(frames):
            self.channel.send_all = send_all
            self.hold(3)
            self.replies.send_held()
            send_all(frames)

        self.channel.send_all = interrupted
        self.replies.send_held()
        self.replies.send_held()
        self.assertEqual(self.channel.writes, [[1, 2], [3]])
