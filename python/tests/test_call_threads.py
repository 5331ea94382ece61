"""Plain functions in threads, where several may run at the same time."""

import os
import re
import signal
import time
import unittest

from _python_worker_pool import protocol

from .batches import Host
from .talking import TalkingTest

STACKS = """
    def rest(path):
        say(b"!")
        while not os.path.exists(path): time.sleep(0.001)
    def nap(path):
        rest(path)
        return "slept"
    def nap_again(path): return nap(path)
    def naps(path):
        rest(path)
        yield "late"
    def nap_together(paths): return [nap(path) for path in paths]
    def compute(path):
        say(b"!")
        while not os.path.exists(path): fibonacci(12)
        return "computed"
    def fibonacci(n): return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)
    def recurse(path, depth=900): return recurse(path, depth - 1) if depth else nap(path)
    def returns_coroutine(path):
        nap(path)
        return asyncio.sleep(1000)
"""


class Threads(TalkingTest):
    def test_they_run_at_the_same_time_and_no_more_than_allowed(self):
        worker = self.ready_to_talk(
            """
            import sys, threading
            barrier = threading.Barrier(4)
            threads = set()
            def meet(name):
                threads.add(threading.current_thread().name)
                barrier.wait(30)
                return name
            def seen():
                return [sorted(threads), threading.current_thread() is threading.main_thread()]
            def switch_interval(): return sys.getswitchinterval()
            """,
            threads=4,
        )
        for _ in range(3):
            calls = [worker.submit("meet", number) for number in range(8)]
            replies = worker.receive_all(8)
            self.assertEqual([replies[call].value for call in calls], list(range(8)))
        names = [f"python-worker-pool-{number}" for number in range(1, 5)]
        self.assertEqual(worker.result("seen"), [names, False])
        self.assertAlmostEqual(worker.result("switch_interval"), 0.001)
        self.assertEqual(worker.end(), 0)
        self.assertEqual(worker.stderr(), "")

    def test_one_call_at_a_time_needs_one_thread(self):
        worker = self.ready_to_talk(
            """
            import threading
            def name(): return threading.current_thread().name
            """,
            threads=4,
        )
        names = {worker.result("name") for _ in range(20)}
        self.assertEqual(names, {"python-worker-pool-1"})

    def test_async_functions_run_in_the_loop_beside_them(self):
        worker = self.ready_to_talk(
            """
            import threading
            async def where():
                await asyncio.sleep(0)
                return threading.current_thread() is threading.main_thread()
            def returns_awaitable(): return where()
            def block(path):
                say(b"!")
                while not os.path.exists(path): time.sleep(0.001)
                return "released"
            """,
            threads=2,
            concurrency=2,
        )
        path = os.path.join(self.folder, "go")
        blocked = worker.submit("block", path)
        self.heard()
        for name in ("where", "returns_awaitable"):
            self.assertIs(worker.result(name), True)
        open(path, "x").close()
        frame = worker.receive()
        self.assertEqual((frame.call_id, frame.value), (blocked, "released"))
        self.assertEqual(len(worker.async_calls), 2)  # once for each name

    def test_each_call_has_a_context_and_an_outcome_of_its_own(self):
        worker = self.ready_to_talk(
            """
            import contextvars, logging, sys
            var = contextvars.ContextVar("var", default="unset")
            imported = contextvars.ContextVar("imported")
            imported.set("by the import")
            def visit(name):
                before = var.get()
                var.set(name)
                logging.warning(name)
                sys.stdout.write(name + " ")
                return [before, imported.get()]
            def fail(): raise ValueError("no")
            def leave(): sys.exit(3)
            def not_json(): return object()
            def many(name): return {"values": [name] * 1000, "bytes": name.encode()}
            """,
            threads=4,
        )
        calls = {worker.submit("visit", str(number)): str(number) for number in range(20)}
        for frame in worker.receive_all(20).values():
            self.assertEqual(frame.value, ["unset", "by the import"])
        logged = {frame.call_id: frame.value["message"] for frame in worker.logs}
        self.assertEqual(logged, calls)
        self.assertEqual(sorted(worker.stdout().split()), sorted(calls.values()))
        self.assertEqual(worker.call("fail").value["message"], "no")
        self.assertEqual(worker.call("leave").value["type"], "SystemExit")
        self.assertEqual(worker.call("not_json").kind, "NOT_SERIALIZABLE")
        self.assertEqual(worker.call("missing").kind, "FUNCTION_NOT_FOUND")
        # Each thread encodes with state of its own.
        calls = {worker.submit("many", str(number)): str(number) for number in range(40)}
        for call, frame in worker.receive_all(40).items():
            name = calls[call]
            self.assertEqual(frame.value, {"values": [name] * 1000, "bytes": name.encode()})

    def test_the_loop_and_its_tasks_are_interrupted_but_no_thread(self):
        worker = self.ready_to_talk(
            """
            def nap(path):
                say(b"!")
                while not os.path.exists(path): time.sleep(0.001)
                return "slept"
            async def block():
                say(b"!")
                time.sleep(1000)
            """,
            threads=2,
            concurrency=2,
            named_cancels=True,
        )
        path = os.path.join(self.folder, "go")
        napping = worker.submit("nap", path)
        blocking = worker.submit("block")
        self.heard(2)
        for call in (napping, blocking):
            worker.cancel(call)
        frame = worker.interrupt_until_reply()
        self.assertEqual((frame.call_id, frame.value["type"]), (blocking, "KeyboardInterrupt"))
        open(path, "x").close()
        frame = worker.receive()
        self.assertEqual((frame.call_id, frame.value), (napping, "slept"))

    def test_one_that_never_ends_does_not_hold_up_the_worker(self):
        worker = self.ready_to_talk(
            """
            def stay():
                say(b"!")
                while True: time.sleep(0.01)
            def fork():
                pid = os.fork()
                if pid == 0: return "from the child"
                return os.waitpid(pid, 0)[1] >> 8
            """,
            threads=2,
        )
        worker.submit("stay")
        self.heard()
        self.assertEqual(worker.result("fork"), 0)
        self.assertEqual(worker.end(), 0)
        self.assertEqual(worker.stderr(), "")

    def test_a_host_that_reads_no_more_is_an_orderly_end(self):
        worker = self.ready_to_talk("def big(): return 'x' * 1000000", threads=2)
        worker.process.stdout.close()
        worker.submit("big")
        self.assertEqual(worker.wait(), 0)
        self.assertEqual(worker.stderr(), "")


