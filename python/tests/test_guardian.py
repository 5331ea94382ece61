"""The guardian kills what its host leaves behind, and nothing else."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

GUARDIAN = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "guardian.py")


@unittest.skipIf(os.name == "nt", "Windows has job objects")
class Guardian(unittest.TestCase):
    def setUp(self):
        self.guardian = subprocess.Popen(
            [sys.executable, "-I", "-S", GUARDIAN],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        self.addCleanup(self.guardian.stdout.close)
        self.addCleanup(self.stop, self.guardian)
        self.assertEqual(self.guardian.stdout.read(1), b".")

    def stop(self, process):
        if process.poll() is None:
            process.kill()
            process.wait()
        if process.stdin:
            process.stdin.close()

    def group(self, code="import signal; signal.pause()"):
        """A process that leads its own group and has started."""
        process = subprocess.Popen(
            [sys.executable, "-c", "print(flush=True);" + code],
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        self.addCleanup(process.stdout.close)
        self.addCleanup(self.stop, process)
        process.stdout.readline()
        return process

    def tell(self, text):
        self.guardian.stdin.write(text if isinstance(text, bytes) else text.encode())
        self.guardian.stdin.flush()

    def end_host(self):
        self.guardian.stdin.close()
        self.assertEqual(self.guardian.wait(timeout=20), 0)

    def test_announced_groups_are_killed_at_the_hosts_end(self):
        stubborn = self.group(
            "import signal\nfor n in (1, 2, 15): signal.signal(n, signal.SIG_IGN)\nsignal.pause()"
        )
        family = self.group("import os, signal; os.fork(); signal.pause()")
        self.tell(f"+{stubborn.pid}\n+{family.pid}\n")
        self.end_host()
        self.assertEqual(stubborn.wait(timeout=20), -signal.SIGKILL)
        self.assertEqual(family.wait(timeout=20), -signal.SIGKILL)
        self.assertEqual(family.stdout.read(), b"")  # the end: the forked child is gone as well

    def test_withdrawn_groups_and_unfinished_or_odd_lines_do_no_harm(self):
        withdrawn, torn, spared = self.group(), self.group(), self.group()
        self.tell(f"+{withdrawn.pid}\n-{withdrawn.pid}\n+0\n+1\n+-1\n+x\n\n-5\n?{spared.pid}\n")
        self.tell(f"+{torn.pid}")
        self.end_host()
        for process in (withdrawn, torn, spared):
            self.assertIsNone(process.poll())

    def test_lines_may_arrive_in_pieces(self):
        process = self.group()
        for character in f"+{process.pid}\n":
            self.tell(character)
        self.end_host()
        self.assertEqual(process.wait(timeout=20), -signal.SIGKILL)

    def test_a_group_is_killed_while_the_host_lives_if_it_asks_for_that(self):
        one, other, unknown = self.group(), self.group(), self.group()
        self.tell(f"+{one.pid}\n+{other.pid}\n!{unknown.pid}\n!0\n!1\n!{one.pid}\n")
        self.assertEqual(one.wait(timeout=20), -signal.SIGKILL)
        for process in (other, unknown):
            self.assertIsNone(process.poll())

    @unittest.skipUnless(os.path.isdir("/proc/self"), "needs /proc")
    def test_a_resource_tracker_is_the_last_to_end(self):
        folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, folder)
        done = os.path.join(folder, "done")
        # As multiprocessing's, it ends with a pipe that the other members of its group hold.
        tracker = f"""import os, signal, subprocess, sys
reader, writer = os.pipe()
code = "main = lambda fd: (os.read(fd, 1), open({done!r}, 'w').close())"
code = "import os; " + code + "\\n'''from some_%s import main'''; main(%d)" % ("tracker", reader)
subprocess.Popen([sys.executable, "-c", code], pass_fds=[reader])
if os.fork(): print(flush=True)
signal.pause()"""
        group = self.group(tracker)
        group.stdout.readline()
        self.tell(f"+{group.pid}\n")
        self.end_host()
        self.assertEqual(group.wait(timeout=20), -signal.SIGKILL)
        self.assertTrue(os.path.exists(done))

    def test_signals_do_not_end_it(self):
        process = self.group()
        self.tell(f"+{process.pid}\n")
        for number in (
            signal.SIGINT,
            signal.SIGTERM,
            signal.SIGHUP,
            signal.SIGPIPE,
            signal.SIGUSR1,
        ):
            self.guardian.send_signal(number)
        self.end_host()
        self.assertEqual(process.wait(timeout=20), -signal.SIGKILL)

    @unittest.skipUnless(os.path.isdir("/proc/self/fd"), "needs /proc")
    def test_it_keeps_no_descriptor_but_its_own(self):
        extra = os.open(os.devnull, os.O_RDONLY)
        self.addCleanup(os.close, extra)
        guardian = subprocess.Popen(
            [sys.executable, "-I", "-S", GUARDIAN],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=(extra,),
        )
        self.addCleanup(guardian.stdout.close)
        self.addCleanup(self.stop, guardian)
        self.assertEqual(guardian.stdout.read(), b".")  # to the end: fd 1 was given up
        # It gave up fd 1 just before it closed the null device it put in its place.
        deadline = time.monotonic() + 20
        expected, found = ["0", "1", "2"], None
        while found != expected and time.monotonic() < deadline:
            found = sorted(os.listdir(f"/proc/{guardian.pid}/fd"))
        self.assertEqual(found, expected)
