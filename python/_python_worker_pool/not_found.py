"""The texts for what does not exist: the script's module, or a function in it."""

import os
import sys

from . import file_kinds
from .errors import Advice, FunctionNotFound
from .project_files import folder_above, folder_below
from .stdlib import stdlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Iterable, Sequence

    from .plugin import Plugin

_MAX_LISTED = 20


def module_not_found(name: str, missing: str) -> ModuleNotFoundError:
    """Returns the error for a script `name`; `missing` is what Python did not find of it.

    The error has no `name`, which would suggest to install a package that has it, but nobody knows
    whose package that is. It has its own `advice`.
    """
    package, _, child = missing.rpartition(".")
    folder = None
    if not package:
        folder = _folder_of(name)
        reason = f"Python found no '{missing}' in {_listed(sys.path)}"
        what_to_do = _where_to_put(missing, folder)
    elif hasattr(sys.modules.get(package), "__path__"):
        folders = list(map(str, sys.modules[package].__path__))
        reason = f"the package '{package}' has no '{child}' in {_listed(folders)}"
        what_to_do = _modules_in(package, folders)
    else:
        reason = f"'{package}' is not a package, so it contains no module '{child}'"
        what_to_do = "Name the module only, without the suffix of its file and without a function."
    error = ModuleNotFoundError(f"the module '{name}' does not exist: {reason}")
    vars(error)["advice"] = Advice(what_to_do, folder=folder)
    return error


def _folder_of(module: str) -> "str | None":
    """The folder of the project that contains the module."""
    starts = [os.getcwd()]
    return folder_above(module, starts) or folder_below(module, starts)


def _modules_in(package: str, folders: "list[str]") -> str:
    found = sorted({module.name for module in stdlib("pkgutil").iter_modules(folders)})
    names = ", ".join(f"'{package}.{name}'" for name in found[:_MAX_LISTED])
    return f"Name one of its modules: {names}." if names else f"'{package}' has no modules."


def _where_to_put(module: str, folder: "str | None") -> str:
    """Returns what to do: with some flags, Python ignores the working directory or PYTHONPATH."""
    folder = folder or f"the folder that contains '{module}'"
    ignores_folder = sys.flags.isolated or getattr(sys.flags, "safe_path", False)
    if sys.flags.ignore_environment and ignores_folder:
        return (
            "This Python is isolated and ignores the option cwd and PYTHONPATH. Install "
            f"'{module}' as a package, or remove -I from the option pythonArgs."
        )
    if sys.flags.ignore_environment:
        return f"Set the option cwd to {folder}."
    if ignores_folder:
        return f"Add {folder} to PYTHONPATH."
    return f"Set the option cwd to {folder}, or add that folder to PYTHONPATH."


def _listed(paths: "Iterable[object]") -> str:
    return ", ".join(map(str, paths))


def function_not_found(
    module: "ModuleType", module_name: str, name: str, hints: "Plugin"
) -> FunctionNotFound:
    """Returns the FunctionNotFound for `name`."""
    names = available(module)
    file = None if names else getattr(module, "__file__", None)
    expected = hints.expected_functions(name)
    documentation = f"See {hints.documentation} for details." if hints.documentation else None
    paragraphs = (
        f"Function '{name}' not found in module '{module_name}'",
        f"Available functions in your module: {', '.join(names) or '(none)'}",
        file_kinds.explain(file) if isinstance(file, str) else None,
        expected,
        suggest(name, names, is_expected=expected is not None),
        expected and documentation,
    )
    return FunctionNotFound(message="\n\n".join(filter(None, paragraphs)), available=names)


def suggest(name: str, available: "Sequence[str]", is_expected: bool) -> "str | None":
    """Returns the line that says what was probably meant, or None.

    `is_expected`: the caller cannot call another name, so that the script has to have this one.
    """
    for near in available:
        if _core(near) == _core(name):
            if is_expected:
                return f"Did you mean to rename '{near}' to '{name}'?"
            return f"Did you mean '{near}'?"
    lowered = {near.lower(): near for near in available}
    close = stdlib("difflib").get_close_matches(name.lower(), lowered, n=1, cutoff=0.7)
    return f"Did you mean '{lowered[close[0]]}'?" if close else None


def _core(name: str) -> str:
    """A name without what says only that it is a function: `get_answer` and `call_answer` agree."""
    name = name.lower()
    return name[name.index("_") + 1 :] if name.startswith(("call_", "get_")) else name


def available(module: "ModuleType") -> "list[str]":
    """The public callables the module defines; those it imported if it defines none."""
    public = {}
    for name, value in list(vars(module).items()):
        if isinstance(name, str) and not name.startswith("_") and callable(value):
            public[name] = value
    own = [name for name, value in public.items() if _module_of(value) == module.__name__]
    return sorted(own or public)


def _module_of(value: object) -> object:
    try:
        return getattr(value, "__module__", None)
    except Exception:  # a proxy may raise for any attribute
        return None
