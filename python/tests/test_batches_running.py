"""Batches while they run: what they print, how they end early, and what runs beside them."""

import os

from .batches import BatchTest


class Output(BatchTest):
    CODE = """
        import logging, sys
        def show(numbers):
            print("printed", len(numbers))
            sys.stderr.write("no newline")
            logging.warning("logged")
            return numbers
        async def show_later(numbers): return show(numbers)
    """

    def test_what_it_prints_and_logs_has_its_id_and_comes_before_its_end(self):
        for host in self.hosts(self.CODE):
            for name in ("show", "show_later"):
                worker = host.worker
                worker.printed.clear()
                worker.logs.clear()
                batch, calls = host.submit(name, [1], [2])
                ended = worker.receive()
                self.assertEqual((ended.kind, ended.call_id), ("BATCH_ENDED", batch))
                printed = [(batch, 1, "printed 2\n"), (batch, 2, "no newline")]
                self.assertEqual(sorted(worker.printed), printed)
                [log] = worker.logs
                self.assertEqual((log.call_id, log.value["message"]), (batch, "logged"))
                self.assertEqual([worker.receive().call_id for _ in calls], calls)


class Running(BatchTest):
    CODE = """
        import threading
        def ident(numbers): return [threading.get_ident()] * len(numbers)
        def block(numbers):
            say(b"!")
            time.sleep(1000)
        async def wait(numbers):
            try:
                say(b"!")
                await asyncio.sleep(1000)
            finally:
                print("cleaned up")
        def nap(path):
            say(b"!")
            while not os.path.exists(path): time.sleep(0.001)
        async def cancel_next_task():
            loop = asyncio.get_running_loop()
            def factory(loop, coroutine, **options):
                loop.set_task_factory(None)
                task = asyncio.Task(coroutine, loop=loop, **options)
                task.cancel()
                return task
            loop.set_task_factory(factory)
        async def block_in_loop(numbers): block(numbers)
        def meet(numbers):
            barrier.wait(30)
            return numbers
        barrier = threading.Barrier(2)
        def echo(numbers): return numbers
        async def echo_later(numbers): return numbers
    """

    def test_it_has_one_token(self):
        for kind in ({}, {"concurrency": 4}, {"threads": 2}):
            for name in ("echo", "echo_later"):
                host = self.talking_host(self.CODE, **kind)
                host.submit(name, [1], [2], token=False)  # revoked
                last = host.submit(name, [3], [4])
                self.assertEqual([frame.value for frame in host.replies(last)], [3, 4])

    def test_a_batch_is_one_call_in_threads(self):
        host = self.talking_host(self.CODE, threads=2)
        [thread] = set(host.results("ident", *[[0]] * 20))
        self.assertIsInstance(thread, int)
        first, second = host.submit("meet", [1], [2]), host.submit("meet", [3], [4])
        values = {}
        for _ in range(2):
            ended = host.worker.receive()
            calls = dict([first, second])[ended.call_id]
            for call in calls:
                frame = host.worker.receive()
                self.assertEqual(frame.call_id, call)
                values[call] = frame.value
        self.assertEqual([values[call] for call in (*first[1], *second[1])], [1, 2, 3, 4])

    def test_an_async_one_is_cancelled_by_its_id(self):
        for kind in ({}, {"concurrency": 4}, {"threads": 2, "concurrency": 4}):
            host = self.talking_host(self.CODE, named_cancels=True, **kind)
            batch = host.submit("wait", [1], [2])
            self.heard()
            host.worker.cancel(batch[0])
            for frame in host.replies(batch):
                self.assertEqual(frame.kind, "RAISED")
                self.assertIn("CancelledError", frame.value["type"])
            stack = host.worker.cancelling[batch[0]]
            self.assertIn("in wait\n", stack)
            self.assertNotIn("_python_worker_pool", stack)
            self.assertEqual(host.worker.printed, [(batch[0], 1, "cleaned up\n")])
            self.assertEqual(host.results("echo", [1]), [1])

    def test_one_that_begins_after_its_cancel_or_never(self):
        host = self.talking_host(self.CODE, named_cancels=True, concurrency=4)
        path = os.path.join(self.folder, "go")
        host.results("echo_later", [0])
        nap = host.worker.submit("nap", path)
        self.heard()
        batch = host.submit("wait", [1], [2])
        host.worker.cancel(batch[0])
        open(path, "x").close()
        self.assertEqual(host.worker.receive().call_id, nap)
        cancelled = host.replies(batch)
        host.worker.result("cancel_next_task")
        for frame in (*cancelled, *host.run("wait", [3], [4])):
            self.assertIn("CancelledError", frame.value["type"])
        self.assertEqual(host.results("echo_later", [5]), [5])

    def test_an_interrupt_fails_all_its_calls(self):
        for kind in ({}, {"concurrency": 4}):
            host = self.talking_host(self.CODE, named_cancels=True, **kind)
            for name in ("block", "block_in_loop"):
                batch = host.submit(name, [1], [2])
                self.heard()
                host.worker.cancel(batch[0])
                ended = host.worker.interrupt_until_reply()
                self.assertEqual((ended.kind, ended.call_id), ("BATCH_ENDED", batch[0]))
                for call in batch[1]:
                    frame = host.worker.receive()
                    self.assertEqual((frame.call_id, frame.kind), (call, "RAISED"))
                    self.assertEqual(frame.value["type"], "KeyboardInterrupt")
                    self.assertNotIn("_python_worker_pool", frame.value["traceback"])
                self.assertIn(batch[0], host.worker.cancelling)
            self.assertEqual(host.results("echo_later", [1]), [1])

    def test_an_interrupt_while_its_results_are_encoded_fails_all_its_calls(self):
        code = """
            import enum
            class Stuck(enum.Enum):
                A = 1
                @property
                def value(self):
                    say(b"!")
                    time.sleep(1000)
            def results(_): return [1, Stuck.A, 3]
        """
        host = self.talking_host(code, named_cancels=True)
        batch = host.submit("results", [1], [2], [3])
        self.heard()
        host.worker.cancel(batch[0])
        self.assertEqual(host.worker.interrupt_until_reply().call_id, batch[0])
        types = [host.worker.receive().value["type"] for _ in batch[1]]
        self.assertEqual(types, ["KeyboardInterrupt"] * 3)

    def test_small_replies_are_one_write(self):
        code = """
            import os
            writes = []
            write = os.write
            def counting(fd, data):
                writes.append(len(data))
                return write(fd, data)
            os.write = counting
            def start(numbers):
                writes.clear()
                return numbers
            def count(_): return [len(writes)]
        """
        host = self.host(code)
        host.run("start", *([number] for number in range(50)))
        self.assertEqual(host.results("count", [0]), [1])

    def test_plain_calls_and_batches_take_turns(self):
        for kind in ({}, {"concurrency": 4}, {"threads": 2}):
            host = self.talking_host(self.CODE, **kind)
            for number in range(20):
                self.assertEqual(host.results("echo", [number], [number]), [number] * 2)
                self.assertEqual(host.worker.result("echo", [number]), [number])
                self.assertEqual(host.results("echo_later", [number]), [number])
                self.assertEqual(host.worker.result("echo_later", number), number)
