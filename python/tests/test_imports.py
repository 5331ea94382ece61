"""How the modules of the worker's side depend on each other."""

import ast
import os
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PACKAGES = ("_python_worker_pool", "promptfoo_hooks")


def modules():
    """Name -> path of every module that the package ships."""
    found = {}
    for folder in (".", *PACKAGES):
        for file in os.listdir(os.path.join(ROOT, folder)):
            stem, suffix = os.path.splitext(file)
            if suffix == ".py":
                name = stem if folder == "." else f"{folder}.{stem}"
                found[name.replace(".__init__", "")] = os.path.join(ROOT, folder, file)
    return found


def parse(path):
    with open(path, encoding="utf-8") as file:
        return ast.parse(file.read())


def imported(name, path):
    """The names that a module imports anywhere, in functions and for type checkers too."""
    is_package = path.endswith("__init__.py")
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parent = name if is_package else name.rpartition(".")[0]
                base = f"{parent}.{base}".rstrip(".")
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def dependencies():
    """Module -> the other modules of ours that it imports."""
    ours = modules()
    return {
        name: {other for other in imported(name, path) if other in ours and other != name}
        # `from . import x` names the package, which imports nothing.
        - {name.rpartition(".")[0]}
        for name, path in ours.items()
    }


def cycle(graph):
    """A path that ends where it begins, or None."""
    done = set()

    def visit(name, path):
        if name in path:
            return [*path[path.index(name) :], name]
        if name in done:
            return None
        for other in sorted(graph[name]):
            found = visit(other, [*path, name])
            if found:
                return found
        done.add(name)
        return None

    for name in sorted(graph):
        found = visit(name, [])
        if found:
            return found
    return None


class Imports(unittest.TestCase):
    def test_no_module_imports_itself_by_way_of_others(self):
        self.assertIsNone(cycle(dependencies()))

    def test_a_cycle_would_be_found(self):
        self.assertEqual(cycle({"a": {"b"}, "b": {"c"}, "c": {"b"}}), ["b", "c", "b"])

    def test_the_worker_reaches_nearly_every_module(self):
        graph, reached, left = dependencies(), set(), ["_python_worker_pool.worker"]
        while left:
            name = left.pop()
            if name not in reached:
                reached.add(name)
                left += graph[name]
        own = {name for name in graph if name.startswith("_python_worker_pool.")}
        self.assertEqual(own - reached, set())

    def test_the_worker_knows_no_plugin(self):
        for name, others in dependencies().items():
            if not name.startswith("promptfoo_hooks"):
                plugins = [other for other in others if other.startswith("promptfoo_hooks")]
                self.assertEqual(plugins, [], name)
        for name, path in modules().items():
            if not name.startswith("promptfoo_hooks"):
                with open(path, encoding="utf-8") as file:
                    self.assertNotIn("promptfoo", file.read().lower(), name)

    def test_annotations_import_nothing_at_run_time(self):
        for name, path in modules().items():
            for node in parse(path).body:
                if isinstance(node, (ast.Import, ast.ImportFrom)):
                    names = {getattr(node, "module", None), *(a.name for a in node.names)}
                    self.assertEqual(names & {"__future__", "typing"}, set(), name)
