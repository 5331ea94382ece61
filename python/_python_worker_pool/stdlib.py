"""Our own late imports from the standard library, whatever the script's folder holds.

A script may be called `json.py`, or have a `tokenize.py` beside it that was imported long ago. Our
imports must not find them; other threads, which may import at the same time, must not notice.
"""

import os
import sys
from _frozen_importlib_external import PathFinder
from _thread import get_ident

_ZIP = "python{}{}.zip".format(*sys.version_info)
_HOME = os.path.dirname(os.__file__)
_PATHS = [_HOME] + [
    path
    for path in sys.path
    if path != _HOME and os.path.basename(path) in ("lib-dynload", "DLLs", _ZIP)
]
_imported = {}


def is_stdlib(name):
    """Whether the standard library has a top-level module of that name."""
    if hasattr(sys, "stdlib_module_names"):  # from 3.10 on
        return name in sys.stdlib_module_names
    return name in sys.builtin_module_names or _find(name) is not None


def stdlib(name):
    """Imports a top-level module of the standard library, never a user's file of the same name."""
    if name not in _imported:
        _imported[name] = apart(__import__, name)
    return _imported[name]


def prefer_stdlib(applies):
    """From now on the standard library comes first for every top-level name that `applies`."""
    finder = _StdlibFirst(applies)
    sys.meta_path.insert(0, finder)
    return finder


def apart(function, *args):
    """Calls `function`, which imports from the standard library only."""
    set_aside = {name: sys.modules.pop(name) for name in _impostors()}
    thread = get_ident()
    finder = prefer_stdlib(lambda _: get_ident() == thread)
    try:
        return function(*args)
    finally:
        sys.meta_path.remove(finder)
        sys.modules.update(set_aside)


def _find(name):
    return PathFinder.find_spec(name, _PATHS)


class _StdlibFirst:
    def __init__(self, applies):
        self._applies = applies

    def find_spec(self, name, path=None, target=None):
        return _find(name) if path is None and self._applies(name) else None


def _impostors():
    """The loaded modules that have a name of the standard library and are not from it."""
    tops = set()
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if "." in name or not isinstance(file, str) or file.startswith(tuple(_PATHS)):
            continue
        if name != "__main__" and is_stdlib(name):
            tops.add(name)
    return [name for name in list(sys.modules) if name.partition(".")[0] in tops]
