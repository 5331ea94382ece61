"""What a result may hold, and what is said of what it may not hold."""

import enum
import json
import os
import sys
import types
import unittest
from collections import deque
from datetime import date
from unittest import mock

from _python_worker_pool.codec import Encoder
from _python_worker_pool.errors import NotSerializable

from .client import WorkerTest

encode = Encoder().encode

VALUES = r"""
import asyncio, base64, collections, dataclasses, datetime, decimal, enum, ipaddress, pathlib
import re, types, uuid

class Color(enum.Enum):
    RED = "red"
    SPECIAL = decimal.Decimal("1.5")
class Level(enum.IntEnum):
    HIGH = 3
class Text(str): pass
Point = collections.namedtuple("Point", "x y")

@dataclasses.dataclass
class Node:
    name: str
    when: datetime.date
    children: list = dataclasses.field(default_factory=list)
    counter = 5

class Mapping(collections.abc.Mapping):
    def __getitem__(self, key): return {"a": {1}}[key]
    def __iter__(self): return iter(["a"])
    def __len__(self): return 1

class Client: pass

class Tensor:
    def numpy(self): pass
    def tolist(self): pass

async def coroutine(): pass
def generator(): yield 1

cycle = {"a": [1]}
cycle["a"].append(cycle)
node = Node("n", datetime.date(2020, 1, 1))
node.children.append(node)
deep = []
for _ in range(100_000): deep = [deep]

def get(expression): return eval(expression)
"""


class Level(enum.Enum):
    HIGH = "high"


