"""Looks at a user's script for ``python-worker-pool doctor``: the script of a pool of its own."""

import os
import sys

from _python_worker_pool import script as scripts
from _python_worker_pool.errors import FunctionNotFound
from _python_worker_pool.missing import available
from _python_worker_pool.raised import describe
from _python_worker_pool.stdlib import stdlib

# The user's imports find nothing of ours, as in a worker of their own.
sys.path.remove(os.path.dirname(os.path.abspath(__file__)))
del sys.modules[__name__]

_LONGEST_TEXT = 1 << 20
_LONGEST_SIGNATURE = 1000


def examine(path, function):
    """Imports the script at `path` and tells what there is to know of it.

    `function` is the name that is to be called, or None.
    """
    clock = stdlib("time").perf_counter
    begin = clock()
    try:
        script = scripts.load(path)
    except BaseException as error:  # SystemExit, too: a script may call sys.exit()
        return {"error": _described(error), "install": _install()}
    seconds = clock() - begin
    return {
        "seconds": seconds,
        "functions": [
            _function(name, getattr(script.module, name)) for name in available(script.module)
        ],
        "wrong": function and _wrong(script, function),
    }


def _described(error):
    # By the built-in classes: one of the script's own may have made anything of these attributes.
    BaseException.with_traceback(error, sys.exc_info()[2].tb_next)  # without the frame of examine()
    is_missing = issubclass(type(error), ModuleNotFoundError)
    name = ImportError.name.__get__(error) if is_missing else None
    details = describe(error, _LONGEST_TEXT)
    details["missing"] = name if isinstance(name, str) else None
    return details


def _install():
    """What matters to whoever installs a package for this interpreter."""
    find_spec = stdlib("importlib.util").util.find_spec
    marker = os.path.join(stdlib("sysconfig").get_path("stdlib"), "EXTERNALLY-MANAGED")
    return {
        "pip": find_spec("pip") is not None,
        # PEP 668: pip refuses to install beside the packages of the system.
        "managed": sys.prefix == sys.base_prefix and os.path.exists(marker),
    }


def _function(name, value):
    inspect = stdlib("inspect")
    try:
        signature = str(inspect.signature(value))
        doc = inspect.getdoc(value)
    except Exception:  # builtins have none; the repr() of a default may raise anything
        signature, doc = "(...)", None
    return {
        "name": name,
        "kind": _kind(value),
        "signature": signature[:_LONGEST_SIGNATURE],
        "doc": doc.strip().partition("\n")[0] if doc else None,
    }


def _kind(value):
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


def _wrong(script, function):
    """Returns the code and the message that a call of `function` fails with, or None."""
    try:
        value = script.find(function)
    except FunctionNotFound as error:
        return {"code": "ERR_FUNCTION_NOT_FOUND", "message": str(error)}
    except TypeError as error:
        return {"code": "ERR_PYTHON_EXCEPTION", "message": str(error)}
    except Exception as error:  # the script's own `__getattr__`
        told = describe(error, _LONGEST_TEXT)
        return {"code": "ERR_PYTHON_EXCEPTION", "message": f"{told['type']}: {told['message']}"}
    if _kind(value) == "generator":
        message = f"'{function}' is a generator, whose values can not cross: return a list of them"
        return {"code": "ERR_NOT_SERIALIZABLE", "message": message}
    return None