class Stacks(TalkingTest):
    def ready_to_tell(self, **options):
        options = {"threads": 4, "named_cancels": True, **options}
        return self.ready_to_talk(STACKS, **options)

    def stacks_of(self, worker, *calls):
        """Cancels calls that go on, and returns what the worker has said of each."""
        for call in calls:
            worker.cancel(call)
        while not worker.cancelling.keys() >= set(calls):
            worker.issue(0)
            worker.send_frame(protocol.PING, 0, b"")
            self.assertEqual(worker.receive().kind, "PONG")
        return [worker.cancelling[call] for call in calls]

    def assert_names(self, stack, *functions):
        """Whether a stack begins with these functions; the last one may have called others."""
        places = re.findall(r'  File "(.*)", line \d+, in (\w+)\n', stack)[: len(functions)]
        script = os.path.join(self.folder, "provider.py")
        self.assertEqual(places, [(script, function) for function in functions])
        self.assertNotIn("_python_worker_pool", stack)

    def test_a_cancelled_call_says_where_it_is_and_goes_on(self):
        worker = self.ready_to_tell()
        path = os.path.join(self.folder, "go")
        calls = [worker.submit(name, path) for name in ("nap_again", "compute")]
        self.heard(2)
        napping, computing = self.stacks_of(worker, *calls)
        self.assert_names(napping, "nap_again", "nap", "rest")
        self.assertIn("    def nap_again(path): return nap(path)\n", napping)
        self.assert_names(computing, "compute")
        open(path, "x").close()
        replies = worker.receive_all(2)
        self.assertEqual([replies[call].value for call in calls], ["slept", "computed"])
        self.assertEqual(worker.end(), 0)
        self.assertEqual(worker.stderr(), "")

    def test_a_deep_one(self):
        worker = self.ready_to_tell()
        path = os.path.join(self.folder, "go")
        call = worker.submit("recurse", path)
        self.heard()
        [stack] = self.stacks_of(worker, call)
        self.assert_names(stack, "recurse", "recurse")
        self.assertRegex(
            stack, r"\[Previous line repeated \d+ more times\]\n.*in nap\n.*\n.*in rest"
        )
        open(path, "x").close()
        self.assertEqual(worker.receive().value, "slept")

    def test_a_stream_that_does_not_come_to_its_next_item(self):
        worker = self.ready_to_tell()
        path = os.path.join(self.folder, "go")
        call = worker.submit_stream("naps", path)
        self.heard()
        [stack] = self.stacks_of(worker, call)
        self.assert_names(stack, "naps", "rest")
        open(path, "x").close()
        self.assertEqual(worker.receive().value, "late")
        self.assertEqual(worker.receive().value["type"], "GeneratorExit")

    def test_a_batch_by_its_own_id(self):
        worker = self.ready_to_tell()
        host = Host(worker)
        path = os.path.join(self.folder, "go")
        batch = host.submit("nap_together", [path], [path])
        self.heard()
        [stack] = self.stacks_of(worker, batch[0])
        self.assert_names(stack, "nap_together")
        open(path, "x").close()
        self.assertEqual([frame.value for frame in host.replies(batch)], ["slept"] * 2)

    def test_one_that_turns_out_to_be_async_is_cancelled_then(self):
        worker = self.ready_to_tell()
        path = os.path.join(self.folder, "go")
        call = worker.submit("returns_coroutine", path)
        self.heard()
        [stack] = self.stacks_of(worker, call)
        self.assert_names(stack, "returns_coroutine", "nap", "rest")
        open(path, "x").close()
        frame = worker.receive()
        self.assertEqual((frame.call_id, frame.kind), (call, "RAISED"))
        self.assertIn("CancelledError", frame.value["type"])

    @unittest.skipUnless(hasattr(signal, "SIGURG"), "not on this platform")
    def test_a_dump_has_one_stack_and_harms_no_call(self):
        worker = self.ready_to_tell()
        path = os.path.join(self.folder, "go")
        calls = [worker.submit("compute", path) for _ in range(3)]
        self.heard(3)
        for _ in range(200):
            worker.process.send_signal(signal.SIGURG)
            time.sleep(0.001)
        open(path, "x").close()
        replies = worker.receive_all(3)
        self.assertEqual([replies[call].value for call in calls], ["computed"] * 3)
        self.assertEqual(worker.end(), 0)
        self.assertIn("start.py", worker.trace())
        self.assertNotIn("Thread 0x", worker.trace())
