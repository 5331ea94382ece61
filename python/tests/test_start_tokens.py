"""Calls that are prefetched, and revoked before they start."""

import os
import time
import unittest

from _python_worker_pool import protocol
from _python_worker_pool.channel import ChannelLost, HostGone
from _python_worker_pool.start_tokens import StartTokens

from .client import START, WorkerTest, field

SCRIPT = """
    import os, time

    def echo(value):
        return value

    def make_all(blocking):
        for fd in range(3, 4096):
            try:
                os.set_blocking(fd, blocking)
            except OSError:
                pass

    def wait(began, go):
        open(began, "x").close()
        while not os.path.exists(go):
            time.sleep(0.001)
"""


class Processes(WorkerTest):
    def test_prefetched_calls_are_answered_in_turn(self):
        worker = self.ready(SCRIPT)
        calls = [worker.submit("echo", number) for number in range(100)]
        replies = [worker.receive() for _ in calls]
        self.assertEqual(
            [(one.call_id, one.value) for one in replies], list(zip(calls, range(100)))
        )

    def test_a_revoked_call_never_starts_and_may_be_sent_again(self):
        worker = self.ready(SCRIPT)
        began, go = (os.path.join(self.folder, name) for name in ("began", "go"))
        running = worker.submit("wait", began, go)
        while not os.path.exists(began):
            time.sleep(0.001)
        ahead = [worker.submit("echo", number) for number in range(3)]
        self.assertEqual(worker.revoke_unstarted(), ahead)
        last = worker.submit("echo", "last")
        open(go, "x").close()
        self.assertEqual([worker.receive().call_id for _ in range(2)], [running, last])
        worker.issue(ahead[0])
        worker.send_frame(protocol.CALL, ahead[0], field(b"echo") + b"[7]")
        self.assertEqual(worker.receive().value, 7)

    def test_a_token_that_comes_behind_its_frame_starts_nothing(self):
        worker = self.ready(SCRIPT)
        lost = worker.submit_without_token("echo", "lost")
        self.assertEqual(worker.result("echo", 1), 1)
        self.assertEqual(worker.revoke_unstarted(), [])
        self.assertEqual(worker.result("echo", 2), 2)
        self.assertEqual(lost, 1)

    def test_a_ping_is_answered_behind_revoked_calls(self):
        worker = self.ready(SCRIPT)
        began, go = (os.path.join(self.folder, name) for name in ("began", "go"))
        running = worker.submit("wait", began, go)
        while not os.path.exists(began):
            time.sleep(0.001)
        worker.submit("echo", "revoked")
        worker.revoke_unstarted()
        worker.issue(0)
        worker.send_frame(protocol.PING, 0, b"")
        open(go, "x").close()
        self.assertEqual([worker.receive().call_id for _ in range(2)], [running, 0])
        self.assertEqual(worker.result("echo", 1), 1)

    def test_a_ping_is_answered_though_the_script_has_made_the_pipe_blocking(self):
        worker = self.ready(SCRIPT)
        worker.result("make_all", True)
        worker.submit_without_token("echo", "revoked")
        worker.issue(0)
        worker.send_frame(protocol.PING, 0, b"")
        self.assertEqual(worker.receive().kind, "PONG")
        self.assertEqual(worker.result("echo", 1), 1)

    def test_a_script_may_make_every_descriptor_non_blocking(self):
        worker = self.ready(SCRIPT)
        worker.result("make_all", False)
        self.assertEqual(worker.result("echo", "x" * 1_000_000), "x" * 1_000_000)

    def test_a_script_that_replaces_the_pipe_costs_its_worker(self):
        worker = self.ready(
            """
            import gc, os
            from _python_worker_pool.start_tokens import StartTokens
            def replace():
                tokens = next(one for one in gc.get_objects() if isinstance(one, StartTokens))
                os.dup2(os.open(os.devnull, os.O_RDONLY), tokens._fd)
            """
        )
        worker.result("replace")
        worker.submit("replace")
        self.assertIsNone(worker.receive())
        self.assertEqual(worker.wait(), 70)
        self.assertIn("has replaced the descriptor", worker.stderr())

    def test_a_script_that_closes_the_pipe_costs_its_worker(self):
        worker = self.ready("import os\ndef close_all():\n    os.closerange(3, 4096)")
        worker.submit("close_all")
        self.assertIsNone(worker.receive())
        self.assertEqual(worker.wait(), 70)
        self.assertIn("control channel failed", worker.stderr())


class Tokens(unittest.TestCase):
    """The order of tokens against that of frames, without a process."""

    def setUp(self):
        reader, self.writer = os.pipe()
        os.set_blocking(reader, False)
        self.tokens = StartTokens(reader)
        self.addCleanup(os.close, self.writer)
        self.addCleanup(self.tokens.close)

    def issue(self, *calls):
        for call in calls:
            os.write(self.writer, call.to_bytes(8, "little"))

    def test_without_a_token_nothing_starts(self):
        self.assertFalse(self.tokens.take(1))
        self.issue(1)
        self.assertTrue(self.tokens.take(1))
        self.assertFalse(self.tokens.take(1))

    def test_frames_of_revoked_calls_are_skipped(self):
        self.issue(3, 2**64 - 1)
        self.assertEqual([self.tokens.take(n) for n in (1, 2, 3)], [False, False, True])
        self.assertTrue(self.tokens.take(2**64 - 1))

    def test_a_call_that_was_sent_twice_starts_once(self):
        self.issue(2, 1)
        starts = [self.tokens.take(n) for n in (1, 2, 1, 2)]
        self.assertEqual(starts, [False, True, True, False])

    def test_at_the_hosts_end_what_is_left_starts_and_then_nothing(self):
        reader, writer = os.pipe()
        os.write(writer, (2).to_bytes(8, "little"))
        os.close(writer)
        tokens = StartTokens(reader)
        self.addCleanup(tokens.close)
        self.assertEqual([tokens.take(1), tokens.take(2)], [False, True])
        with self.assertRaises(HostGone):
            tokens.take(3)

    def test_a_pipe_that_was_replaced_is_a_lost_channel(self):
        def silent_pipe():
            reader, writer = os.pipe()
            os.set_blocking(reader, False)
            self.addCleanup(os.close, writer)
            return reader

        def ended_pipe():
            reader, writer = os.pipe()
            os.close(writer)
            return reader

        def file_of(path):
            return lambda: os.open(path, os.O_RDONLY)

        for replace in (silent_pipe, ended_pipe, *map(file_of, ("/dev/null", "/dev/zero", START))):
            reader, writer = os.pipe()
            os.set_blocking(reader, False)
            self.addCleanup(os.close, writer)
            tokens = StartTokens(reader)
            self.addCleanup(tokens.close)
            os.write(writer, (1).to_bytes(8, "little") * 2)
            self.assertTrue(tokens.take(1))
            other = replace()
            os.dup2(other, reader, inheritable=False)
            os.close(other)
            with self.subTest(replace=replace), self.assertRaisesRegex(ChannelLost, "replaced"):
                tokens.take(1)

    def test_a_pipe_that_is_gone_is_a_lost_channel(self):
        reader, writer = os.pipe()
        os.close(writer)
        tokens = StartTokens(reader)
        tokens.close()
        tokens.close()
        with self.assertRaises(ChannelLost):
            tokens.take(1)
