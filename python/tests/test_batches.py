"""Batches: several calls of one function that run as one."""

from _python_worker_pool import protocol

from .batches import BATCH_ID, BatchTest, Buffer, packed_call, result_of
from .client import field


class Arguments(BatchTest):
    CODE = """
        def same(*lists, **by_name):
            lists = [list(one) for one in lists]
            return [[lists, sorted(by_name.items())]] * len((*lists, *by_name.values())[0])
        def double(numbers): return [2 * one for one in numbers]
        async def double_later(numbers): return [2 * one for one in numbers]
        def types(values, others):
            return [f"{type(a).__name__} {type(b).__name__}" for a, b in zip(values, others)]
        def sums(arrays): return [sum(array) for array in arrays]
        def grow(arrays):
            for array in arrays: array[0] += 1
            return arrays
    """

    def test_they_are_lists_for_a_lone_call_too(self):
        for host in self.hosts(self.CODE):
            self.assertEqual(host.results("same", [1, "a"]), [[[[1], ["a"]], []]])
            self.assertEqual(host.results("double", [4]), [8])
            self.assertEqual(host.results("double_later", [4]), [8])

    def test_each_call_gets_its_result(self):
        for host in self.hosts(self.CODE):
            calls = [[number] for number in range(100)]
            expected = list(range(0, 200, 2))
            for name in ("double", "double_later", "double"):
                self.assertEqual(host.results(name, *calls), expected)
            # A plain call beside it gets what it passes.
            self.assertEqual(host.worker.result("double", [1]), [2])
            self.assertEqual(host.worker.end(), 0)
            self.assertEqual(host.worker.stderr(), "")

    def test_they_are_merged_by_position_and_by_name(self):
        host = self.host(self.CODE)
        calls = [
            {"args": [1], "keywords": {"a": 2, "b": [3]}},
            {"args": [4], "keywords": {"b": [5], "a": 6}},
        ]
        merged = [[[1, 4]], [["a", [2, 6]], ["b", [[3], [5]]]]]
        self.assertEqual(host.results("same", *calls), [merged] * 2)
        calls = [{"keywords": {"only": number}} for number in range(3)]
        merged = [[], [["only", [0, 1, 2]]]]
        self.assertEqual(host.results("same", *calls), [merged] * 3)

    def test_a_function_without_arguments(self):
        host = self.host("def three(): return [1, 2, 3]")
        self.assertEqual(host.results("three", [], [], []), [1, 2, 3])
        calls = [[], {"keywords": {}}, []]
        self.assertEqual(host.results("three", *calls), [1, 2, 3])

    def test_some_may_travel_beside_the_json(self):
        for host in self.hosts(self.CODE):
            long = "é" * 3000
            calls = [[Buffer(long), 1], ["short", 2], {"args": [Buffer(long), Buffer(long)]}]
            types = ["str int", "str int", "str str"]
            self.assertEqual(host.results("types", *calls), types)
            merged = [[[long, "b"]], [["key", [1, 2]]]]
            calls = [
                {"args": [Buffer(long)], "keywords": {"key": 1}},
                {"args": ["b"], "keywords": {"key": 2}},
            ]
            self.assertEqual(host.results("same", *calls), [merged] * 2)

    def test_arrays_are_aligned_and_share_no_memory(self):
        code = (
            self.CODE
            + """
        import ctypes
        def places(arrays):
            return [ctypes.addressof(ctypes.c_char.from_buffer(one)) % 8 for one in arrays]
        """
        )
        host = self.host(code)
        # As part of one read, and long ones.
        for count in (1, 3, 20_000):
            arrays = [b"\1" + bytes(8 * count - 1), b"\2" + bytes(8 * count - 1)]
            calls = [[Buffer(data, "q")] for data in arrays]
            self.assertEqual(host.results("sums", *calls), [1, 2])
            self.assertEqual(host.results("places", *calls), [0, 0])
            grown = host.results("grow", *calls)
            self.assertEqual([data[:1] for _, _, data in grown], [b"\2", b"\3"])

    def test_those_that_cannot_be_decoded_fail_their_call_only(self):
        for host in self.hosts(self.CODE):
            bad = packed_call(1, "double")[16:][:-2] + b"[1" * 100_000
            bad = protocol.pack_header(protocol.CALL, 2, len(bad)) + bad
            for name in ("double", "double_later"):
                first, last = packed_call(1, name, [5]), packed_call(3, name, [6])
                bad_one = bad.replace(field(b"double"), field(name.encode()))
                bad_one = protocol.pack_header(protocol.CALL, 2, len(bad_one) - 16) + bad_one[16:]
                frames = host.replies(host.submit_frames([first, bad_one, last], [1, 2, 3]))
                self.assertEqual([frames[0].value, frames[2].value], [10, 12])
                self.assertEqual(frames[1].kind, "NOT_SERIALIZABLE")
                self.assertEqual(frames[1].value["path"], "args")
                [alone] = host.replies(host.submit_frames([bad_one], [2]))
                self.assertEqual(alone.kind, "NOT_SERIALIZABLE")

    def test_the_memory_of_a_long_batch_is_released_before_the_function_runs(self):
        host = self.host(
            """
            import sys
            def views(texts):
                frame, found = sys._getframe(), 0
                while frame is not None:
                    for value in frame.f_locals.values():
                        if type(value) is memoryview:
                            try: found += len(value)
                            except ValueError: pass
                    frame = frame.f_back
                return [found] * len(texts)
            """
        )
        self.assertEqual(host.results("views", ["x" * 1_000_000], ["y" * 1_000_000]), [0, 0])


