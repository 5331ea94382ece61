"""`logging` keeps its levels, and the fields of its records."""

import time

from .client import WorkerTest


class Logs(WorkerTest):
    def logged(self, worker):
        frames, worker.logs = worker.logs, []
        fields = [(frame.call_id, frame.value) for frame in frames]
        return [(id_, one["level"], one["logger"], one["message"]) for id_, one in fields]

    def details(self, worker):
        frames, worker.logs = worker.logs, []
        return [frame.value["details"] for frame in frames]

    def test_records_become_frames_with_level_and_logger(self):
        worker = self.ready(
            r"""
            import logging, sys
            def last_resort(): logging.getLogger("a.b").warning("watch %s", "out")
            def basic():
                logging.basicConfig(level=logging.DEBUG)
                for level in (10, 20, 30, 40, 50): logging.log(level, "é\ud800")
            def error():
                try: 1 / 0
                except ZeroDivisionError: logging.exception("oops")
            def formatted():
                handler = logging.StreamHandler(sys.stdout)
                handler.setFormatter(logging.Formatter("<%(message)s>"))
                logger = logging.getLogger("own"); logger.propagate = False
                logger.addHandler(handler); logger.info("text")
            """
        )
        worker.result("last_resort")
        self.assertEqual(self.logged(worker), [(1, "warn", "a.b", "watch out")])
        worker.result("basic")
        self.assertEqual(
            self.logged(worker),
            [
                (2, level, "root", "é\\ud800")
                for level in ("debug", "info", "warn", "error", "error")
            ],
        )
        worker.result("error")
        ((_, level, _, text),) = self.logged(worker)
        self.assertEqual(level, "error")
        self.assertTrue(text.startswith("oops\nTraceback (most"), text)
        worker.result("formatted")
        self.assertEqual(self.logged(worker), [(4, "info", "own", "<text>")])
        self.assertEqual(worker.stderr() + worker.stdout(), "")

    def test_the_event_loop_that_is_made_for_a_call_logs_nothing(self):
        code = """
            import asyncio, logging
            logging.basicConfig(level=logging.DEBUG)
            async def wait(): await asyncio.sleep(0)
            def gen(): yield from range(3)
            async def log(): logging.getLogger("asyncio").debug("of the script")
            def run(): asyncio.run(wait())
        """
        for options in ({}, {"concurrency": 4}, {"threads": 2}):
            worker = self.ready(code, **options)
            worker.result("wait")
            worker.stream("gen")
            self.assertEqual(self.logged(worker), [])
            call = worker.call("log").call_id
            self.assertEqual(self.logged(worker), [(call, "debug", "asyncio", "of the script")])
            worker.result("run")
            ((_, level, logger, _),) = self.logged(worker)
            self.assertEqual((level, logger), ("debug", "asyncio"))

    def test_logging_imported_by_a_call_is_seen_from_the_next_call_on(self):
        worker = self.ready("def log():\n import logging; logging.warning('x')")
        worker.result("log")
        self.assertEqual((self.logged(worker), "x" in worker.stderr()), ([], True))
        worker.result("log")
        self.assertEqual(len(self.logged(worker)), 1)

    def test_a_result_is_sent_although_the_code_for_logging_is_gone(self):
        worker = self.ready(
            """
            import sys
            def f():
                sys.modules["_python_worker_pool.logs"] = None  # as if its file were deleted
                import logging
                return "the result"
            """
        )
        self.assertEqual(worker.result("f"), "the result")
        self.assertEqual(worker.result("f"), "the result")

    def test_other_handlers_are_untouched(self):
        worker = self.ready(
            """
            import io, logging
            stream = io.StringIO()
            logging.basicConfig(stream=stream)
            def log(): logging.warning("kept"); return stream.getvalue()
            """
        )
        self.assertEqual(worker.result("log"), "WARNING:root:kept\n")
        self.assertEqual(worker.logs, [])

    def test_a_record_that_cannot_be_formatted_is_left_to_logging(self):
        worker = self.ready("import logging\ndef log(): logging.warning('%d', 'x')")
        worker.result("log")
        self.assertEqual(worker.logs, [])
        self.assertIn("--- Logging error ---", worker.stderr())

    def test_threads_log_whole_frames(self):
        worker = self.ready(
            """
            import logging, threading
            def log(n):
                for _ in range(200): logging.warning("x" * n)
            def call():
                threads = [threading.Thread(target=log, args=(n,)) for n in (1, 1000, 70000)]
                for t in threads: t.start()
                log(5)
                for t in threads: t.join()
            """
        )
        worker.result("call")
        lengths = sorted(len(frame.value["message"]) for frame in worker.logs)
        self.assertEqual(lengths, [1] * 200 + [5] * 200 + [1000] * 200 + [70000] * 200)

    def test_a_signal_handler_that_logs_does_not_tear_a_frame(self):
        worker = self.ready(
            """
            import logging, signal
            signal.signal(signal.SIGALRM, lambda *_: logging.warning("alarm"))
            signal.setitimer(signal.ITIMER_REAL, 0.01, 0.005)
            def call():
                for _ in range(2000): logging.warning("x" * 100)
                return "y" * 1_000_000
            def stop(): signal.setitimer(signal.ITIMER_REAL, 0)
            """
        )
        self.assertEqual(len(worker.result("call")), 1_000_000)
        worker.result("stop")
        self.assertEqual(worker.end(), 0)


