"""Values without a JSON form that we have a rule for, one step at a time.

Nothing is imported for the check: a value of `decimal` exists only where `decimal` was imported.
"""

import sys
from _collections_abc import Mapping

from .binary import Binary, is_binary
from .buffers import add
from .errors import NoJsonForm, qualified_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from .buffers import Buffer


def convert(value: object) -> object:
    """Returns what to encode in place of `value`, or its Binary, or raises NoJsonForm."""
    for applies, replace in _RULES:
        if applies(value):
            try:
                replaced = replace(value)
            except Exception as error:
                raise NoJsonForm(
                    f"{qualified_name(type(value))} cannot be converted to JSON: "
                    f"{qualified_name(type(error))}: {error}"
                ) from error
            if type(replaced) is not type(value):
                return replaced
    raise NoJsonForm(_why_not(value))


def convert_or_add(value: object, buffers: "list[Buffer]") -> object:
    """As `convert`, but adds a Binary to `buffers` and returns its placeholder."""
    converted = convert(value)
    return add(converted, buffers) if type(converted) is Binary else converted


def _is(module: str, *names: str) -> "Callable[[object], bool]":
    """A check for instances of those classes of a module, if that module was ever imported."""

    def applies(value: object) -> bool:
        loaded = sys.modules.get(module)
        if loaded is None:
            return False
        classes = (getattr(loaded, name, None) for name in names)
        return isinstance(value, tuple(cls for cls in classes if isinstance(cls, type)))

    return applies


def _is_dataclass(value: object) -> bool:
    return hasattr(type(value), "__dataclass_fields__")


def _dataclass_fields(value: object) -> "dict[str, Any]":
    fields = sys.modules["dataclasses"].fields(value)
    return {field.name: getattr(value, field.name) for field in fields}


_is_pydantic = _is("pydantic", "BaseModel")


def _is_pydantic_v2(value: object) -> bool:
    return _is_pydantic(value) and hasattr(value, "model_dump")


_RULES: "tuple[tuple[Callable[[Any], bool], Callable[[Any], object]], ...]" = (
    (_is("enum", "Enum"), lambda value: value.value),
    (_is("datetime", "date", "time"), lambda value: value.isoformat()),  # datetime is a date
    (_is("decimal", "Decimal"), str),
    (_is("uuid", "UUID"), str),
    (_is("pathlib", "PurePath"), str),
    (lambda value: isinstance(value, (set, frozenset)), list),
    (_is_pydantic_v2, lambda value: value.model_dump(mode="json")),
    (_is_pydantic, lambda value: value.dict()),
    (_is("pydantic.v1", "BaseModel"), lambda value: value.dict()),
    (_is_dataclass, _dataclass_fields),
    (_is("numpy", "generic"), lambda value: value.item()),
    (_is("numpy.ma", "MaskedArray"), lambda value: value.tolist()),  # its memory has no mask
    (is_binary, Binary),
    (_is("numpy", "ndarray"), lambda value: value.tolist()),
    (lambda value: isinstance(value, Mapping), dict),
)

_HINTS = (
    (("coroutine",), "await it"),
    (("generator", "map", "filter", "zip", "range", "deque"), "return list(value)"),
    (("dict_keys", "dict_values", "dict_items"), "return list(value)"),
    (("async_generator",), "return [item async for item in value]"),
    (("timedelta",), "return value.total_seconds()"),
    (("complex",), "return [value.real, value.imag]"),
    (("function", "method", "builtin_function_or_method"), "call it and return its result"),
)
_METHODS = ("model_dump", "to_dict", "numpy", "tolist", "_asdict", "dict", "json")


def _why_not(value: object) -> str:
    cls = type(value)
    return f"{qualified_name(cls)} is not JSON serializable; {_hint(value, cls)} instead"


def _hint(value: object, cls: type) -> str:
    for names, hint in _HINTS:
        if cls.__name__ in names:
            return hint
    if isinstance(value, BaseException):
        return "return str(value)"
    if not isinstance(value, type):
        for method in _METHODS:
            if callable(getattr(cls, method, None)):
                return f"return value.{method}()"
    return "return a dict, list, str, int, float, bool or None made from it"
