"""Finds a script again by name, where Python itself would not.

`pickle` and `multiprocessing` import modules by name. They find a plain `provider.py` in sys.path,
but not `my-provider.v2.py`, nor `json.py`, whose name still means the standard library's.
"""

import sys
from _frozen_importlib import ModuleSpec
from _frozen_importlib_external import SourceFileLoader, spec_from_file_location

from .main_module import answer_as_main
from .module_names import alias, is_hidden, loaded, stem_of
from .stdlib import is_stdlib, prefer_stdlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any, Callable


def install(path: str) -> None:
    _install(lambda: path)


def install_in_child(namespace: "dict[str, Any]") -> None:
    """In a child of `multiprocessing`, which inherits its parent's sys.argv.

    It is read at each import only: while we are installed, sys.argv[0] is start.py. `namespace` is
    that of `__main__`.
    """
    _install(lambda: sys.argv[0])
    answer_as_main(namespace, _script_in_child)


def _install(script: "Callable[[], str]") -> None:
    # Not where a package beside `json.py` is called `json`.
    prefer_stdlib(lambda name: name == stem_of(script()) and not is_hidden(script()))
    sys.meta_path.append(_ScriptFinder(script))


def _script_in_child() -> "ModuleType | None":
    path = sys.argv[0]
    stem = stem_of(path)
    if loaded(path) is None and path != "-m":
        __import__(alias(stem) if is_stdlib(stem) or is_hidden(path) else stem)
    return loaded(path)


class _ScriptFinder:
    """Appended to sys.meta_path, so it is asked last."""

    def __init__(self, script: "Callable[[], str]") -> None:
        self._script = script

    def find_spec(
        self, name: str, path: object = None, target: object = None
    ) -> "ModuleSpec | None":
        script = self._script()
        stem = stem_of(script)
        if name in (stem, alias(stem)):
            loader = SourceFileLoader(name, script)
            return spec_from_file_location(name, script, loader=loader)
        if f"{stem}.".startswith(f"{name}.") or f"{alias(stem)}.".startswith(f"{name}."):
            return ModuleSpec(name, None, is_package=True)  # an empty parent: `my-provider`
        return None
