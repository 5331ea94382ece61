"""Scripts that fork, close descriptors, or write where they should not."""

import os
import signal
import unittest

from _python_worker_pool import protocol

from .client import WorkerTest, field


class Forks(WorkerTest):
    def test_a_child_that_returns_or_raises_ends_silently(self):
        worker = self.ready(
            """
            import os, sys
            def status(pid):
                if pid == 0: return "from the child"
                return os.waitpid(pid, 0)[1] >> 8
            def returns(): return status(os.fork())
            def raises():
                pid = os.fork()
                if pid == 0: raise ValueError("in the child")
                return status(pid)
            def exits():
                pid = os.fork()
                if pid == 0: sys.exit(7)
                return status(pid)
            def logs():
                pid = os.fork()
                if pid == 0:
                    import logging
                    logging.warning("from the child")
                    print("printed by the child")
                return status(pid)
            async def coro(): return status(os.fork())
            """
        )
        for _ in range(2):
            self.assertEqual(worker.result("returns"), 0)
            self.assertEqual(worker.result("raises"), 1)
            self.assertEqual(worker.result("exits"), 7)
            self.assertEqual(worker.result("coro"), 0)
            self.assertEqual(worker.result("logs"), 0)
        self.assertEqual(worker.end(), 0)
        self.assertIn("ValueError: in the child", worker.stderr())
        self.assertIn("WARNING:root:from the child", worker.stderr())
        self.assertEqual(worker.stdout(), "printed by the child\n" * 2)

    def test_a_child_forked_while_loading_ends(self):
        worker = self.ready(
            """
            import os
            pid = os.fork()
            if pid: status = os.waitpid(pid, 0)[1]
            def get(): return status
            """
        )
        self.assertEqual(worker.result("get"), 0)

    def test_a_child_forked_by_a_c_library_never_answers(self):
        worker = self.ready(
            """
            import ctypes, logging, os, sys
            fork = ctypes.PyDLL(None).fork
            def status(pid):
                if pid == 0: return "from the child"
                return os.waitpid(pid, 0)[1] >> 8
            def returns(): return status(fork())
            def returns_what_cannot_be_sent(): return status(fork()) or object
            def raises():
                pid = fork()
                if pid == 0: raise ValueError("in the child")
                return status(pid)
            def exits():
                pid = fork()
                if pid == 0: sys.exit(7)
                return status(pid)
            def logs():
                pid = fork()
                if pid == 0: logging.warning("from the child")
                return status(pid)
            def forks_twice():
                pid = fork()
                if pid == 0: return status(os.fork())
                return status(pid)
            async def coro(): return status(fork())
            """
        )
        for _ in range(2):
            self.assertEqual(worker.result("returns"), 0)
            self.assertEqual(worker.result("raises"), 1)
            self.assertEqual(worker.result("exits"), 7)
            self.assertEqual(worker.result("logs"), 0)
            self.assertEqual(worker.result("forks_twice"), 0)
            self.assertEqual(worker.result("coro"), 0)
        self.assertEqual(worker.call("returns_what_cannot_be_sent").kind, "NOT_SERIALIZABLE")
        self.assertEqual(worker.end(), 0)
        self.assertEqual(worker.logs, [])

    def test_a_child_forked_by_a_c_library_while_loading_ends(self):
        worker = self.ready(
            """
            import ctypes, os
            pid = ctypes.PyDLL(None).fork()
            if pid: status = os.waitpid(pid, 0)[1]
            def get(): return status
            """
        )
        self.assertEqual(worker.result("get"), 0)


