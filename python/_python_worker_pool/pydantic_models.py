"""Models and dataclasses of pydantic, of both of its versions.

The serializers that a user has defined run. What they leave as it is, such as bytes, arrays and
dates, then follows our own rules: JSON mode of pydantic has no bytes and no arrays.
"""

import sys

from .errors import NoJsonForm
from .loaded import instance_of
from .models import dataclass_fields, is_dataclass
from .pydantic_schemas import rules_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

_is_model = instance_of("pydantic", "BaseModel")
_is_old_model = instance_of("pydantic.v1", "BaseModel")

_SCALARS = {str, int, float, bool, bytes, type(None)}
# Keys that are written as text already, or that have none.
_KEYS = (str, int, float, bool, type(None), bytes, tuple)

# Of the models being dumped from within fields of any type: their ids, which finds cycles.
_open: "set[int]" = set()


def is_pydantic(value: object) -> bool:
    """Whether pydantic serializes it: a model, or a dataclass of pydantic's."""
    return _is_model(value) or _is_old_model(value) or _has_serializer(type(value))


def pydantic_value(value: "Any", convert: "Callable[[object], object]") -> object:
    """What pydantic's own serialization makes of a value; `convert` makes its keys plain."""
    cls = type(value)
    if _has_own_dump(cls):
        _, is_for_json = rules_of(cls, _inferred)
        dumped = value.model_dump(**({"mode": "json"} if is_for_json else {}))
    elif _has_serializer(cls):
        dumped = _dumped(value)
    else:
        dumped = _old_value(value)
    return _with_plain_keys(dumped, convert)


def _has_serializer(cls: type) -> bool:
    return hasattr(cls, "__pydantic_serializer__")


def _has_own_dump(cls: type) -> bool:
    """Whether the class overrides `model_dump`, and so decides itself how it is dumped."""
    own = getattr(cls, "model_dump", None)
    base = getattr(sys.modules.get("pydantic"), "BaseModel", None)
    return own is not None and own is not getattr(base, "model_dump", None)


def _dumped(value: "Any") -> object:
    cls: Any = type(value)
    serializer, is_for_json = rules_of(cls, _inferred)
    try:
        if serializer is not None:
            return serializer.to_python(value)
        mode = {"mode": "json"} if is_for_json else {}
        return cls.__pydantic_serializer__.to_python(value, **mode)
    except Exception as error:
        if isinstance(error.__cause__, NoJsonForm):
            raise error.__cause__ from None
        raise


def _inferred(value: "Any") -> object:
    """A value that pydantic knows no type of, with the models in it dumped as all others."""
    cls = type(value)
    if cls in _SCALARS:
        return value
    if _has_serializer(cls):
        return _dumped_once(value)
    if is_dataclass(value):
        return _inferred(dataclass_fields(value))
    if isinstance(value, dict):
        return {key: _inferred(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)) and not _SCALARS.issuperset(
        map(type, value)
    ):
        return [_inferred(item) for item in value]
    return value


def _dumped_once(value: object) -> object:
    if id(value) in _open:
        raise NoJsonForm("circular reference")
    _open.add(id(value))
    try:
        return _dumped(value)
    finally:
        _open.discard(id(value))


def _old_value(model: "Any") -> object:
    """The value of a model of pydantic 1, as its `json()` takes it."""
    value = model.dict()
    if getattr(model, "__custom_root_type__", False):
        value = value["__root__"]
    encoders = getattr(getattr(model, "__config__", None), "json_encoders", None)
    return _encoded(value, encoders) if encoders else value


def _encoded(value: object, encoders: "dict[Any, Any]") -> object:
    for cls in type(value).__mro__[:-1]:
        if cls in encoders:
            return encoders[cls](value)
    if isinstance(value, dict):
        return {key: _encoded(item, encoders) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_encoded(item, encoders) for item in value]
    return value


def _with_plain_keys(value: object, convert: "Callable[[object], object]") -> object:
    """The value with text for keys such as enums and dates, which pydantic writes as text."""
    cls = type(value)
    if cls is dict:
        items: Any = value
        plain = {
            _plain_key(key, convert): _with_plain_keys(item, convert) for key, item in items.items()
        }
        if len(plain) != len(items):
            raise NoJsonForm("two keys of a dict become the same string in JSON")
        return plain
    if cls in (list, tuple, set, frozenset) or cls.__name__ == "deque":
        sequence: Any = value
        if _SCALARS.issuperset(map(type, sequence)):
            return value if cls is list else list(sequence)
        return [_with_plain_keys(item, convert) for item in sequence]
    return value


def _plain_key(key: object, convert: "Callable[[object], object]") -> object:
    for _ in range(3):  # such as an enum whose value is a date
        if isinstance(key, _KEYS):
            break
        key = convert(key)
    return key  # the encoder refuses those that are still not plain
