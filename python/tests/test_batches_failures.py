"""Batches that fail, as a whole or in part, and frames that are no batch."""

from _python_worker_pool import protocol

from .batches import BatchTest, packed_call, result_of

RUN = "ran for a batch of"


class Failures(BatchTest):
    def assert_all_raised(self, frames, kind, message):
        for frame in frames:
            self.assertEqual(frame.kind, "RAISED")
            self.assertEqual(frame.value["type"], kind)
            self.assertIn(message, frame.value["message"])
            self.assertNotIn("_python_worker_pool", frame.value["traceback"])

    def test_an_exception_is_that_of_every_call(self):
        code = """
            import sys
            def fail(numbers): raise ValueError(f"{len(numbers)} of them")
            async def fail_later(numbers): fail(numbers)
            def leave(_): sys.exit(3)
            class Broken:
                def __len__(self): return 2
                def __iter__(self): raise OSError("in the middle")
            def broken(_): return Broken()
        """
        for host in self.hosts(code):
            for name in ("fail", "fail_later"):
                frames = host.run(name, [1], [2], [3])
                self.assert_all_raised(frames, "ValueError", "3 of them")
                self.assertIn("in fail\n", frames[2].value["traceback"])
            self.assert_all_raised(host.run("leave", [1], [2]), "SystemExit", "3")
            self.assert_all_raised(host.run("broken", [1], [2]), "OSError", "in the middle")
            self.assertEqual(host.worker.end(), 0)
            self.assertEqual(host.worker.stderr(), "")

    def test_an_exception_among_the_results_is_that_of_one_call(self):
        code = """
            def mixed(numbers):
                results = [1, KeyError("new"), 3, None]
                try: raise OSError("caught")
                except OSError as error: results[3] = error
                return results
            async def mixed_later(numbers): return mixed(numbers)
        """
        for host in self.hosts(code):
            for name in ("mixed", "mixed_later"):
                one, new, three, caught = host.run(name, *[[0]] * 4)
                self.assertEqual((result_of(one), result_of(three)), (1, 3))
                self.assert_all_raised([new], "KeyError", "'new'")
                self.assertEqual(new.value["traceback"], "KeyError: 'new'\n")
                self.assert_all_raised([caught], "OSError", "caught")
                self.assertIn("in mixed\n", caught.value["traceback"])

    def test_a_wrong_length_fails_every_call(self):
        code = """
            def short(_): return [1]
            async def long(_): return (1, 2, 3)
            class Liar(list):
                def __len__(self): return 2
            def lie(_): return Liar("abc")
        """
        for host in self.hosts(code):
            hint = "Return a list with one result for each call, in their order."
            came = f"short() {RUN} 2 calls but returned a value of type list and length 1. {hint}"
            self.assert_all_raised(host.run("short", [0], [0]), "ValueError", came)
            came = f"long() {RUN} 1 call but returned a value of type tuple and length 3. {hint}"
            self.assert_all_raised(host.run("long", [0]), "ValueError", came)
            came = f"lie() {RUN} 2 calls but returned a value of type"
            frames = host.run("lie", [0], [0])
            self.assert_all_raised(frames, "ValueError", came)
            self.assertIn("and length 3.", frames[0].value["message"])

    def test_what_is_no_sequence_fails_every_call(self):
        code = """
            import sys
            closed = []
            class Table:
                columns = ["a", "b"]
                def __len__(self): return 2
                def __iter__(self): return iter(self.columns)
            class Scalar:
                def __len__(self): raise TypeError("len() of unsized object")
                def __iter__(self): raise TypeError("iteration over a 0-d array")
            def generator():
                try: yield 1; yield 2
                finally: closed.append("generator")
            async def async_generator():
                try: yield 1; yield 2
                finally: closed.append("async generator")
            def opened():
                one = generator()
                next(one)
                return one
            async def opened_async():
                one = async_generator()
                await one.__anext__()
                return one
            MAKE = dict(
                NoneType=lambda: None, str=lambda: "ab", bytes=lambda: b"ab", int=lambda: 2,
                bytearray=lambda: bytearray(2), dict=lambda: {1: 2, 3: 4}, set=lambda: {1, 2},
                dict_keys={1: 2, 3: 4}.keys, map=lambda: map(str, "ab"), Table=Table,
                Scalar=Scalar, generator=opened,
            )
            def kinds(_): return [sorted(MAKE)]
            def make(kinds): return MAKE[kinds[0]]()
            async def make_later(kinds):
                kind = kinds[0]
                return await opened_async() if kind == "async_generator" else MAKE[kind]()
            def closed_ones(_): return [closed]
        """
        for host in self.hosts(code):
            for kind in host.results("kinds", [0])[0]:
                came = "None." if kind == "NoneType" else "a value of type "
                for name in ("make", "make_later"):
                    frames = host.run(name, [kind], [kind])
                    self.assert_all_raised(frames, "TypeError", f"{name}() {RUN} 2 calls but")
                    message = frames[0].value["message"]
                    self.assertIn(f"returned {came}", message)
                    self.assertIn("" if kind == "NoneType" else f"{kind}. Return", message)
            frames = host.run("make_later", ["async_generator"])
            self.assert_all_raised(frames, "TypeError", "a value of type async_generator.")
            closed = ["generator", "generator", "async generator"]
            self.assertEqual(host.results("closed_ones", [0]), [closed])

    def test_a_function_that_does_not_exist(self):
        for host in self.hosts("def there(_): return _\nvalue = 5"):
            for frame in host.run("absent", [1], [2]):
                self.assertEqual(frame.kind, "FUNCTION_NOT_FOUND")
                self.assertEqual(frame.value["available"], ["there"])
            self.assert_all_raised(host.run("value", [1], [2]), "TypeError", "is not callable")

    def test_a_loop_that_the_script_closes_fails_every_call(self):
        code = """
            async def wait(_):
                global loop
                loop = asyncio.get_running_loop()
                say(b"!")
                await asyncio.sleep(1000)
            def close(_):
                loop.close()
                return [0]
        """
        host = self.talking_host(code, concurrency=4)
        waiting = [host.submit("wait", [1], [2]), host.submit("wait", [3])]
        self.heard(2)
        closing = host.submit("close", [0])
        self.assertEqual([result_of(frame) for frame in host.replies(closing)], [0])
        for batch in waiting:
            came = "the script closed the event loop"
            self.assert_all_raised(host.replies(batch), "RuntimeError", came)

    def test_without_descriptors_for_a_loop_every_call_fails(self):
        code = """
            import os
            kept = []
            async def later(_): return _
            def take_all(_):
                import asyncio
                try:
                    while True: kept.append(os.open(os.devnull, os.O_RDONLY))
                except OSError:
                    return [0]
            def give_back(_):
                while kept: os.close(kept.pop())
                return [1]
        """
        host = self.host(code)
        self.assertEqual(host.results("take_all", [0]), [0])
        for frame in host.run("later", [1], [2]):
            self.assertEqual((frame.kind, frame.value["type"]), ("RAISED", "OSError"))
        self.assertEqual(host.results("give_back", [0]), [1])
        self.assertEqual(host.results("later", [1], [2]), [1, 2])

    def test_a_child_that_the_function_forks_says_nothing(self):
        code = """
            def fork(numbers):
                if os.fork() == 0: return "no sequence"
                return [os.wait()[1]] * len(numbers)
            async def fork_later(numbers): return fork(numbers)
        """
        for kind in ({}, {"concurrency": 4}):
            host = self.talking_host(code, **kind)
            for name in ("fork", "fork_later"):
                self.assertEqual(host.results(name, [1], [2]), [0, 0])
            self.assertEqual(host.worker.end(), 0)
            self.assertEqual(host.worker.stderr(), "")