class Descriptors(WorkerTest):
    def test_the_channel_is_private_and_not_inherited(self):
        worker = self.ready(
            """
            import os, subprocess, sys
            def child():
                code = "import os; print(sorted(map(int, os.listdir('/dev/fd')))[:-1])"
                # close_fds=False: whatever is inheritable would be seen
                output = subprocess.check_output([sys.executable, "-c", code], close_fds=False)
                return output.decode()
            def stdin(): return [sys.stdin.read(), os.read(0, 1).decode()]
            """
        )
        self.assertEqual(worker.result("stdin"), ["", ""])
        self.assertNotIn(", 3", worker.result("child").replace("]", ","))

    def test_closed_standard_streams_do_not_matter(self):
        worker = self.ready(
            """
            import os, sys
            def close_streams(): sys.stdout.close(); sys.stderr.close()
            def close_fds(): os.close(1); os.close(2)
            def replace():
                sys.stdout = sys.stderr = object()
            def fine(): return "fine"
            """
        )
        for name in ("close_streams", "close_fds", "replace"):
            worker.call(name)
            self.assertEqual(worker.result("fine"), "fine")
        self.assertEqual(worker.end(), 0)

    def test_unflushed_output_to_a_closed_descriptor_keeps_the_exit_code(self):
        worker = self.ready(
            "import os, sys\ndef go():\n sys.stdout.write('x'); os.close(1); return 1"
        )
        self.assertEqual(worker.result("go"), 1)
        self.assertEqual(worker.end(), 0)

    def test_closing_every_descriptor_ends_the_worker_and_says_why(self):
        worker = self.ready("import os\ndef close(): os.closerange(3, 100000)")
        worker.submit("close")
        self.assertIsNone(worker.receive())
        self.assertEqual(worker.wait(), 70)
        self.assertIn("the control channel failed: writing: ", worker.stderr())

    def test_low_descriptors_may_be_closed(self):
        worker = self.ready(
            """
            import os
            async def coro(): return 1
            def close(): os.closerange(3, 60); return open(__file__).fileno()
            """
        )
        for _ in range(2):
            self.assertEqual(worker.result("coro"), 1)
        worker.result("close")
        worker.call("coro")  # its loop is broken and replaced
        self.assertEqual(worker.result("coro"), 1)

    def test_a_call_that_takes_the_last_descriptor_is_reported(self):
        worker = self.ready(
            """
            import os
            kept = []
            def take_all():
                import logging
                while True: kept.append(os.open(os.devnull, os.O_RDONLY))
            def give_back():
                while kept: os.close(kept.pop())
            def log():
                import logging
                logging.warning("as a record")
            """
        )
        error = worker.call("take_all").value
        self.assertEqual(error["type"], "OSError")
        self.assertIn("Too many open files", error["traceback"])
        self.assertEqual(worker.call("missing").value["type"], "OSError")
        worker.result("give_back")
        worker.result("log")
        self.assertEqual([frame.value["message"] for frame in worker.logs], ["as a record"])
        self.assertEqual(worker.end(), 0)

    @unittest.skipUnless(hasattr(os, "sysconf"), "unix only")
    def test_any_limit_of_descriptors_will_do(self):
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        for limit in (32, 64, 100, 256, hard):
            with self.subTest(limit=limit):
                resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
                try:
                    worker = self.ready("def f(): return 1")
                finally:
                    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
                self.assertEqual(worker.result("f"), 1)
                worker.close()


class Channel(WorkerTest):
    def test_the_hosts_end_before_init_is_an_orderly_end(self):
        worker = self.start("")
        self.assertEqual(worker.end(), 0)

    def test_a_host_that_goes_in_the_middle_of_a_frame_is_an_orderly_end(self):
        for size in (3, 30):
            worker = self.ready("")
            data = protocol.pack_header(protocol.CALL, 1, 100_000) + bytes(100)
            worker.send_raw(data[:size])
            self.assertEqual(worker.end(), 0)

    def test_a_host_that_reads_no_more_is_an_orderly_end(self):
        worker = self.ready("def big(): return 'x' * 1000000")
        worker.process.stdout.close()
        worker.submit("big")
        self.assertEqual(worker.wait(), 0)
        self.assertEqual(worker.stderr(), "")

    def test_a_protocol_error_ends_the_worker(self):
        for data, why in (
            (protocol.pack_header(protocol.CALL, 1, 3_000_000), "a payload of 3000000 bytes"),
            (protocol.pack_header(77, 1, 0), "expected CALL, got a frame of kind 77"),
            (b"\xff" * 16, "the header's padding is not zero"),
            (protocol.pack_header(protocol.CALL, 1, 2) + b"xx", "a field is longer than its frame"),
        ):
            with self.subTest(why):
                worker = self.ready("", max_payload=1_000_000)
                worker.issue(1)
                worker.send_raw(data)
                self.assertIsNone(worker.receive())
                self.assertEqual(worker.wait(), 70)
                self.assertIn(why, worker.stderr())

    def test_something_else_in_place_of_init_ends_the_worker(self):
        worker = self.start("")
        worker.send_frame(protocol.CALL, 1, field(b"f") + b"[]")
        self.assertEqual(worker.wait(), 70)

    def test_a_thread_of_the_script_may_print_between_calls(self):
        worker = self.ready(
            r"""
            import os, sys, threading
            stop = threading.Event()
            def chatter():
                while not stop.is_set(): os.write(1, b"chatter\n"); print("noise")
            thread = threading.Thread(target=chatter); thread.start()
            def echo(x): return x
            def end(): stop.set(); thread.join()
            """
        )
        for n in range(200):
            self.assertEqual(worker.result("echo", n), n)
        worker.result("end")
        self.assertEqual(worker.end(), 0)

    def test_a_worker_outlived_by_its_child_ends_all_the_same(self):
        worker = self.ready(
            """
            import subprocess, sys
            def start():
                return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"]).pid
            """
        )
        child = worker.result("start")
        self.addCleanup(os.kill, child, signal.SIGKILL)
        self.assertEqual(worker.end(), 0)
        self.assertIsNone(worker.receive())  # the end of the channel: the child does not hold it

    def test_no_warnings_of_our_own(self):
        worker = self.ready(
            """
            async def coro(): return 1
            def fail(): raise ValueError
            """,
            python_args=("-X", "dev", "-W", "error"),
        )
        worker.result("coro")
        worker.call("fail")
        worker.call("missing")
        self.assertEqual(worker.end(), 0)
        self.assertEqual(worker.stderr(), "")
