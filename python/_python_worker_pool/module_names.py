"""The names a script is imported by, and the folders where it looks for its neighbours."""

import os
import sys
from _frozen_importlib_external import PathFinder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType


def stem_of(path: str) -> str:
    """The name of a file without its last suffix."""
    file = os.path.basename(path)
    return file.rpartition(".")[0] or file


def alias(stem: str) -> str:
    """The name of a script's module if another module already has its own name."""
    return f"_script_{stem}"


def folders_of(path: str) -> "list[str]":
    """Where a script's imports look first: the folder of the file, then that of a link to it.

    Python itself looks only in the former.
    """
    folder = os.path.dirname(path)
    real = os.path.dirname(os.path.realpath(path))
    return [folder] if real == folder else [real, folder]


def is_hidden(path: str) -> bool:
    """Whether its name means another module in its folders, such as a package beside it."""
    stem, folders = stem_of(path), folders_of(path)
    beside = any(os.path.isdir(os.path.join(folder, stem)) for folder in folders)
    if "." in stem or not (beside or len(folders) > 1):
        return False  # nearly always, and without reading a folder
    spec = PathFinder.find_spec(stem, folders)
    # A folder without `__init__` has no origin. The script comes before it.
    return spec is not None and spec.origin is not None and not os.path.samefile(spec.origin, path)


def loaded(path: str) -> "ModuleType | None":
    """The module that was made of the script, if there is one."""
    stem = stem_of(path)
    for name in (stem, alias(stem)):
        module = sys.modules.get(name)
        if getattr(module, "__file__", None) == path:
            return module
    return None
