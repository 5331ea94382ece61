"""Lets `__main__` answer for the script, which runs under a name of its own.

A pickle that the script made when it ran as a program looks for its classes in `__main__`.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any, Callable


def answer_from(script: "Callable[[], ModuleType | None]") -> "Callable[[str], Any]":
    """Returns a `__getattr__` for `__main__`; `script` is asked for each name it lacks."""

    def get(name: str) -> "Any":
        if not name.startswith("__"):  # `__path__` and the like say what `__main__` itself is
            module = script()
            try:
                return getattr(module, name)
            except AttributeError:
                pass
        raise AttributeError(f"module '__main__' has no attribute '{name}'")

    return get
