"""Examines a user's script for ``python-worker-pool doctor``; it is the script of a pool itself."""

import os
import sys

from _python_worker_pool import advice, file_kinds
from _python_worker_pool import script as scripts
from _python_worker_pool.errors import FunctionNotFound
from _python_worker_pool.exceptions import describe
from _python_worker_pool.managed import is_managed
from _python_worker_pool.not_found import available
from _python_worker_pool.stdlib import stdlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict

    Details = Dict[str, Any]

# The user's imports find nothing of ours, as in a worker of their own.
sys.path.remove(os.path.dirname(os.path.abspath(__file__)))
del sys.modules[__name__]

_MAX_TEXT = 1 << 20
_MAX_SIGNATURE = 1000


def examine(path: str, function: "str | None") -> "Details":
    """Imports the script at `path` and describes it.

    `function` is the name of the function to be called, or None.
    """
    clock = stdlib("time").perf_counter
    begin = clock()
    try:
        script = scripts.load(path)
    except BaseException as error:  # SystemExit, too: a script may call sys.exit()
        return {"error": _described(error, path), "install": _install()}
    seconds = clock() - begin
    names = available(script.module)
    return {
        "seconds": seconds,
        "functions": [_function(name, getattr(script.module, name)) for name in names],
        "wrong": _wrong(script, function) if function else _no_script(path, names),
    }


def _no_script(path: str, names: "list[str]") -> "Details | None":
    """Returns a problem with a file that Python could import, although it is no script."""
    kind = None if names else file_kinds.explain(path)
    return {"code": "ERR_FUNCTION_NOT_FOUND", "message": kind} if kind else None


def _described(error: BaseException, path: str) -> "Details":
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
        doc = inspect.getdoc(value)
    except Exception:  # builtins have none; the repr() of a default may raise anything
        signature, doc = "(...)", None
    return {
        "name": name,
        "kind": _kind(value),
        "signature": signature[:_MAX_SIGNATURE],
        "doc": doc.strip().partition("\n")[0] if doc else None,
    }


def _kind(value: object) -> str:
    inspect = stdlib("inspect")
    try:
        if inspect.isclass(value):
            return "class"
        if inspect.iscoroutinefunction(value):
            return "async function"
        if inspect.isgeneratorfunction(value) or inspect.isasyncgenfunction(value):
            return "generator"
    except Exception:  # a proxy may raise for any attribute, `__class__` included
        pass
    return "function"


def _wrong(script: scripts.Script, function: str) -> "Details | None":
    """Returns the code and the message that a call of `function` fails with, or None."""
    try:
        value = script.find(function)
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
    if _kind(value) == "generator":
        message = (
            f"'{function}' is a generator, which JavaScript cannot receive; return a list instead"
        )
        return {"code": "ERR_NOT_SERIALIZABLE", "message": message}
    return None