class Rules(WorkerTest):
    def test_values_with_a_rule_become_json(self):
        worker = self.ready(VALUES)
        for expression, expected in (
            ("Color.RED", "red"),
            ("Color.SPECIAL", "1.5"),
            ("Level.HIGH", 3),
            ("Text('t')", "t"),
            ("Point(1, 2)", [1, 2]),
            ("datetime.datetime(2020, 1, 2, 3, 4, 5)", "2020-01-02T03:04:05"),
            ("datetime.date(2020, 1, 2)", "2020-01-02"),
            ("datetime.time(3, 4)", "03:04:00"),
            ("datetime.timedelta(1)", "P1D"),
            ("datetime.timedelta(0)", "PT0S"),
            ("datetime.timedelta(days=1, seconds=3725, microseconds=5)", "P1DT1H2M5.000005S"),
            ("-datetime.timedelta(minutes=90)", "-PT1H30M"),
            ("decimal.Decimal('0.10')", "0.10"),
            ("decimal.Decimal('1E+3')", "1E+3"),
            ("ipaddress.ip_address('1.2.3.4')", "1.2.3.4"),
            ("ipaddress.ip_network('::/0')", "::/0"),
            ("re.compile('a+')", "a+"),
            ("uuid.UUID(int=0)", "00000000-0000-0000-0000-000000000000"),
            ("pathlib.PurePosixPath('/a/b')", "/a/b"),
            ("{7}", [7]),
            ("frozenset(['x'])", ["x"]),
            (
                "Node('r', datetime.date(2020, 1, 2), [Node('c', None)])",
                {
                    "name": "r",
                    "when": "2020-01-02",
                    "children": [{"name": "c", "when": None, "children": []}],
                },
            ),
            ("Mapping()", {"a": [1]}),
            ("types.MappingProxyType({'k': 1})", {"k": 1}),
            ("collections.OrderedDict(a=1)", {"a": 1}),
            ("{None: 1, True: 2, 3: 4, 1.5: 5}", {"null": 1, "true": 2, "3": 4, "1.5": 5}),
            ("(1, (2,))", [1, [2]]),
        ):
            with self.subTest(expression):
                self.assertEqual(worker.result("get", expression), expected)

    def test_values_without_a_rule_are_refused_with_their_path(self):
        worker = self.ready(VALUES)
        for expression, path, reason in (
            ("Client()", "output", "provider.Client is not JSON serializable; return a dict"),
            ("{'items': [0, {'client': Client()}]}", "output.items[1].client", "provider.Client"),
            ("[float('nan')]", "output[0]", "nan is not JSON; return None"),
            ("{'a b': float('-inf')}", "output['a b']", "-inf is not JSON"),
            ("{'a': {(1, 2): 3}}", "output.a", "the key (1, 2) is a tuple"),
            ("{float('inf'): 3}", "output", "inf is not JSON"),
            ("{b'k': 3}", "output", "the key b'k' is a bytes"),
            ("[generator()]", "output[0]", "generator is not JSON serializable; return list("),
            ("{'c': generator}", "output.c", "function is not JSON serializable; call it"),
            (
                "Tensor()",
                "output",
                "provider.Tensor is not JSON serializable; return value.numpy()",
            ),
            ("{'c': Client}", "output.c", "type is not JSON serializable"),
            (
                "{'c': ValueError('x')}",
                "output.c",
                "ValueError is not JSON serializable; return str(",
            ),
            ("cycle", "output.a[1]", "circular reference to output"),
            ("{'n': node}", "output.n.children[0]", "circular reference to output.n"),
            ("deep", "output", "nested too deeply for this Python"),
            ("{'d': {1: {'x': {2j}}}}", "output.d[1].x[0]", "complex is not JSON serializable"),
            ("decimal.Decimal('NaN')", "output", "Decimal('NaN') is not JSON; return None"),
            ("[decimal.Decimal('sNaN')]", "output[0]", "Decimal('sNaN') is not JSON"),
            ("[decimal.Decimal('-Infinity')]", "output[0]", "Decimal('-Infinity') is not JSON"),
        ):
            with self.subTest(expression):
                frame = worker.call("get", expression)
                self.assertEqual(frame.kind, "NOT_SERIALIZABLE")
                self.assertEqual(frame.value["path"], path)
                message = frame.value["message"]
                self.assertTrue(message.startswith(f"{path}: {reason}"), message)
        self.assertEqual(worker.result("get", "1"), 1)
        self.assertEqual(worker.end(), 0)
        self.assertNotIn("Traceback", worker.stderr())

    def test_a_coroutine_inside_a_result_is_refused(self):
        worker = self.ready(VALUES)
        frame = worker.call("get", "[coroutine()]")
        self.assertEqual(frame.kind, "NOT_SERIALIZABLE")
        self.assertIn(
            "coroutine is not JSON serializable; await it instead", frame.value["message"]
        )

    def test_a_very_long_path_is_shortened(self):
        worker = self.ready(
            """
            def get():
                value = {"end": object()}
                for _ in range(300): value = {"level": value}
                return value
            """
        )
        path = worker.call("get").value["path"]
        self.assertLess(len(path), 250)
        self.assertTrue(path.endswith("...(301 levels)....end"), path)

    def test_a_cycle_is_refused_also_with_a_raised_recursion_limit(self):
        worker = self.ready(
            "import sys\nsys.setrecursionlimit(10**8)\nx = []\nx.append(x)\nget = lambda: x"
        )
        for _ in range(2):
            self.assertEqual(worker.call("get").kind, "NOT_SERIALIZABLE")

    def test_a_conversion_that_raises_is_refused_with_its_path(self):
        worker = self.ready(
            """
            import collections.abc
            class Broken(collections.abc.Mapping):
                def __getitem__(self, key): raise OSError("disk")
                def __iter__(self): return iter(["a"])
                def __len__(self): return 1
            class BrokenDict(dict):
                def items(self): raise OSError("disk")
            def mapping(): return {"m": Broken()}
            def subclass(): return {"m": BrokenDict(a=1)}
            """
        )
        for name in ("mapping", "subclass"):
            frame = worker.call(name)
            self.assertEqual((frame.kind, frame.value["path"]), ("NOT_SERIALIZABLE", "output.m"))
            self.assertIn("OSError: disk", frame.value["message"])

    def test_arguments_nested_too_deeply_fail_that_call(self):
        worker = self.ready("def echo(x): return 1")
        from _python_worker_pool import protocol

        from .client import field

        text = b"[" * 100_000 + b"]" * 100_000
        worker.issue(9)
        worker.send_frame(protocol.CALL, 9, field(b"echo") + b"[" + text + b"]")
        frame = worker.receive()
        if frame.kind != "RESULT":  # a Python that reads such depths is welcome to
            self.assertEqual((frame.kind, frame.value["path"]), ("NOT_SERIALIZABLE", "args"))
        self.assertEqual(worker.result("echo", 1), 1)


