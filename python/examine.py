"""Examines a user's script for ``python-worker-pool doctor``; it is the script of a pool itself."""

import os
import sys

from _python_worker_pool import advice, file_kinds
from _python_worker_pool import script as scripts
from _python_worker_pool.errors import FunctionNotFound
from _python_worker_pool.exceptions import describe
from _python_worker_pool.managed import is_managed
from _python_worker_pool.not_found import available
from _python_worker_pool.project_files import is_in_project
from _python_worker_pool.stdlib import is_stdlib, stdlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any, Dict

    Details = Dict[str, Any]

# The user's imports find nothing of ours, as in a worker of their own.
sys.path.remove(os.path.dirname(os.path.abspath(__file__)))
del sys.modules[__name__]

_MAX_TEXT = 1 << 20
_MAX_SIGNATURE = 1000


def examine(name: str, is_module: bool, function: "str | None") -> "Details":
    """Imports a script and describes it.

    `name` is its path, or that of a module. `function` is the function to be called, or None.
    """
    clock = stdlib("time").perf_counter
    begin = clock()
    try:
        script = scripts.load_module(name) if is_module else scripts.load(name)
    except BaseException as error:  # SystemExit, too: a script may call sys.exit()
        return {"error": _described(error, None if is_module else name), "install": _install()}
    seconds = clock() - begin
    functions = _functions(script.module)
    return {
        "seconds": seconds,
        "functions": functions,
        "wrong": _wrong(script, function) if function else _no_script(script.module, functions),
    }


def _functions(module: "ModuleType") -> "list[Details]":
    """The public functions of a module. Those of the standard library are only what it uses."""
    functions = []
    for name in available(module):
        value = getattr(module, name)
        origin = _origin(name, value, module)
        if origin is None or not _is_of_python(origin):
            functions.append({**_function(name, value), "importedFrom": origin})
    return functions


def _is_of_python(name: str) -> bool:
    """Whether a loaded module is the standard library's, and not a file that is called the same."""
    file = getattr(sys.modules[name], "__file__", None)
    is_own = isinstance(file, str) and is_in_project(file)
    return is_stdlib(name.partition(".")[0]) and not is_own


def _origin(name: str, value: object, module: "ModuleType") -> "str | None":
    """The module that `module` imported `value` from, under the same name."""
    try:
        origin: Any = getattr(value, "__module__", None)
        found = vars(sys.modules[origin]).get(name) if origin != module.__name__ else None
    except Exception:  # no such module; or a proxy, which may raise for any attribute
        return None
    return str(origin) if found is not None and found is value else None


def _no_script(module: "ModuleType", functions: "list[Details]") -> "Details | None":
    """Returns a problem with a file that Python could import, although it is no script."""
    file = None if functions else getattr(module, "__file__", None)
    kind = file_kinds.explain(file) if isinstance(file, str) else None
    return {"code": "ERR_FUNCTION_NOT_FOUND", "message": kind} if kind else None


def _described(error: BaseException, path: "str | None") -> "Details":
    # By the built-in classes: one of the script's own may have made anything of these attributes.
    traceback = sys.exc_info()[2]
    assert traceback is not None
    suggested = advice.for_import(error, path, traceback.tb_next)
    BaseException.with_traceback(error, traceback.tb_next)  # without the frame of examine()
    is_missing = issubclass(type(error), ModuleNotFoundError)
    name_of: Any = ImportError.name
    name = name_of.__get__(error) if is_missing else None
    details = describe(error, _MAX_TEXT)
    details["missing"] = name if isinstance(name, str) else None
    details["advice"] = suggested
    return details


def _install() -> "Details":
    """What matters for installing a package for this interpreter."""
    find_spec = stdlib("importlib.util").util.find_spec
    return {"pip": find_spec("pip") is not None, "managed": is_managed()}


def _function(name: str, value: "Any") -> "Details":
    inspect = stdlib("inspect")
    try:
        signature = str(inspect.signature(value))
        doc = _own_doc(value)
    except Exception:  # builtins have none; the repr() of a default may raise anything
        signature, doc = "(...)", None
    return {
        "name": name,
        "kind": _kind(value),
        "signature": signature[:_MAX_SIGNATURE],
        "doc": doc.strip().partition("\n")[0] if doc else None,
    }


def _own_doc(value: object) -> "str | None":
    """Returns the docstring of a value; of a class not that of a base, such as `Enum`."""
    doc = vars(value).get("__doc__") if isinstance(value, type) else value.__doc__
    return stdlib("inspect").cleandoc(doc) if isinstance(doc, str) else None


def _kind(value: object) -> str:
    inspect = stdlib("inspect")
    try:
        if inspect.isclass(value):
            return "class"
        # An object is called as its class says.
        for function in (value, type(value).__call__):
            if inspect.iscoroutinefunction(function):
                return "async function"
            if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
                return "generator"
    except Exception:  # a proxy may raise for any attribute, `__class__` included
        pass
    return "function"


def _wrong(script: scripts.Script, function: str) -> "Details | None":
    """Returns the code and the message that a call of `function` fails with, or None."""
    try:
        script.find(function)
    except FunctionNotFound as error:
        return {"code": "ERR_FUNCTION_NOT_FOUND", "message": str(error)}
    except TypeError as error:
        return {"code": "ERR_PYTHON_EXCEPTION", "message": str(error)}
    except Exception as error:  # the script's own `__getattr__`
        details = describe(error, _MAX_TEXT)
        return {
            "code": "ERR_PYTHON_EXCEPTION",
            "message": f"{details['type']}: {details['message']}",
        }
    return None
