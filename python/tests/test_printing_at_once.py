"""Text and records of calls that run at the same time in one worker: each names its own call."""

from _python_worker_pool import protocol

from .talking import TalkingTest

SPEAK = """
    import asyncio, contextvars, logging, os, sys, threading, time
    def speak(name, number):
        print("out", end=" "); print(name, number)
        logging.warning("log %s %d", name, number)
        print("err", name, number, file=sys.stderr)
    def lines(name): return ["%s %d" % (name, number) for number in range(20)]
    async def task(name):
        for number in range(20):
            speak(name, number)
            await asyncio.sleep(0)
        sys.stdout.write("end " + name)
    meeting = threading.Barrier(4)
    def thread(name):
        meeting.wait()
        for number in range(20):
            speak(name, number)
            time.sleep(0)
        sys.stdout.write("end " + name)
"""


class AtOnce(TalkingTest):
    def frames_until_replies(self, worker, count):
        """The frames that are sent until so many calls are replied to: (kind, call id)."""
        frames, replies = [], 0
        while replies < count:
            header = worker.process.stdout.read(protocol.HEADER_SIZE)
            kind, call_id, length = protocol.unpack_header(header)
            payload = worker.process.stdout.read(length)
            if kind == protocol.PRINTED:
                worker.printed.append((call_id, payload[0], payload[1:].decode()))
            frames.append((kind, call_id))
            replies += kind == protocol.RESULT
        return frames

    def text_of(self, worker, call, fd):
        return "".join(text for call_id, to, text in worker.printed if (call_id, to) == (call, fd))

    def check_each_has_its_own(self, worker, function):
        calls = {worker.submit(function, name): name for name in "abcd"}
        worker.receive_all(len(calls))
        for call, name in calls.items():
            spoken = [f"{name} {number}" for number in range(20)]
            out = [f"out {text}\n" for text in spoken] + [f"end {name}"]
            self.assertEqual(self.text_of(worker, call, 1), "".join(out))
            self.assertEqual(
                self.text_of(worker, call, 2), "".join(f"err {text}\n" for text in spoken)
            )
            logged = [frame.value["message"] for frame in worker.logs if frame.call_id == call]
            self.assertEqual(logged, [f"log {text}" for text in spoken])
        self.assertEqual({call for call, _, _ in worker.printed}, set(calls))
        self.assertEqual(len(worker.logs), 20 * len(calls))

    def test_tasks(self):
        self.check_each_has_its_own(self.ready_to_talk(SPEAK, concurrency=4), "task")

    def test_threads(self):
        self.check_each_has_its_own(self.ready_to_talk(SPEAK, threads=4), "thread")

    def test_child_tasks_and_threads_with_the_context_of_a_call(self):
        worker = self.ready_to_talk(
            SPEAK
            + """
    async def child(name): print("task", name)
    async def parent(name):
        await asyncio.gather(child(name), child(name))
        context = contextvars.copy_context()
        thread = threading.Thread(target=context.run, args=(print, "thread", name))
        thread.start(); thread.join()
        await asyncio.sleep(0.01)
""",
            concurrency=2,
        )
        calls = {worker.submit("parent", name): name for name in "ab"}
        worker.receive_all(2)
        for call, name in calls.items():
            self.assertEqual(
                self.text_of(worker, call, 1), f"task {name}\ntask {name}\nthread {name}\n"
            )

    def test_threads_of_the_script_name_no_call_while_several_run(self):
        worker = self.ready_to_talk(
            SPEAK
            + """
    def log_in_thread():
        thread = threading.Thread(target=logging.warning, args=("logged",))
        thread.start(); thread.join()
    async def call():
        say(b"!")
        await release.wait()
    async def begin(): global release; release = asyncio.Event()
    async def log(): log_in_thread()
    async def finish(): release.set()
""",
            concurrency=4,
            threads=2,
        )
        worker.result("begin")
        worker.result("log")
        alone = worker.submit("log_in_thread")
        worker.receive()
        waiting = worker.submit("call")
        self.heard()
        for function in ("log", "log_in_thread"):
            worker.result(function)
        worker.submit("finish")
        self.assertIn(waiting, worker.receive_all(2))
        self.assertEqual([frame.call_id for frame in worker.logs], [alone - 1, alone, 0, 0])

    def test_text_comes_before_the_reply_of_its_call_where_replies_are_joined(self):
        worker = self.ready_to_talk(
            SPEAK
            + """
    async def call():
        say(b"!")
        await begin.wait()
        sys.stdout.write("no newline")
    async def prepare(): global begin; begin = asyncio.Event()
    async def go(): begin.set()
""",
            concurrency=8,
        )
        worker.result("prepare")
        calls = [worker.submit("call") for _ in range(5)]
        self.heard(5)
        worker.submit("go")
        frames = self.frames_until_replies(worker, 6)
        for call in calls:
            printed = frames.index((protocol.PRINTED, call))
            self.assertLess(printed, frames.index((protocol.RESULT, call)))
            self.assertEqual(self.text_of(worker, call, 1), "no newline")

    def test_text_that_a_stream_of_the_script_has_kept_comes_before_the_reply(self):
        for options in ({}, {"concurrency": 2}, {"threads": 2}):
            with self.subTest(**options):
                worker = self.ready_to_talk(
                    SPEAK
                    + """
    class Keeping:
        kept = ""
        def write(self, text): self.kept += text
        def flush(self): kept, self.kept = self.kept, ""; sys.__stdout__.write(kept)
    sys.stdout = Keeping()
    def plain(): sys.stdout.write("plain")
    async def coro(): sys.stdout.write("async")
""",
                    **options,
                )
                worker.result("plain")
                worker.result("coro")
                worker.result("plain")
                texts = [text for _, _, text in worker.printed]
                self.assertEqual(texts, ["plain", "async", "plain"])
                calls = [call for call, _, _ in worker.printed]
                self.assertEqual(calls, [2, 3, 4])

    def test_a_cancelled_call_still_prints_under_its_own_name(self):
        worker = self.ready_to_talk(
            SPEAK
            + """
    async def call(name):
        say(b"!")
        try: await asyncio.sleep(1000)
        finally: print("finally", name)
""",
            concurrency=2,
            named_cancels=True,
        )
        calls = [worker.submit("call", name) for name in "ab"]
        self.heard(2)
        for call, name in zip(calls, "ab"):
            worker.cancel(call)
            self.assertEqual(worker.receive().call_id, call)
            self.assertEqual(self.text_of(worker, call, 1), f"finally {name}\n")

    def test_text_of_an_ended_call_is_sent_with_the_next_reply(self):
        worker = self.ready_to_talk(
            SPEAK
            + """
    async def later():
        await asyncio.sleep(0)
        sys.stdout.write("left")
        say(b"!")
    async def leave(): global left; left = asyncio.ensure_future(later())
    def plain(): pass
""",
            concurrency=2,
        )
        call = worker.submit("leave")
        worker.receive()
        self.heard()
        worker.result("plain")
        self.assertEqual(self.text_of(worker, call, 1), "left")
