"""Async calls share one loop for the worker's life."""

from .client import WorkerTest


class Loop(WorkerTest):
    def test_one_loop_serves_all_calls_and_left_over_tasks_go_on(self):
        worker = self.ready(
            """
            import asyncio
            loops, ticks = [], []
            lock = None
            async def tick():
                while True:
                    ticks.append(1)
                    await asyncio.sleep(0)
            async def start():
                global task
                loops.append(asyncio.get_event_loop())
                task = asyncio.ensure_future(tick())
            async def wait_for_more():
                loops.append(asyncio.get_event_loop())
                before = len(ticks)
                while len(ticks) < before + 5: await asyncio.sleep(0)
                return loops[0] is loops[-1]
            """
        )
        worker.result("start")
        self.assertIs(worker.result("wait_for_more"), True)
        self.assertEqual(worker.end(), 0)
        self.assertEqual(worker.stderr(), "")

    def test_a_lock_made_at_import_works_in_every_call(self):
        worker = self.ready(
            """
            import asyncio
            lock = asyncio.Lock()
            async def held():
                async with lock: await asyncio.sleep(0)
                return 1
            async def both(): return await asyncio.gather(held(), held())
            """
        )
        for _ in range(2):
            self.assertEqual(worker.result("both"), [1, 1])

    def test_asyncio_run_in_a_sync_function_works(self):
        worker = self.ready(
            """
            import asyncio
            async def coro(): return 5
            def sync(): return asyncio.run(coro())
            """,
            python_args=("-W", "error", "-X", "dev"),
        )
        for name in ("sync", "coro", "sync", "coro"):
            self.assertEqual(worker.result(name), 5)
        self.assertEqual(worker.end(), 0)
        self.assertEqual(worker.stderr(), "")

    def test_a_loop_closed_or_stopped_by_the_script_is_no_problem(self):
        worker = self.ready(
            """
            import asyncio
            async def remember():
                global loop
                loop = asyncio.get_event_loop()
            def close(): loop.close()
            async def stop():
                asyncio.get_event_loop().stop()
                await asyncio.sleep(0.001)
                return 6
            async def coro(): return 5
            """
        )
        worker.result("remember")
        worker.result("close")
        self.assertEqual(worker.result("coro"), 5)
        self.assertEqual(worker.result("stop"), 6)
        self.assertEqual(worker.result("coro"), 5)
        self.assertEqual(worker.end(), 0)
        self.assertEqual(worker.stderr(), "")

    def test_any_awaitable_is_awaited(self):
        worker = self.ready(
            """
            import asyncio
            class Awaitable:
                def __await__(self):
                    yield from asyncio.sleep(0).__await__()
                    return "awaited"
            def call(): return Awaitable()
            """
        )
        self.assertEqual(worker.result("call"), "awaited")

    def test_a_task_that_exits_does_not_end_another_call(self):
        worker = self.ready(
            """
            import asyncio, sys
            async def leaver(): sys.exit(9)
            async def call():
                asyncio.ensure_future(leaver())
                for _ in range(5): await asyncio.sleep(0)
                return "fine"
            """
        )
        self.assertEqual(worker.result("call"), "fine")
        self.assertEqual(worker.result("call"), "fine")
        self.assertEqual(worker.end(), 0)

    def test_the_end_cancels_tasks_and_async_generators_quietly(self):
        worker = self.ready(
            """
            import asyncio
            async def forever():
                try: await asyncio.sleep(1000)
                finally: print("task cancelled")
            async def failing():
                try: await asyncio.sleep(1000)
                finally: raise ValueError("late")
            async def stubborn():
                while True:
                    try: await asyncio.sleep(1000)
                    except asyncio.CancelledError: pass
            async def generator():
                try:
                    while True: yield 1
                finally: print("generator closed")
            async def call():
                global kept
                kept = generator()
                await kept.__anext__()
                for coro in (forever(), failing(), stubborn()): asyncio.ensure_future(coro)
                await asyncio.sleep(0)
            import atexit
            atexit.register(print, "atexit ran")
            """
        )
        worker.result("call")
        self.assertEqual(worker.end(), 0)
        lines = worker.stdout().splitlines()
        self.assertEqual(lines, ["task cancelled", "generator closed", "atexit ran"])
        self.assertEqual(worker.stderr(), "")
