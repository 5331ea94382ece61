"""Classes of modules that may never have been imported.

Nothing is imported for a check: a value of `decimal` exists only where `decimal` was imported.
"""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable


def instance_of(module: str, *names: str) -> "Callable[[object], bool]":
    """A check for instances of those classes of a module, if that module was ever imported."""

    def applies(value: object) -> bool:
        loaded = sys.modules.get(module)
        if loaded is None:
            return False
        classes = (getattr(loaded, name, None) for name in names)
        return isinstance(value, tuple(cls for cls in classes if isinstance(cls, type)))

    return applies
