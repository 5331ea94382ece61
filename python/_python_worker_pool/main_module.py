"""Lets `__main__` answer for the script, which runs under a name of its own.

A pickle that the script made when it ran as a program looks for its classes in `__main__`.
"""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any, Callable


def answer_as_main(namespace: "dict[str, Any]", script: "Callable[[], ModuleType | None]") -> None:
    """Makes the namespace of `__main__` answer with the script's names, and no longer with our own.

    `script` is asked for each name.
    """
    for name in [name for name in namespace if not name.startswith("__")]:
        del namespace[name]
    namespace["__getattr__"] = _answer_from(script)


def _answer_from(script: "Callable[[], ModuleType | None]") -> "Callable[[str], Any]":
    def get(name: str) -> "Any":
        if not name.startswith("__"):  # `__path__` and the like say what `__main__` itself is
            module = script()
            if module is not sys.modules.get("__main__"):
                try:
                    return getattr(module, name)
                except AttributeError:
                    pass
        raise AttributeError(f"module '__main__' has no attribute '{name}'")

    return get