class Frames(BatchTest):
    CODE = "def echo(*lists): return list(zip(*lists))"

    def assert_refused(self, frames, reason):
        host = self.host(self.CODE)
        host.submit_frames(frames, [])
        self.assertIsNone(host.worker.receive())
        self.assertEqual(host.worker.wait(), 70)
        self.assertIn(reason, host.worker.stderr())

    def test_a_batch_is_of_calls_only(self):
        call = packed_call(1, "echo", [1])
        window = 5 << 16
        stream = packed_call(1, "echo", [1], flags=protocol.STREAM)
        with_window = protocol.pack_header(
            protocol.CALL | protocol.STREAM * protocol.FLAG | window, 1, len(stream) - 16
        )
        batch = protocol.pack_header(protocol.BATCH, 5, len(call)) + call
        ping = protocol.pack_header(protocol.PING, 0, 0)
        for frame in (stream, with_window + stream[16:], batch, ping):
            self.assert_refused([call, frame], "in a batch")
        self.assert_refused([], "a batch without calls")

    def test_its_calls_are_alike(self):
        call = packed_call(1, "echo", [1])
        for other in (packed_call(2, "echo", [1, 2]), packed_call(2, "echo", [1], {"a": 1})):
            self.assert_refused([call, other], "different arguments in a batch")
        for name in ("ech", "echo2", "other"):
            self.assert_refused([call, packed_call(2, name, [1])], "different functions")

    def test_its_calls_are_whole(self):
        call = packed_call(1, "echo", [1])
        for size in (1, 15, 16, len(call) - 1):
            self.assert_refused([call, call[:size]], "a frame is longer than the one that it is in")
        self.assert_refused([call[:10]], "a frame is longer than the one that it is in")