class OtherLibraries(unittest.TestCase):
    """Libraries by their shape: none is needed to test the rules for them. Jest has real ones."""

    def fake(self, name, **classes):
        module = types.ModuleType(name)
        vars(module).update(classes)
        patch = mock.patch.dict(sys.modules, {name: module})
        patch.start()
        self.addCleanup(patch.stop)

    def test_numpy_scalars_and_arrays(self):
        class Generic:
            def item(self):
                return 5

        class Array:
            dtype = types.SimpleNamespace(names=None, kind="O")

            def tolist(self):
                return [1, [2.5, Generic()]]

        class LongDouble(Generic):
            def item(self):
                return self

        self.fake("numpy", generic=Generic, ndarray=Array)
        self.assertEqual(encode({"a": Array()}, []), b'{"a":[1,[2.5,5]]}')
        with self.assertRaises(NotSerializable):
            encode([LongDouble()], [])

    def test_pydantic_models_of_both_versions(self):
        class BaseModel:
            pass

        class New(BaseModel):
            def model_dump(self):
                return {"deep": [{"bytes": b"\xff"}], Level.HIGH: deque([1])}

        class ForJson(New):
            def model_dump(self, mode):
                return {"mode": mode}

        serialization = {"type": "function-plain", "function": print, "when_used": "json"}
        ForJson.__pydantic_core_schema__ = {"type": "int", "serialization": serialization}

        class Old(BaseModel):
            __custom_root_type__ = False
            __config__ = types.SimpleNamespace(json_encoders={date: lambda day: day.day})

            def dict(self):
                return {"old": {1}, "days": [date(2020, 1, 2)]}

        class Root(Old):
            __custom_root_type__ = True

            def dict(self):
                return {"__root__": [date(2020, 1, 2)]}

        class Bad(BaseModel):
            def model_dump(self):
                raise RuntimeError("not today")

        class SameKeys(BaseModel):
            def model_dump(self):
                return {Level.HIGH: 1, "high": 2}

        self.fake("pydantic", BaseModel=BaseModel)
        found = []
        text = encode([New(), ForJson(), Old(), Root()], found)
        [new, *others] = json.loads(text.decode())
        self.assertEqual(new["high"], [1])
        self.assertEqual(bytes(found[0].data), b"\xff")
        self.assertEqual(others, [{"mode": "json"}, {"old": [1], "days": [2]}, [2]])
        for value, reason in ((Bad(), "RuntimeError: not today"), (SameKeys(), "same string")):
            with self.assertRaises(NotSerializable) as caught:
                encode({"x": value}, [])
            self.assertEqual(caught.exception.details["path"], "output.x")
            self.assertIn(reason, caught.exception.details["message"])

    def test_classes_of_attrs_and_msgspec(self):
        class Attrs:
            __attrs_attrs__ = (types.SimpleNamespace(name="x"),)
            x = b"\0"

        class Struct:
            __struct_fields__ = ("first_name", "rest")
            __struct_encode_fields__ = ("firstName", "rest")
            __struct_config__ = types.SimpleNamespace(tag="t", tag_field="type", array_like=False)
            first_name = "n"

        class UnsetType:
            pass

        class List(Struct):
            __struct_config__ = types.SimpleNamespace(tag=None, tag_field=None, array_like=True)
            rest = 1

        Struct.rest = UnsetType()
        self.fake("msgspec", Struct=Struct, UnsetType=UnsetType)
        self.assertIn(b'{"x":', encode(Attrs(), []))
        text = encode([Struct(), List()], [])
        self.assertEqual(text, b'[{"type":"t","firstName":"n"},["n",1]]')

    def test_nothing_is_imported_for_the_check(self):
        from _python_worker_pool.convert import convert
        from _python_worker_pool.errors import NoJsonForm

        names = ("numpy", "pydantic", "decimal", "uuid")
        before = [name in sys.modules for name in names]
        with self.assertRaises(NoJsonForm):
            convert(os)
        self.assertEqual([name in sys.modules for name in names], before)
