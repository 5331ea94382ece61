"""Signals that the script handles in the event loop, and descriptors that it has woken by them."""

import os
import signal

from .talking import TalkingTest

SCRIPT = """
    import signal, socket, sys
    seen = []
    async def add(name="first"):
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, seen.append, name)
    async def remove():
        return asyncio.get_running_loop().remove_signal_handler(signal.SIGUSR1)
    def raise_it(): os.kill(os.getpid(), signal.SIGUSR1)
    def raise_and_rest():
        raise_it()
        time.sleep(0.05)
    async def rest(): await asyncio.sleep(0.01)
    def get(): return list(seen)
    def wakeup_fd():
        fd = signal.set_wakeup_fd(-1)
        if fd >= 0: signal.set_wakeup_fd(fd)
        return fd
    async def wakeup_fd_in_loop(): return wakeup_fd()
    def set_own():
        global own, own_reader
        own_reader, own = socket.socketpair()
        own.setblocking(False)
        signal.set_wakeup_fd(own.fileno())
        return own.fileno()
    async def set_own_in_loop(): return set_own()
    async def close_own(): own.close()
    def read_own(): return list(own_reader.recv(100))
    def run_other_loop():
        async def main():
            loop = asyncio.get_running_loop()
            loop.add_signal_handler(signal.SIGUSR2, seen.append, "other")
            os.kill(os.getpid(), signal.SIGUSR2)
            await asyncio.sleep(0.01)
        asyncio.run(main())
    def close_loop(): loop.close()
    async def keep_loop():
        global loop
        loop = asyncio.get_running_loop()
    def fork():
        pid = os.fork()
        if pid == 0:
            raise_and_rest()
            os._exit(wakeup_fd() + 1)
        return os.waitpid(pid, 0)[1] >> 8
    async def child(path):
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", f"open({path!r}, 'x')")
        say(b"!")
        return await process.wait()
    def use_watcher(name):
        watcher = getattr(asyncio, name + "ChildWatcher", None)
        if watcher is None or sys.version_info >= (3, 12): return False
        asyncio.set_child_watcher(watcher())
        return True
    def outlast(path):
        while not os.path.exists(path): time.sleep(0.001)
        time.sleep(0.3)
"""


class LoopSignals(TalkingTest):
    def each(self):
        """One call at a time, or several."""
        return [self.ready_to_talk(SCRIPT, concurrency=concurrency) for concurrency in (1, 4)]

    def test_one_that_comes_outside_of_the_loop_waits_for_it(self):
        for worker in self.each():
            worker.result("add")
            for count in range(1, 4):
                worker.result("raise_and_rest")
                worker.result("rest")
                self.assertEqual(worker.result("get"), ["first"] * count)
            worker.result("add", "second")  # in place of the first one
            worker.result("raise_it")
            worker.result("rest")
            self.assertEqual(worker.result("get"), ["first"] * 3 + ["second"])
            self.assertEqual(worker.end(), 0)
            self.assertEqual(worker.stderr(), "")

    def test_handlers_of_a_loop_that_a_plain_function_runs_change_nothing(self):
        for worker in self.each():
            worker.result("add")
            worker.result("run_other_loop")
            worker.result("rest")
            worker.result("raise_it")
            worker.result("rest")
            self.assertEqual(worker.result("get"), ["other", "first"])

    def test_nothing_is_woken_once_the_last_handler_is_gone(self):
        for worker in self.each():
            self.assertGreaterEqual(worker.result("wakeup_fd_in_loop"), 0)
            self.assertEqual(worker.result("wakeup_fd"), -1)
            worker.result("add")
            self.assertGreaterEqual(worker.result("wakeup_fd"), 0)
            self.assertIs(worker.result("remove"), True)
            self.assertEqual(worker.result("wakeup_fd"), -1)
            worker.result("rest")
            self.assertEqual(worker.result("wakeup_fd"), -1)

    def test_a_closed_loop_and_the_one_that_follows(self):
        for worker in self.each():
            worker.result("keep_loop")
            worker.result("add")
            worker.result("close_loop")
            self.assertEqual(worker.result("wakeup_fd"), -1)
            worker.result("add", "again")
            worker.result("raise_it")
            worker.result("rest")
            self.assertEqual(worker.result("get"), ["again"])

    def test_a_descriptor_of_the_script_stays_outside_of_the_loop(self):
        for set_own in ("set_own", "set_own_in_loop"):
            for worker in self.each():
                own = worker.result(set_own)
                worker.result("rest")
                self.assertEqual(worker.result("wakeup_fd"), own)
                worker.result("close_own")
                worker.result("rest")
                self.assertEqual(worker.result("rest"), None)
                self.assertEqual(worker.result("wakeup_fd"), -1)

    def test_one_that_is_set_after_the_handler_has_the_signals(self):
        for worker in self.each():
            worker.result("add")
            own = worker.result("set_own_in_loop")
            for _ in range(3):
                self.assertEqual(worker.result("wakeup_fd"), own)
                worker.result("rest")
            worker.result("raise_it")
            self.assertEqual(worker.result("read_own"), [signal.SIGUSR1])

    def test_a_handler_that_is_added_after_it_has_the_signals(self):
        for worker in self.each():
            worker.result("set_own")
            worker.result("add")
            worker.result("raise_it")
            worker.result("rest")
            worker.result("raise_it")
            worker.result("rest")
            self.assertEqual(worker.result("get"), ["first"] * 2)

    def test_a_forked_child_does_not_wake_its_parent(self):
        for worker in self.each():
            worker.result("add")
            self.assertEqual(worker.result("fork"), 0)
            worker.result("rest")
            self.assertEqual(worker.result("get"), [])
            worker.result("raise_it")
            worker.result("rest")
            self.assertEqual(worker.result("get"), ["first"])

    def test_a_child_process_that_ends_meanwhile_is_noticed(self):
        worker = self.ready_to_talk(SCRIPT, concurrency=4)
        path = os.path.join(self.folder, "child")
        child = worker.submit("child", path)
        self.heard()
        worker.submit("outlast", path)
        self.assertEqual(worker.receive_all(2)[child].value, 0)

    def test_child_processes_are_noticed_after_another_loop_has_run(self):
        for watcher in ("", "Safe", "Fast"):
            worker = self.ready_to_talk(SCRIPT, concurrency=4)
            if watcher and not worker.result("use_watcher", watcher):
                continue
            first, second = (os.path.join(self.folder, watcher + name) for name in "12")
            child = worker.submit("child", first)
            self.heard()
            plain = [worker.submit("run_other_loop"), worker.submit("outlast", first)]
            frames = worker.receive_all(3)
            self.assertEqual([frames[call].value for call in (child, *plain)], [0, None, None])
            self.assertEqual(worker.result("child", second), 0)
