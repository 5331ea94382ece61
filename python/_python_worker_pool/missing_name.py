"""What to do about a name that a module of the standard library lacks in this Python."""

import sys

from .errors import Advice
from .names_of_python import ADDED_NAMES, PYTHON_2_NAMES, REMOVED_NAMES
from .project_files import is_in_project

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Tuple

_VERSION = "{}.{}".format(*sys.version_info)


def explain(error: BaseException, importer: "str | None") -> "Advice | None":
    """Advice for an ImportError or AttributeError that the file `importer` has raised."""
    found = _missing(error)
    if found is None:
        return None
    module, name = found
    file = getattr(sys.modules.get(module), "__file__", None)
    if file is not None and is_in_project(file):
        return None
    return for_name(f"{module}.{name}", importer)


def for_name(name: str, importer: "str | None") -> "Advice | None":
    """The same for a name with that of its module, such as `collections.Mapping`."""
    if name in PYTHON_2_NAMES:
        return Advice(
            f"'{name}' exists in Python 2 only. In Python 3 it is {PYTHON_2_NAMES[name]}."
        )
    last, other = REMOVED_NAMES.get(name, (None, None))
    if last is not None and _is_older(last, _VERSION):
        what_to_do = in_package(importer, last) or f"Use {other} instead."
        return Advice(f"{removed(name, last)} {what_to_do}")
    first = ADDED_NAMES.get(name)
    if first is None or not _is_older(_VERSION, first):
        return None
    text = f"'{name}' was added in Python {first}; this is Python {_VERSION}."
    if name.startswith("typing.") and in_package(importer, first) is None:
        return Advice(
            f"{text} Use a newer one, or import it from typing_extensions. To install that:",
            "typing_extensions",
        )
    return Advice(f"{text} {in_package(importer, first) or 'Use a newer one.'}")


def removed(name: str, last: str) -> str:
    return f"'{name}' was removed from the standard library: Python {last} was the last to have it."


def in_package(importer: "str | None", version: str) -> "str | None":
    """What to do if it is an installed package that needs the Python of that version."""
    if importer is None or is_in_project(importer):
        return None
    return (
        f"{importer} is in an installed package, and needs it: install a version of that package "
        f"for Python {_VERSION}, or use Python {version}."
    )


def _missing(error: BaseException) -> "Tuple[str, str] | None":
    """The (module, name) of Python's own text for an import or an attribute."""
    parts = str(error).split("'")
    if isinstance(error, ImportError) and parts[0] == "cannot import name " and len(parts) > 3:
        return parts[3] if parts[2] == " from " else str(error.name), parts[1]
    if parts[0] == "module " and len(parts) > 3 and parts[2] == " has no attribute ":
        return parts[1], parts[3]
    return None


def _is_older(version: str, other: str) -> bool:
    return [int(part) for part in version.split(".")] < [int(part) for part in other.split(".")]
