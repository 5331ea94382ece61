"""`logging` keeps its levels."""

from .client import WorkerTest


class Logs(WorkerTest):
    def logged(self, worker):
        frames, worker.logs = worker.logs, []
        return [(frame.call_id, *frame.value.values()) for frame in frames]

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
