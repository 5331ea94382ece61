"""The user's project: its folder, its files, and modules in it that Python does not search."""

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterator, Sequence

_ROOT_MARKS = (".git", "pyproject.toml", "setup.py", "setup.cfg")
_SKIPPED = frozenset(("__pycache__", "build", "dist", "node_modules", "site-packages", "target"))
_MAX_DEPTH = 3
_MAX_FOLDERS = 500


def folder_above(module: str, starts: "Sequence[str]") -> "str | None":
    """The nearest folder from one of `starts` up with the module, if Python does not search it."""
    searched = {os.path.realpath(path or os.curdir) for path in sys.path}
    for start in starts:
        for folder in _above(start):
            if _contains(folder, module) and os.path.realpath(folder) not in searched:
                return folder
    return None


def folder_below(module: str, starts: "Sequence[str]") -> "str | None":
    """The same, anywhere in the projects that `starts` are in."""
    for start in starts:
        root = next((folder for folder in _above(start) if _is_root(folder)), start)
        for folder in _below(root):
            if _contains(folder, module, namespaces=False):
                return folder
    return None


def project_folder(folder: str) -> str:
    """The folder of the project that a folder is in.

    It has `.git`, or else another mark of a project. Without one, it is the working directory if
    that is above, and else the folder itself.
    """
    above = list(_above(folder))
    for marks in (_ROOT_MARKS[:1], _ROOT_MARKS[1:]):
        for place in above:
            if _has_mark(place, marks):
                return place
    working = os.getcwd()
    return working if working in above else folder


def is_in_project(file: str) -> bool:
    """Whether a module's file is the user's own, and neither installed nor Python's."""
    return not _is_installed(file) and not is_of_python(file)


def is_of_python(file: str) -> bool:
    """Whether code is of the standard library, perhaps built into Python."""
    home = os.path.realpath(os.path.dirname(os.__file__)) + os.sep
    is_inside = os.path.realpath(file).startswith(home)
    return file.startswith("<frozen ") or (is_inside and not _is_installed(file))


def _is_installed(file: str) -> bool:
    parts = os.path.realpath(file).split(os.sep)
    return "site-packages" in parts or "dist-packages" in parts


def _contains(folder: str, module: str, namespaces: bool = True) -> bool:
    path = os.path.join(folder, *module.split("."))
    if os.path.isfile(f"{path}.py") or os.path.isfile(os.path.join(path, "__init__.py")):
        return True
    return namespaces and any(file.endswith(".py") for file in _listed(path))


def _above(folder: str) -> "Iterator[str]":
    while True:
        yield folder
        parent = os.path.dirname(folder)
        if parent == folder:
            return
        folder = parent


def _below(root: str) -> "Iterator[str]":
    """The folders of a project, those near the root first; a bounded number of them."""
    level, count = [root], 0
    for _ in range(_MAX_DEPTH + 1):
        following: list[str] = []
        for folder in level:
            yield folder
            count += 1
            if count == _MAX_FOLDERS:
                return
            following += _folders_in(folder)
        level = following


def _folders_in(folder: str) -> "list[str]":
    paths = [
        os.path.join(folder, name)
        for name in _listed(folder)
        if name not in _SKIPPED and not name.startswith(".")
    ]
    return [
        path
        for path in paths
        if os.path.isdir(path)
        and not os.path.islink(path)
        and not os.path.exists(os.path.join(path, "pyvenv.cfg"))
    ]


def _is_root(folder: str) -> bool:
    return _has_mark(folder, _ROOT_MARKS)


def _has_mark(folder: str, marks: "Sequence[str]") -> bool:
    return any(os.path.exists(os.path.join(folder, mark)) for mark in marks)


def _listed(folder: str) -> "list[str]":
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []
