"""What to do about a module that was not found: install a package, or something else."""

import sys

from . import missing_name
from .errors import Advice
from .packages import (
    ADDED,
    NAMESPACES,
    OF_ONE_SYSTEM,
    OTHER_SYSTEMS,
    OWN_NAMES,
    PACKAGES,
    POPULAR,
    PYTHON_2,
    REMOVED,
)
from .project_files import folder_above, folder_below, is_in_project, is_of_python
from .stdlib import is_stdlib, stdlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any, Sequence

_VERSION = "{}.{}".format(*sys.version_info)

# What Linux distributions leave out of their Python, and what they call it.
_LEFT_OUT = {"tkinter": "python3-tk", "_tkinter": "python3-tk", "dbm.gnu": "python3-gdbm"}


def explain(
    name: str, folders: "Sequence[str]", traceback: "TracebackType | None"
) -> "Advice | None":
    """Advice for the module `name`, imported by a script whose modules are in `folders`."""
    top = name.partition(".")[0]
    wanted = _wanted(name, traceback)
    if top != name and top in sys.modules and top not in NAMESPACES:
        return _not_in_package(name) or _lost(name, traceback) or _of_python(name)
    own = folder_above(_first_two(wanted, name), folders) or folder_above(name, folders)
    if own is None and not (top in PACKAGES or top in POPULAR or top in NAMESPACES):
        own = folder_below(name, folders)
    if own is not None:
        return Advice(
            f"'{name}' is in {own}, which Python does not search. Add that folder to PYTHONPATH, "
            "or set the option cwd to it and name the script as a module, "
            "{ module: 'package.script' }.",
            folder=own,
        )
    return _lost(name, traceback) or _of_python(name) or _to_install(name, wanted)


def _lost(name: str, traceback: "TracebackType | None") -> "Advice | None":
    """Advice for a module or a name that an older Python had."""
    importer = last_file(traceback)
    return _gone(name, importer) or missing_name.for_name(name, importer)


def _gone(name: str, importer: "str | None") -> "Advice | None":
    top = name.partition(".")[0]
    if name not in REMOVED and name not in PYTHON_2:
        if is_stdlib(top):
            return None
        name = top
    if name in PYTHON_2:
        return Advice(f"'{name}' is a module of Python 2. In Python 3 it is '{PYTHON_2[name]}'.")
    if name not in REMOVED:
        return None
    last, package, other = REMOVED[name]
    text = missing_name.removed(name, last)
    if other is not None:
        text += f" {missing_name.in_package(importer, last) or f'Use {other} instead.'}"
    if package is not None:
        text += " To install a package with the same module:"
    return Advice(text, package)


def _of_python(name: str) -> "Advice | None":
    """Advice for a module that some Python has in its standard library, but not this one."""
    top, _, child = name.partition(".")
    for added in (name, top):
        first, package = ADDED.get(added, (_VERSION, None))
        if first != _VERSION:
            text = f"'{added}' was added in Python {first}; this is Python {_VERSION}."
            if package is not None:
                text += " Use a newer one, or install a package with the same contents:"
            return Advice(text, package)
    if not is_stdlib(top) and top not in OTHER_SYSTEMS:
        return None
    if child and top in sys.modules:
        return Advice(f"Python's own module '{top}' has no '{child}'.")
    text = f"'{name}' is in the standard library, but not in this build of Python."
    package = _LEFT_OUT.get(name)
    if package is not None and sys.platform == "linux":
        return Advice(f"{text} Install your system's package {package}.")
    return Advice(f"{text} It may exist only on other systems; or use another Python.")


def _not_in_package(name: str) -> "Advice | None":
    """Advice for a module that is missing from a package that is there."""
    parent, _, child = name.rpartition(".")
    while parent not in sys.modules:
        parent, _, child = parent.rpartition(".")
    package = sys.modules[parent]
    file = getattr(package, "__file__", None)
    if is_stdlib(parent.partition(".")[0]):
        return None
    if file is None or is_in_project(file):
        where = file or ", ".join(map(str, getattr(package, "__path__", ())))
        kind = "package" if hasattr(package, "__path__") else "module"
        return Advice(f"Your {kind} '{parent}' ({where}) has no module '{child}'.")
    return Advice(
        f"The package '{parent}' is installed{_version_of(parent)}, but has no module '{child}': "
        "another version of it may have one."
    )


