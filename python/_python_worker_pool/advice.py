"""What to do about an exception from the import of a script, or from a call."""

import os
import sys

from . import file_kinds, missing_module, missing_name
from .errors import Advice
from .exceptions import without_our_callers
from .module_names import folders_of, loaded, stem_of
from .project_files import is_in_project
from .stdlib import stdlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType, TracebackType

    Details = dict[str, str | bool | None]


def for_import(
    error: BaseException, path: "str | None", traceback: "TracebackType | None"
) -> "Details | None":
    """Returns the details of an Advice, or None.

    `path` is that of the script, None if it was named as a module.
    """
    try:
        found = _for_import(error, path, without_our_callers(traceback))
    except Exception:  # its attributes may be anything, its folders unreadable ...
        return None
    if found is None:
        return None
    if found.details["package"] is not None:
        from .managed import is_managed

        return {**found.details, "managed": is_managed()}
    return {**found.details}


def for_call(error: BaseException, module: "ModuleType", name: str) -> "Details | None":
    """The same for an exception from a call of the function `name`."""
    try:
        found = _for_method(error, module, name)
    except Exception:
        return None
    return {**found.details} if found is not None else None


def _for_import(
    error: BaseException, path: "str | None", traceback: "TracebackType | None"
) -> "Advice | None":
    if isinstance(error, ImportError):
        return _for_import_error(error, path, traceback)
    if path is not None and isinstance(error, FileNotFoundError) and not os.path.lexists(path):
        return _missing_script(path)
    for file in _files(error, path, traceback):
        text = file_kinds.explain(file, error)
        if text is not None:
            return Advice(text)
    return _for_code(error, path, traceback)


def _for_code(
    error: BaseException, path: "str | None", traceback: "TracebackType | None"
) -> "Advice | None":
    if path is not None and isinstance(error, AttributeError):
        stem = stem_of(path)
        texts = (f"module '{stem}' has no attribute", f"partially initialized module '{stem}'")
        if str(error).startswith(texts) and _is_script(stem, path):
            return _named_as_package(stem, path, traceback)
    if isinstance(error, AttributeError):
        return missing_name.explain(error, missing_module.last_file(traceback))
    if isinstance(error, SystemExit):
        return Advice(
            "The script exits while it is imported. Move that code below "
            "`if __name__ == '__main__':`."
        )
    return None


def _missing_script(path: str) -> Advice:
    folder, name = os.path.split(path)
    if os.path.exists(f"{path}.py"):
        return Advice(f"Did you mean {name}.py?")
    scripts = [file for file in _names_in(folder) if file.endswith(".py")]
    close = stdlib("difflib").get_close_matches(name, scripts, n=1, cutoff=0.8)
    if close:
        return Advice(f"Did you mean {close[0]}?")
    return Advice(
        "A relative path starts from the working directory of Node.js. To name a script beside "
        f"your program, use new URL('./{name}', import.meta.url); if a build moves the program, "
        "it has to copy the script, too."
    )


def _names_in(folder: str) -> "list[str]":
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _for_import_error(
    error: ImportError, path: "str | None", traceback: "TracebackType | None"
) -> "Advice | None":
    name = error.name
    own = vars(error).get("advice")
    if isinstance(own, Advice):
        return own
    if path is not None:
        if str(error).startswith("attempted relative import"):
            return _relative(path)
        if name is not None and _is_script(name, path):
            return _named_as_package(name, path, traceback)
    if isinstance(error, ModuleNotFoundError) and name and _is_pythons_text(error, name):
        folders = [os.getcwd()] if path is None else [*folders_of(path), os.getcwd()]
        return missing_module.explain(name, folders, traceback)
    return missing_name.explain(error, missing_module.last_file(traceback))


def _is_pythons_text(error: ImportError, name: str) -> bool:
    """Whether the text is not one that a package wrote, with advice of its own."""
    return str(error).startswith(f"No module named '{name}'")


def _files(
    error: BaseException, path: "str | None", traceback: "TracebackType | None"
) -> "list[str]":
    """The files that may not be Python, the likeliest first."""
    if isinstance(error, SyntaxError) and error.filename:
        return [error.filename]
    files = []
    for name in missing_module.imported_by(traceback):
        spec = sys.modules["_frozen_importlib_external"].PathFinder.find_spec(name)
        if spec is not None and spec.origin is not None:
            files.append(spec.origin)
    return [*files, path] if path is not None else files


def _is_script(name: str, path: str) -> bool:
    """Whether `name`, or the module it would be in, means the script itself."""
    top = name.partition(".")[0]
    module = sys.modules.get(top)
    return top == stem_of(path) and module is not None and module is loaded(path)


def _named_as_package(name: str, path: str, traceback: "TracebackType | None") -> Advice:
    top = name.partition(".")[0]
    importer = missing_module.last_file(traceback)
    if importer not in (None, path) and is_in_project(importer):
        return Advice(
            f"{importer} imports the script while the script imports it. Move what both need to a "
            "module of its own."
        )
    for folder in folders_of(path):
        package = os.path.join(folder, top)
        if os.path.isdir(package):
            return Advice(
                f"'{top}' means the script itself, because the folder {package} has no "
                "__init__.py. Add an empty one, or rename the script."
            )
    return Advice(
        f"'{top}' means the script itself, {path}: a script hides a package of the same name. "
        "Rename the script."
    )


def _relative(path: str) -> Advice:
    """For a relative import in a file that is run by its path, and so knows no package."""
    folder, stem = os.path.dirname(path), stem_of(path)
    parts = [] if stem == "__init__" else [stem]
    while True:
        folder, name = os.path.split(folder)
        parts.insert(0, name)
        if not name or not os.path.exists(os.path.join(folder, "__init__.py")):
            break
    return Advice(
        f"{path} is a part of a package. To use relative imports, name it as a module: "
        f"{{ module: '{'.'.join(parts)}' }}, with the option cwd set to {folder}."
    )


def _for_method(error: BaseException, module: "ModuleType", name: str) -> "Advice | None":
    """`Client.ask` was called on the class, so there was no instance for `self`."""
    parent, _, method = name.rpartition(".")
    owner: object = module
    for part in filter(None, parent.split(".")):
        owner = getattr(owner, part)
    if not isinstance(owner, type):
        return None
    found = next((vars(base)[method] for base in owner.__mro__ if method in vars(base)), None)
    code = getattr(found, "__code__", None)
    if code is None or not code.co_argcount:
        return None
    is_self = code.co_varnames[0] == "self"
    if not is_self and "required positional argument" not in str(error):
        return None
    owner_name = parent.rpartition(".")[2]
    return Advice(
        f"'{name}' is a method of instances, and was called on the class. Make an instance in the "
        f"script, such as `{owner_name.lower()} = {parent}()`, and call its method "
        f"'{owner_name.lower()}.{method}'; or make it a @classmethod or @staticmethod."
    )
