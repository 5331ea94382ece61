"""The loop lives between calls, and it is the loop of the import."""

import os
import signal
import sys
import unittest

from _python_worker_pool import protocol

from .client import field
from .talking import TalkingTest


class BetweenCalls(TalkingTest):
    def test_what_a_call_left_goes_on_while_nothing_is_called(self):
        worker = self.ready_to_talk(
            """
            async def heartbeat():
                while True:
                    say(b".")
                    await asyncio.sleep(0.001)
            async def start():
                global task
                task = asyncio.ensure_future(heartbeat())
            """
        )
        worker.result("start")
        self.assertEqual(self.heard(20), b"." * 20)
        self.assertEqual(worker.end(), 0)
        self.assertEqual(worker.stderr(), "")

    def test_it_gets_turns_between_plain_calls_that_come_back_to_back(self):
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
            def work():
                time.sleep(0.001)
                return ticks
            """
        )
        worker.result("start")
        calls = [worker.submit("work") for _ in range(60)]
        replies = worker.receive_all(len(calls))
        self.assertGreater(replies[calls[-1]].value, replies[calls[0]].value)

    def test_frames_that_were_read_together_are_all_served(self):
        worker = self.ready_to_talk(
            """
            async def nap(x):
                await asyncio.sleep(0.001)
                return x
            def plain(x): return x
            """
        )
        for _ in range(20):
            for names in (("nap", "plain", "nap"), ("plain", "nap", "plain")):
                frames = b""
                for name in names:
                    worker._calls += 1
                    worker.issue(worker._calls)
                    payload = field(name.encode()) + b"[%d]" % worker._calls
                    header = protocol.pack_header(protocol.CALL, worker._calls, len(payload))
                    frames += header + payload
                worker.send_raw(frames)
                for call_id, frame in worker.receive_all(3).items():
                    self.assertEqual(frame.value, call_id)

    def test_a_long_call_is_read_in_the_loop(self):
        worker = self.ready_to_talk(
            """
            async def size(text):
                await asyncio.sleep(0)
                return len(text)
            def plain(text): return len(text)
            """,
            concurrency=4,
        )
        text = "é" * 3_000_000
        for name in ("size", "plain", "size", "size", "plain"):
            self.assertEqual(worker.result(name, text), len(text))


class OutsideOfIt(TalkingTest):
    def test_plain_functions_may_run_loops_of_their_own_beside_tasks(self):
        worker = self.ready_to_talk(
            """
            async def wait():
                global event, loop
                event, loop = asyncio.Event(), asyncio.get_event_loop()
                say(b"!")
                await event.wait()
                return "waited"
            async def coro(): return 5
            def own(): return asyncio.run(coro())
            def same():
                # As a library does that finds the worker's loop: it runs on, with all its tasks.
                return loop.run_until_complete(asyncio.wait_for(asyncio.sleep(0.01, 6), 5))
            async def release(): event.set()
            """,
            concurrency=4,
        )
        waiting = worker.submit("wait")
        self.heard()
        self.assertEqual(worker.result("own"), 5)
        self.assertEqual(worker.result("same"), 6)
        ahead = [worker.submit("same"), worker.submit("coro"), worker.submit("release")]
        replies = worker.receive_all(4)
        self.assertEqual([replies[call].value for call in ahead], [6, 5, None])
        self.assertEqual(replies[waiting].value, "waited")

    def test_tasks_that_end_while_a_plain_function_runs_the_loop_are_answered(self):
        worker = self.ready_to_talk(
            """
            async def first():
                global loop, done
                loop, done = asyncio.get_event_loop(), asyncio.Event()
                say(b"!")
                await done.wait()
                return "first"
            def second():
                done.set()
                loop.run_until_complete(asyncio.sleep(0.01))
                return "second"
            """,
            concurrency=2,
        )
        first = worker.submit("first")
        self.heard()
        second = worker.submit("second")
        replies = worker.receive_all(2)
        self.assertEqual([replies[first].value, replies[second].value], ["first", "second"])
        self.assertEqual(worker.result("second"), "second")


class Choice(TalkingTest):
    def test_it_is_the_one_that_was_current_when_the_import_ended(self):
        worker = self.ready_to_talk(
            """
            made = asyncio.new_event_loop()
            asyncio.set_event_loop(made)
            async def coro(): return 5
            async def same(): return asyncio.get_event_loop() is made
            # Which leaves no current loop behind.
            def run(): return asyncio.run(coro())
            """
        )
        self.assertEqual(worker.result("run"), 5)
        self.assertIs(worker.result("same"), True)

    def test_else_the_one_that_is_current_at_the_first_async_call(self):
        worker = self.ready_to_talk(
            """
            def make():
                global made
                made = asyncio.new_event_loop()
                asyncio.set_event_loop(made)
            async def same(): return asyncio.get_event_loop() is made
            """
        )
        worker.result("make")
        self.assertIs(worker.result("same"), True)

    def test_none_is_made_for_a_script_that_has_none(self):
        worker = self.ready_to_talk(
            """
            import sys
            def loop():
                policy = sys.modules["asyncio.events"]._event_loop_policy
                return str(getattr(getattr(policy, "_local", None), "_loop", None))
            """
        )
        self.assertEqual(worker.result("loop"), "None")

    @unittest.skipIf(sys.version_info < (3, 8), "no such class")
    def test_one_that_cannot_wait_for_pipes_is_woken_by_a_thread(self):
        worker = self.ready_to_talk(
            """
            class Loop(asyncio.SelectorEventLoop):
                def add_reader(self, fd, *args): raise NotImplementedError
            asyncio.set_event_loop(Loop())
            async def nap(x):
                await asyncio.sleep(0.001)
                return x
            def plain(x): return x
            async def wait():
                say(b"!")
                try: await asyncio.sleep(1000)
                finally: print("cleaned up")
            """,
            concurrency=4,
        )
        for _ in range(5):
            calls = [worker.submit(name, name) for name in ("nap", "plain", "nap")]
            replies = worker.receive_all(3)
            self.assertEqual([replies[call].value for call in calls], ["nap", "plain", "nap"])
        waiting = worker.submit("wait")
        self.heard()
        worker.send_frame(protocol.CANCEL, waiting, b"")
        self.assertEqual(worker.receive().call_id, waiting)
        self.assertIn("in wait", worker.cancelling[waiting])
        self.assertEqual(worker.end(), 0)
        self.assertEqual(worker.stdout(), "cleaned up\n")


class Nested(TalkingTest):
    """A loop that its callbacks may run, as `nest_asyncio` makes them."""

    SCRIPT = """
    class Loop(asyncio.SelectorEventLoop):
        def _check_running(self): pass
        def _run_once(self):
            try: super()._run_once()
            except IndexError: pass  # the callbacks that were left have run inside of another
        def run_inside(self, coroutine):
            inner, outer = self.create_task(coroutine), asyncio.current_task()
            if outer: asyncio.tasks._leave_task(self, outer)
            while not inner.done():
                self._run_once()
                if self._stopping: raise RuntimeError("stopped")
            if outer: asyncio.tasks._enter_task(self, outer)
            return inner.result()
    loop = Loop()
    asyncio.set_event_loop(loop)
    ended = []
    async def wait(gate, x):
        say(b"!")
        while not os.path.exists(gate): await asyncio.sleep(0.001)
        ended.append(x)
        return x
    async def nested(gate, x): return loop.run_inside(wait(gate, x))
    async def often(gate):
        say(b"!")
        while not os.path.exists(gate):
            await asyncio.sleep(0)
            loop.run_inside(asyncio.sleep(0))
        return "done"
    async def leave_nested(gate):
        loop.call_soon(lambda: loop.run_inside(wait(gate, "left")))
    def plain(): return ended
    """

    def setUp(self):
        super().setUp()
        self.gate = os.path.join(self.folder, "gate")

    def open_gate(self):
        with open(self.gate, "w", encoding="utf-8"):
            pass

    def test_a_plain_call_lets_the_inner_run_end(self):
        worker = self.ready_to_talk(self.SCRIPT, concurrency=8)
        calls = [worker.submit("nested", self.gate, 1)]
        self.heard()
        calls += [worker.submit("wait", self.gate, 2), worker.submit("plain")]
        self.heard()
        self.open_gate()
        replies = worker.receive_all(len(calls))
        values = [replies[call].value for call in calls]
        self.assertEqual(values[:2], [1, 2])
        self.assertIn(1, values[2])

    def test_it_may_begin_in_the_turn_in_which_a_plain_call_comes(self):
        worker = self.ready_to_talk(self.SCRIPT, concurrency=8)
        often = worker.submit("often", self.gate)
        self.heard()
        for _ in range(50):
            self.assertEqual(worker.result("plain"), [])
        self.open_gate()
        self.assertEqual(worker.receive_all(1)[often].value, "done")

    def test_what_a_call_has_left_may_begin_it(self):
        for concurrency in (1, 8):
            worker = self.ready_to_talk(self.SCRIPT, concurrency=concurrency)
            worker.result("leave_nested", self.gate)
            self.heard()
            plain = worker.submit("plain")
            self.open_gate()
            self.assertEqual(worker.receive_all(1)[plain].value, ["left"])
            self.assertEqual(worker.end(), 0)
            self.assertEqual(worker.stderr(), "")
            os.remove(self.gate)


class Lost(TalkingTest):
    SCRIPT = """
    async def wait():
        global loop
        loop = asyncio.get_event_loop()
        say(b"!")
        await asyncio.sleep(1000)
    async def coro(): return 5
    def close(): loop.close()
    def close_descriptors(): os.closerange(4, 60)
    """

    def test_calls_in_a_loop_that_the_script_closes_fail_at_once(self):
        worker = self.ready_to_talk(self.SCRIPT, concurrency=4)
        waiting = [worker.submit("wait"), worker.submit("wait")]
        self.heard(2)
        closing = worker.submit("close")
        replies = worker.receive_all(3)
        self.assertEqual(replies[closing].kind, "RESULT")
        for call in waiting:
            self.assertEqual(replies[call].value["type"], "RuntimeError")
            self.assertIn("the script closed the event loop", replies[call].value["message"])
        self.assertEqual(worker.result("coro"), 5)
        self.assertEqual(worker.end(), 0)
        self.assertEqual(worker.stderr(), "")

    def test_calls_in_a_loop_without_descriptors_fail_at_once(self):
        worker = self.ready_to_talk(self.SCRIPT, concurrency=4)
        waiting = worker.submit("wait")
        self.heard()
        worker.submit("close_descriptors")
        self.assertIn("the event loop failed", worker.receive_all(2)[waiting].value["message"])
        self.assertEqual(worker.result("coro"), 5)

    def test_one_that_is_closed_with_no_call_in_it_is_replaced(self):
        worker = self.ready_to_talk(
            """
            async def remember():
                global loop
                loop = asyncio.get_event_loop()
            def close(): loop.close()
            async def coro(): return loop is asyncio.get_event_loop()
            """
        )
        worker.result("remember")
        self.assertIs(worker.result("coro"), True)
        worker.result("close")
        self.assertIs(worker.result("coro"), False)


class Waiting(TalkingTest):
    """A worker waits for what its loop waits for, without running it for each call."""

    def ready_with_loop(self, code):
        worker = self.ready_to_talk(
            """
            import signal, threading
            async def start():
                global loop
                loop = asyncio.get_running_loop()
            def echo(x): return x
            """
            + code
        )
        worker.result("start")
        self.assertEqual(worker.result("echo", 1), 1)
        return worker

    def test_a_timer_fires(self):
        worker = self.ready_with_loop(
            """
            def begin(): loop.call_later(0.05, say, b"!")
            """
        )
        worker.result("begin")
        self.assertEqual(self.heard(), b"!")
        self.assertEqual(worker.result("echo", 2), 2)

    def test_a_descriptor_is_read(self):
        worker = self.ready_with_loop(
            """
            def begin():
                source, sink = os.pipe()
                loop.add_reader(source, lambda: say(os.read(source, 1)))
                threading.Timer(0.05, os.write, (sink, b"!")).start()
            """
        )
        worker.result("begin")
        self.assertEqual(self.heard(), b"!")
        self.assertEqual(worker.result("echo", 2), 2)

    def test_another_thread_is_heard(self):
        worker = self.ready_with_loop(
            """
            def begin():
                threading.Timer(0.05, loop.call_soon_threadsafe, (say, b"!")).start()
            """
        )
        worker.result("begin")
        self.assertEqual(self.heard(), b"!")
        self.assertEqual(worker.result("echo", 2), 2)

    def test_what_a_plain_function_has_scheduled_runs(self):
        worker = self.ready_with_loop(
            """
            def begin(): loop.call_soon(say, b"!")
            """
        )
        worker.result("begin")
        self.assertEqual(self.heard(), b"!")
        self.assertEqual(worker.result("echo", 2), 2)

    def test_a_signal_handler_of_the_loop_runs(self):
        worker = self.ready_with_loop(
            """
            async def listen(): loop.add_signal_handler(signal.SIGUSR1, say, b"!")
            """
        )
        worker.result("listen")
        self.assertIsNone(worker.result("echo", None))
        worker.process.send_signal(signal.SIGUSR1)
        self.assertEqual(self.heard(), b"!")
        self.assertEqual(worker.result("echo", 2), 2)

    def test_a_long_call_is_read(self):
        worker = self.ready_with_loop("")
        text = "x" * (1 << 20)
        self.assertEqual(worker.result("echo", text), text)
        self.assertEqual(worker.result("echo", 2), 2)


class Forks(TalkingTest):
    def test_a_child_has_no_part_in_the_loop(self):
        worker = self.ready_to_talk(
            """
            import sys
            async def wait():
                global loop, event
                loop, event = asyncio.get_event_loop(), asyncio.Event()
                say(b"!")
                await event.wait()
                return "waited"
            async def coro(): return 5
            def check():
                try: loop.run_until_complete(loop.create_future())
                except Exception: pass  # its selector is closed
                else: return 1
                if asyncio.run(coro()) != 5: return 2
                policy = asyncio.get_event_loop_policy()
                return 3 if policy._local._loop is loop else 0
            def plain():
                pid = os.fork()
                if pid == 0: os._exit(check())
                return os.waitpid(pid, 0)[1] >> 8
            async def inside():
                pid = os.fork()
                if pid == 0: os._exit(check())
                return os.waitpid(pid, 0)[1] >> 8
            async def comes_back():
                pid = os.fork()
                if pid == 0:
                    try: await asyncio.sleep(0.001)
                    except RuntimeError: pass  # no running loop
                    return "from the child"
                return os.waitpid(pid, 0)[1] >> 8
            async def release(): event.set()
            """,
            concurrency=4,
        )
        waiting = worker.submit("wait")
        self.heard()
        for name in ("plain", "inside", "comes_back") * 2:
            with self.subTest(name):
                self.assertEqual(worker.result(name), 0)
        worker.submit("release")
        self.assertEqual(worker.receive_all(2)[waiting].value, "waited")
        self.assertEqual(worker.end(), 0)
        self.assertEqual(worker.stderr(), "")
