"""Our own late imports from the standard library, whatever the script's folder holds.

A script may be called `json.py`, or have a `tokenize.py` beside it that was imported long ago. Our
imports must not find them; other threads, which may import at the same time, must not notice.
"""

import os
import sys
from _frozen_importlib_external import PathFinder
from _thread import get_ident

TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from typing import Any, Callable, TypeVar

    Result = TypeVar("Result")

_ZIP = "python{}{}.zip".format(*sys.version_info)
_HOME = os.path.dirname(os.__file__)
_PATHS = [_HOME] + [
    path
    for path in sys.path
    if path != _HOME and os.path.basename(path) in ("lib-dynload", "DLLs", _ZIP)
]
_imported: "dict[str, Any]" = {}


def is_stdlib(name: str) -> bool:
    """Whether the standard library has a top-level module of that name."""
    if sys.version_info >= (3, 10):
        return name in sys.stdlib_module_names
    return name in sys.builtin_module_names or _find(name) is not None


def stdlib(name: str) -> "Any":
    """Imports a top-level module of the standard library, never a user's file of the same name."""
    if name not in _imported:
        _imported[name] = apart(__import__, name)
    return _imported[name]


def prefer_stdlib(applies: "Callable[[str], bool]") -> "_StdlibFirst":
    """From now on the standard library comes first for every top-level name that `applies`."""
    finder = _StdlibFirst(applies)
    sys.meta_path.insert(0, finder)
    return finder


def apart(function: "Callable[..., Result]", *args: "Any") -> "Result":
    """Calls `function`, which imports from the standard library only."""
    set_aside = {name: sys.modules.pop(name) for name in _impostors()}
    thread = get_ident()
    finder = prefer_stdlib(lambda _: get_ident() == thread)
    try:
        return function(*args)
    finally:
        sys.meta_path.remove(finder)
        sys.modules.update(set_aside)


def _find(name: str) -> "ModuleSpec | None":
    return PathFinder.find_spec(name, _PATHS)


class _StdlibFirst:
    def __init__(self, applies: "Callable[[str], bool]") -> None:
        self._applies = applies

    def find_spec(
        self, name: str, path: object = None, target: object = None
    ) -> "ModuleSpec | None":
        return _find(name) if path is None and self._applies(name) else None


def _impostors() -> "list[str]":
    """The loaded modules that are named as the standard library's but are not from it."""
    tops = set()
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if "." in name or not isinstance(file, str) or file.startswith(tuple(_PATHS)):
            continue
        if name != "__main__" and is_stdlib(name):
            tops.add(name)
    return [name for name in list(sys.modules) if name.partition(".")[0] in tops]
