"""The user's file or module: loaded once, like any other; functions are looked up for each call."""

import os
import sys
from _frozen_importlib import module_from_spec
from _frozen_importlib_external import SourceFileLoader, spec_from_file_location

from .main_module import answer_as_main
from .module_names import alias, folders_of, is_hidden, stem_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any, Callable

# Flags of a function's code
CO_GENERATOR = 0x20
CO_COROUTINE = 0x80
CO_ASYNC_GENERATOR = 0x200
_ASYNC = CO_COROUTINE | CO_ASYNC_GENERATOR

MAX_WRAPPERS = 10  # decorators and partials around a function

# The name of the plugin whose hints complete our error messages; "" for none. The worker sets it.
plugin_name = ""


class Script:
    def __init__(self, name: str, module: "ModuleType") -> None:
        self.name = name  # as the user knows it: the file's, without suffix, or the dotted name
        self.module = module

    def find(self, name: str) -> "Callable[..., Any]":
        """Returns what a dotted name means now. Raises FunctionNotFound or TypeError."""
        target: Any
        try:
            target = getattr(self.module, name) if "." not in name else self._walk(name)
        except AttributeError:
            from .not_found import function_not_found
            from .plugin import load_plugin

            hints = load_plugin(plugin_name)
            raise function_not_found(self.module, self.name, name, hints) from None
        if not callable(target):
            raise TypeError(
                f"'{name}' in module '{self.name}' is not callable: it is a {type(target).__name__}"
            )
        return target  # type: ignore[no-any-return]  # callable() narrows Any to nothing

    def seems_to_need_loop(self, name: str) -> bool:
        """Whether a dotted name means an `async def` or a generator now, or a wrapper of one."""
        try:
            target = self._walk(name)
            for _ in range(MAX_WRAPPERS):
                code = getattr(target, "__code__", None)
                if code is not None and code.co_flags & (_ASYNC | CO_GENERATOR):
                    return True
                wrapped = getattr(target, "__wrapped__", None) or getattr(target, "func", None)
                if wrapped is None and code is None:
                    wrapped = type(target).__call__
                if wrapped is None:
                    return False
                target = wrapped
        except Exception:  # the call will say what is wrong
            pass
        return False

    def is_async(self, name: str) -> bool:
        """Whether a dotted name means an `async def` now, partial and bound ones included."""
        try:
            return is_async_function(self._walk(name))
        except Exception:  # the call will say what is wrong
            return False

    def _walk(self, name: str) -> "Any":
        target: Any = self.module
        for part in name.split("."):
            target = getattr(target, part)
        return target


def is_async_function(function: "Any") -> bool:
    """Whether a call of it runs no code, but makes a coroutine or an asynchronous generator."""
    code = getattr(function, "__code__", None)  # a method has its function's
    for _ in range(MAX_WRAPPERS):
        if code is not None:
            break
        if type(function).__module__ == "functools":
            function = function.func
        else:
            function = type(function).__call__
        code = getattr(function, "__code__", None)
    return code is not None and bool(code.co_flags & _ASYNC)


def load(path: str) -> Script:
    """Imports a file. Raises whatever its code raises."""
    path = os.path.abspath(path)
    if not os.path.exists(path):
        raise FileNotFoundError(f"the Python script does not exist: {path}")
    if os.path.isdir(path):
        raise IsADirectoryError(f"the Python script is a folder: {path}")
    sys.argv = [path]
    folders = folders_of(path)
    if sys.path[: len(folders)] != folders:
        sys.path[:0] = folders
    stem = stem_of(path)
    name = alias(stem) if _is_taken(stem) or is_hidden(path) else stem
    if name != stem or "." in stem:
        from .finder import install

        install(path)
    loader = SourceFileLoader(name, path)
    spec = spec_from_file_location(name, path, loader=loader)
    assert spec is not None
    module = module_from_spec(spec)
    # Registered before its code runs: dataclasses, pickle and multiprocessing look it up.
    sys.modules[name] = module
    _answer_as_main(lambda: sys.modules.get(name, module))
    loader.exec_module(module)
    return Script(stem, sys.modules.get(name, module))


def load_module(name: str) -> Script:
    """Imports a module, found as `python -m` would find it. Raises whatever its code raises."""
    sys.argv = ["-m"]  # as `python -m` has it during an import; there may be no file
    if not (sys.flags.isolated or getattr(sys.flags, "safe_path", False)):
        sys.path.insert(0, os.getcwd())
    _answer_as_main(lambda: sys.modules.get(name))
    try:
        __import__(name)  # not by `importlib`, which is a file
    except ModuleNotFoundError as error:
        from .exceptions import without_our_callers

        if without_our_callers(error.__traceback__):
            raise  # an import in the module, or in its package
        from .not_found import module_not_found

        raise module_not_found(name, error.name or name) from None
    return Script(name, sys.modules[name])


def _answer_as_main(script: "Callable[[], ModuleType | None]") -> None:
    answer_as_main(vars(sys.modules["__main__"]), script)


def _is_taken(stem: str) -> bool:
    if stem in sys.modules:
        return True
    from .stdlib import is_stdlib

    return is_stdlib(stem)