class Results(BatchTest):
    def test_any_sequence_will_do(self):
        code = """
            import array, collections
            class Like:
                def __init__(self, items): self.items = items
                def __len__(self): return len(self.items)
                def __getitem__(self, index): return self.items[index]
            class Iterated(Like):
                __getitem__ = None
                def __iter__(self): return iter(self.items)
            MAKE = {
                "tuple": tuple, "deque": collections.deque, "range": lambda _: range(1, 3),
                "array": lambda items: array.array("d", items),
                "view": lambda items: memoryview(array.array("q", items)),
                "values": lambda items: dict(enumerate(items)).values(),
                "like": Like, "iterated": Iterated,
                "named": lambda items: collections.namedtuple("Pair", "a b")(*items),
            }
            def kinds(_): return [sorted(MAKE)]
            def make(kinds, numbers): return MAKE[kinds[0]](numbers)
            async def make_later(kinds, numbers): return MAKE[kinds[0]](numbers)
        """
        for host in self.hosts(code):
            for kind in host.results("kinds", [0])[0]:
                for name in ("make", "make_later"):
                    self.assertEqual(host.results(name, [kind, 1], [kind, 2]), [1, 2], kind)

    def test_rows_of_an_array(self):
        code = """
            class Rows:
                def __len__(self): return 2
                def __iter__(self):
                    whole = memoryview(bytearray(range(16))).cast("H")
                    return iter((whole[:4], whole[4:]))
            def rows(_): return Rows()
        """
        host = self.host(code)
        rows = [("uint16", [4], bytes(range(8))), ("uint16", [4], bytes(range(8, 16)))]
        self.assertEqual(host.results("rows", [0], [0]), rows)

    def test_each_call_has_its_in_its_own_form(self):
        code = """
            import array
            def make(_):
                return [{"a": array.array("d", [1.5, float("inf")])} for _ in _]
        """
        for host in self.hosts(code):
            lists = protocol.ARRAYS_AS_LISTS
            forms = [0, lists | protocol.NAN_AS_NULL, lists]
            frames = host.run("make", *({"args": [0], "flags": flags} for flags in forms))
            self.assertEqual(result_of(frames[0])["a"][:2], ("float64", [2]))
            self.assertEqual(result_of(frames[1]), {"a": [1.5, None]})
            self.assertEqual(frames[2].kind, "NOT_SERIALIZABLE")
            self.assertEqual(frames[2].value["path"], "output.a[1]")

    def test_the_function_may_return_an_awaitable(self):
        code = """
            import asyncio
            def returns_coroutine(numbers): return later(numbers)
            async def later(numbers):
                await asyncio.sleep(0)
                return [2 * one for one in numbers]
            class Awaitable:
                def __init__(self, numbers): self.numbers = numbers
                def __await__(self): return later(self.numbers).__await__()
            def returns_object(numbers): return Awaitable(numbers)
            async def gathered(numbers):
                async def one(number):
                    if number == 2: raise KeyError("two")
                    return number
                return await asyncio.gather(*map(one, numbers), return_exceptions=True)
        """
        for host in self.hosts(code):
            for name in ("returns_coroutine", "returns_object", "later"):
                self.assertEqual(host.results(name, [1], [2]), [2, 4])
            self.assertEqual(len(host.worker.async_calls), 3)
            self.assertTrue(all(one & BATCH_ID for one in host.worker.async_calls))
            one, two, three = host.run("gathered", [1], [2], [3])
            self.assertEqual([result_of(one), result_of(three)], [1, 3])
            self.assertEqual((two.kind, two.value["type"]), ("RAISED", "KeyError"))

    def test_one_that_is_no_json_fails_its_call_only(self):
        code = """
            def results(_): return [1, {"a": [object()]}, (x for x in "ab"), b"\\1"]
            async def results_later(_): return results(_)
        """
        for host in self.hosts(code):
            lone = host.worker.call("results", 0)
            self.assertEqual(lone.value["path"], "output[1].a[0]")
            for name in ("results", "results_later"):
                one, no_json, generator, data = host.run(name, *[[0]] * 4)
                self.assertEqual((result_of(one), result_of(data)), (1, b"\1"))
                self.assertEqual(no_json.kind, "NOT_SERIALIZABLE")
                self.assertEqual(no_json.value["path"], "output.a[0]")
                self.assertIn("output.a[0]: object is not JSON", no_json.value["message"])
                self.assertEqual(generator.value["path"], "output")
                self.assertNotIn("stream()", generator.value["message"])

    def test_one_that_is_too_large_fails_its_call_only(self):
        code = """
            def results(_): return ["x" * 5000, "y" * 500, list(range(2000)), 1]
            async def results_later(_): return results(_)
        """
        for host in self.hosts(code, max_payload=1000):
            for name in ("results", "results_later"):
                frames = host.run(name, *[[0]] * 4)
                kinds = ["TOO_LARGE", "RESULT", "TOO_LARGE", "RESULT"]
                self.assertEqual([frame.kind for frame in frames], kinds)
                self.assertGreater(frames[0].value["size"], 5000)

    def test_large_ones_arrive_whole(self):
        code = "def grow(numbers): return [str(one) * 1_000_000 for one in numbers]"
        for host in self.hosts(code):
            expected = [str(one) * 1_000_000 for one in range(5)]
            self.assertEqual(host.results("grow", *([one] for one in range(5))), expected)