class Details(WorkerTest):
    def details(self, worker):
        frames, worker.logs = worker.logs, []
        return [frame.value["details"] for frame in frames]

    def extra(self, worker):
        [details] = self.details(worker)
        return details["extra"]

    def test_a_record_says_when_and_where_it_was_made(self):
        worker = self.ready(
            """
            import logging, threading
            def log(): logging.warning("hot")
            def in_a_thread():
                thread = threading.Thread(target=log, name="side")
                thread.start(); thread.join()
            """
        )
        before = int(time.time() * 1000)
        worker.result("log")
        worker.result("in_a_thread")
        made = [frame.value["time"] for frame in worker.logs]
        self.assertTrue(before <= made[0] <= made[1] <= time.time() * 1000, made)
        origin = {"file": worker.script, "line": 3}
        threads = [{**origin, "thread": name} for name in ("MainThread", "side")]
        self.assertEqual(self.details(worker), threads)

    def test_an_exception_is_a_field(self):
        worker = self.ready(
            """
            import logging
            class Refusal(Exception):
                def __str__(self): raise ValueError
            def fail(error):
                try: raise error
                except Exception: logging.exception("oops")
            def plain(): fail(KeyError("k"))
            def broken(): fail(Refusal())
            def none(): logging.error("no exception", exc_info=True)
            """
        )
        worker.result("plain")
        [details] = self.details(worker)
        exception = details["exception"]
        self.assertEqual((exception["type"], exception["message"]), ("KeyError", "'k'"))
        self.assertRegex(exception["traceback"], r"(?s)^Traceback.*in fail\n.*KeyError: 'k'\n$")
        worker.result("broken")
        [details] = self.details(worker)
        self.assertEqual(details["exception"]["message"], "<exception str() failed>")
        worker.result("none")
        self.assertNotIn("exception", self.details(worker)[0])

    def test_attributes_of_the_script_are_extra(self):
        worker = self.ready(
            """
            import datetime, decimal, enum, logging, pathlib
            class Color(str, enum.Enum): RED = "red"
            class Broken:
                def __str__(self): raise ValueError
            class BrokenDict(dict):
                def items(self): raise ValueError
                def __iter__(self): raise ValueError
            def log():
                logging.warning("hot", extra={
                    "plain": [1, -0.5, True, None, "é\\ud800"],
                    "nested": {"tuple": (1, {"deep": []}), 7: "key"},
                    "numbers": [float("nan"), float("inf"), 1 << 60, decimal.Decimal("1.50")],
                    "texts": [pathlib.PurePosixPath("/a"), datetime.date(2030, 1, 2), b"\\xff"],
                    "enum": Color.RED, "broken": Broken(), "dict": BrokenDict(a=1), "set": {3},
                })
            """
        )
        worker.result("log")
        extra = self.extra(worker)
        self.assertEqual(extra["plain"], [1, -0.5, True, None, "é\\ud800"])
        self.assertEqual(extra["nested"], {"tuple": [1, {"deep": []}], "7": "key"})
        self.assertEqual(extra["numbers"], ["nan", "inf", str(1 << 60), "1.50"])
        self.assertEqual(extra["texts"], ["/a", "2030-01-02", "b'\\xff'"])
        del extra["plain"], extra["nested"], extra["numbers"], extra["texts"]
        self.assertEqual(
            extra,
            {"enum": "red", "broken": "<Broken whose str() failed>", "dict": {"a": 1}, "set": [3]},
        )

    def test_extra_is_bounded_in_size_and_depth(self):
        worker = self.ready(
            """
            import logging
            def log():
                endless = []; endless.append(endless)
                deep = {}
                for _ in range(100_000): deep = {"in": deep}
                logging.warning("hot", extra={
                    "endless": endless, "deep": deep, "long": "x" * 10_000_000,
                    "many": list(range(1_000_000)), "bytes": b"x" * 10_000_000, "last": 1,
                })
            """
        )
        worker.result("log")
        [frame] = worker.logs
        self.assertLess(len(frame.payload), 100_000)
        extra = self.extra(worker)
        self.assertEqual(extra["endless"], [[[[[[[["<list>"]]]]]]]])
        self.assertIn("<dict>", str(extra["deep"]))

    def test_a_record_that_the_script_has_spoilt_is_sent(self):
        worker = self.ready(
            """
            import logging
            class Spoils(logging.Filter):
                def filter(self, record):
                    record.created = float("nan"); record.lineno = "x"; record.threadName = 7
                    del record.pathname
                    return True
            def log():
                logger = logging.getLogger("own")
                logger.addFilter(Spoils()); logger.warning("hot")
            """
        )
        worker.result("log")
        [frame] = worker.logs
        spoilt = {"level": "warn", "logger": "own", "message": "hot", "time": 0, "details": {}}
        self.assertEqual(frame.value, spoilt)

    def test_a_record_longer_than_a_frame_is_text_of_its_call(self):
        worker = self.ready(
            """
            import logging
            def log(n): logging.warning("x" * n)
            """,
            max_payload=100,
        )
        worker.result("log", 1 << 21)
        self.assertEqual(worker.logs, [])
        self.assertEqual({(call_id, fd) for call_id, fd, _ in worker.printed}, {(1, 2)})
        self.assertEqual(worker.stderr(), "WARNING:root:" + "x" * (1 << 21) + "\n")
