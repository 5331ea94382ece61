"""Reports the files of the user's project when they are loaded, and loads them as they are now.

Python's own loader of source files is extended. Every import goes through it, including that of the
script, those in functions, and modules from `spec_from_file_location`. Calls cost nothing extra.

Python considers a `.pyc` current if it names the source's size and the time of its last change in
whole seconds, so an edit within the same second may go unnoticed. Files of the project are
therefore loaded from source unless their `.pyc` is newer by a whole second.
"""

import os
from _frozen_importlib_external import SourceFileLoader, source_from_cache

from .codec import encode_details
from .project_files import is_of_python, project_folder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Mapping

_SUFFIX = ".pyc"
_SECOND = 10**9  # nanoseconds

# Folders in a project that are not part of it.
_FOREIGN = frozenset((".venv", "dist-packages", "node_modules", "site-packages"))
_OURS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def install(script: "str | None", send: "Callable[[bytes], Any]") -> None:
    """`send` gets the payload of LOADS for each file. `script` is None for a module."""
    loads = _ProjectLoads(script, send)
    path_stats, get_data = SourceFileLoader.path_stats, SourceFileLoader.get_data

    def reported(self: SourceFileLoader, path: str) -> "Mapping[str, Any]":
        loads.report(path)  # first, so that a change that comes while the file is read is noticed
        return path_stats(self, path)

    def unless_stale(self: SourceFileLoader, path: str) -> bytes:
        if path.endswith(_SUFFIX) and loads.may_be_stale(path):
            raise OSError(f"{path} may be older than its source")  # Python then writes another
        return get_data(self, path)

    SourceFileLoader.path_stats = reported  # type: ignore[method-assign]
    SourceFileLoader.get_data = unless_stale  # type: ignore[assignment,method-assign]


class _ProjectLoads:
    def __init__(self, script: "str | None", send: "Callable[[bytes], Any]") -> None:
        self._script = None if script is None else os.path.abspath(script)
        self._send = send
        self._roots = _roots_of(self._script)
        self._folders: dict[str, bool] = {}  # whether each is of the project
        self._reported: dict[str, str] = {}  # the last stamp of each file

    def report(self, path: str) -> None:
        path = os.path.abspath(path)
        if not self._is_of_project(path):
            return
        try:
            path.encode("utf-8")
            stat = os.stat(path)
        except (OSError, UnicodeEncodeError):  # gone, or with a name that JavaScript cannot have
            return
        stamp = f"{stat.st_mtime_ns}:{stat.st_size}"
        if self._reported.get(path) != stamp:
            self._reported[path] = stamp
            self._send(encode_details({"path": path, "stamp": stamp}))

    def may_be_stale(self, compiled: str) -> bool:
        """Raises OSError if one of the two files does not exist."""
        try:
            source = os.path.abspath(source_from_cache(compiled))
        except ValueError:  # without a source
            return False
        if not self._is_of_project(source):
            return False
        stat = os.stat(source)
        changed = max(stat.st_mtime_ns, stat.st_ctime_ns)  # `cp -p` leaves the former as it was
        return os.stat(compiled).st_mtime_ns < changed + _SECOND

    def _is_of_project(self, path: str) -> bool:
        folder = os.path.dirname(path)
        known = self._folders.get(folder)
        if known is None:
            known = self._folders[folder] = self._is_project_folder(folder)
        return known or path == self._script

    def _is_project_folder(self, folder: str) -> bool:
        places = (folder, os.path.realpath(folder))
        if any(_is_foreign(place) for place in places):
            return False
        return any(_is_below(place, root) for place in places for root in self._roots)


def _roots_of(script: "str | None") -> "list[str]":
    if script is None:
        return [project_folder(os.getcwd())]
    folder = os.path.dirname(script)
    real = os.path.dirname(os.path.realpath(script))
    return [project_folder(place) for place in dict.fromkeys((folder, real))]


def _is_foreign(folder: str) -> bool:
    if not _FOREIGN.isdisjoint(folder.split(os.sep)) or _is_below(folder, _OURS):
        return True
    return is_of_python(os.path.join(folder, "module.py"))


def _is_below(folder: str, root: str) -> bool:
    folder, root = os.path.normcase(folder), os.path.normcase(root)
    return folder == root or folder.startswith(os.path.join(root, ""))
