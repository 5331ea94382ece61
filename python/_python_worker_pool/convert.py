"""Values without a JSON form that we have a rule for, one step at a time."""

from _collections_abc import Mapping

from .binary import Binary, is_binary, is_list_of_numbers
from .buffers import add
from .errors import NoJsonForm, qualified_name
from .loaded import instance_of
from .models import (
    attrs_fields,
    dataclass_fields,
    is_attrs,
    is_dataclass,
    struct_fields,
)
from .pydantic_models import is_pydantic, pydantic_value
from .times import NAN, date_text, datetime64_text, timedelta64_text, timedelta_text

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
            except NoJsonForm:
                raise
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


def convert_or_list(value: object, buffers: "list[Buffer]") -> object:
    """As `convert_or_add`, but an array of numbers is a list."""
    converted = convert(value)
    if type(converted) is not Binary:
        return converted
    return add(converted, buffers) if converted.dtype is None else converted.tolist()


_is_void = instance_of("numpy", "void")


def _decimal(value: "Any") -> "str | float":
    if value.is_finite():
        return str(value)
    return NAN if value.is_nan() else float(value)


def _numpy_scalar(value: "Any") -> object:
    if _is_void(value) and value.dtype.names:
        return [value[name] for name in value.dtype.names]
    return value.item()


def _numpy_list(value: "Any") -> object:
    """The items of an array. `tolist` makes integers of times, so these are taken one by one."""
    if value.dtype.names or value.dtype.kind in "mM":
        if value.ndim > 0:
            return list(value)
        if value.dtype.kind in "mM":
            return value[()]
    return value.tolist()


# The frequent ones first. A NaN stands for whatever its library treats as one: the encoder decides.
_RULES: "tuple[tuple[Callable[[Any], bool], Callable[[Any], object]], ...]" = (
    (instance_of("enum", "Enum"), lambda value: value.value),
    (instance_of("datetime", "date", "time"), date_text),  # datetime is a date
    (instance_of("decimal", "Decimal"), _decimal),
    (instance_of("uuid", "UUID"), str),
    (instance_of("pathlib", "PurePath"), str),
    (lambda value: isinstance(value, (set, frozenset)), list),
    (is_pydantic, lambda value: pydantic_value(value, convert)),
    (is_dataclass, dataclass_fields),
    (instance_of("numpy", "datetime64"), datetime64_text),
    (instance_of("numpy", "timedelta64"), timedelta64_text),
    (instance_of("numpy", "generic"), _numpy_scalar),
    (instance_of("numpy.ma", "MaskedArray"), _numpy_list),  # its memory has no mask
    (is_binary, Binary),
    (instance_of("numpy", "ndarray"), _numpy_list),
    (is_list_of_numbers, lambda value: Binary(value).tolist()),
    (lambda value: isinstance(value, Mapping), dict),
    (instance_of("datetime", "timedelta"), timedelta_text),
    (is_attrs, attrs_fields),
    (instance_of("msgspec", "Struct"), struct_fields),
    (instance_of("pandas", "Period"), str),
    (instance_of("pandas._libs.missing", "NAType"), lambda value: NAN),
    (instance_of("ipaddress", "_IPAddressBase"), str),
    (instance_of("re", "Pattern"), lambda value: value.pattern),
    (instance_of("pydantic.types", "SecretStr", "SecretBytes", "Secret"), str),
    (instance_of("pydantic.v1.types", "SecretStr", "SecretBytes"), str),
    (instance_of("pydantic.networks", "_BaseUrl", "_BaseMultiHostUrl", "NameEmail"), str),
    (instance_of("pydantic_core", "Url", "MultiHostUrl"), str),
    (instance_of("pydantic.color", "Color"), str),
)

_HINTS = (
    (("coroutine",), "await it"),
    (("generator", "map", "filter", "zip", "range", "deque"), "return list(value)"),
    (("dict_keys", "dict_values", "dict_items"), "return list(value)"),
    (("SerializationIterator",), "declare the field as List[...], or return list(value)"),
    (("async_generator",), "return [item async for item in value]"),
    (("DataFrame",), 'return value.to_dict("records")'),
    (("Series",), "return value.tolist() or value.to_dict()"),
    (("longdouble", "float96", "float128"), "return float(value)"),
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
    if hasattr(cls, "__next__"):
        return "return list(value)"
    if not isinstance(value, type):
        for method in _METHODS:
            if callable(getattr(cls, method, None)):
                return f"return value.{method}()"
    return "return a dict, list, str, int, float, bool or None made from it"