def _version_of(module: str) -> str:
    version = getattr(sys.modules[module.partition(".")[0]], "__version__", None)
    return f" ({version})" if isinstance(version, str) else ""


def _to_install(name: str, wanted: str) -> Advice:
    top = name.partition(".")[0]
    package = _package_of(wanted) or _package_of(name)
    system, label = OF_ONE_SYSTEM.get(package or top, (sys.platform, ""))
    if system != sys.platform:
        return Advice(f"'{top}' is in the package {package or top}, which exists for {label} only.")
    if package is not None:
        return Advice(f"To install the package with the module '{wanted}':", package)
    if top in NAMESPACES:
        return Advice(
            f"'{top}' is a namespace of many packages. Install the one with the module you need."
        )
    if top.startswith("_"):
        return Advice(f"'{top}' is private to some package or project; there is none to install.")
    if top.lower() in OWN_NAMES:
        return Advice(
            f"If '{top}' is a module of your own, add the folder that contains it to PYTHONPATH, "
            "or set the option cwd to that folder and name the script as a module, "
            "{ module: 'package.script' }."
        )
    return Advice("To install the missing module, unless it is one of your own:", top)


def _package_of(module: str) -> "str | None":
    """The package for the longest part of the module's name that is known."""
    parts = module.split(".")
    for length in range(len(parts), 0, -1):
        known = PACKAGES.get(".".join(parts[:length]))
        if known is not None:
            return known
    if parts[0] == "google" and parts[1:2] == ["cloud"] and len(parts) > 2:
        return f"google-cloud-{parts[2].replace('_', '-')}"
    if parts[0] in NAMESPACES and parts[0] != "google" and len(parts) > 1:
        return "-".join(parts[:3] if parts[1] in ("ai", "mgmt", "keyvault") else parts[:2])
    return None


def _wanted(name: str, traceback: "TracebackType | None") -> str:
    """The full name in the `import` statement, of which Python reports the part it did not find."""
    for module in imported_by(traceback):
        if f"{module}.".startswith(f"{name}."):
            return module
    return name


def imported_by(traceback: "TracebackType | None") -> "list[str]":
    """The modules that the last statement in a traceback imports; [] if it is no `import`."""
    last = _last(traceback)
    if last is None:
        return []
    number = last.tb_lineno
    ast = stdlib("ast")
    try:
        tree = ast.parse("".join(stdlib("linecache").getlines(last.tb_frame.f_code.co_filename)))
    except (SyntaxError, ValueError, RecursionError):
        return []
    for node in ast.walk(tree):
        first = getattr(node, "lineno", 0)
        if first <= number <= getattr(node, "end_lineno", first):  # Python 3.7 knows one line only
            if isinstance(node, ast.Import):
                return [alias.name for alias in node.names]
            if isinstance(node, ast.ImportFrom) and not node.level:
                return _from(node)
    return []


def last_file(traceback: "TracebackType | None") -> "str | None":
    """The file that raised an exception, or that called the code of Python that did."""
    file = None
    while traceback is not None:
        another = traceback.tb_frame.f_code.co_filename
        if file is None or not is_of_python(another):
            file = another
        traceback = traceback.tb_next
    return file


def _last(traceback: "TracebackType | None") -> "TracebackType | None":
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    return traceback


def _from(node: "Any") -> "list[str]":
    """`from a.b import c`: `a.b.c` if `a.b` is but a namespace, else `a.b`."""
    module = str(node.module)
    if module.partition(".")[0] in NAMESPACES and module not in PACKAGES:
        return [f"{module}.{alias.name}" for alias in node.names if alias.name.islower()] or [
            module
        ]
    return [module]


def _first_two(wanted: str, name: str) -> str:
    """Enough of the name to tell a folder of the project from any other folder."""
    parts = wanted.split(".")
    return ".".join(parts[: max(2, name.count(".") + 1)])
