"""Objects of libraries that define classes by their fields: pydantic, attrs, msgspec, dataclasses.

The serializers that a user has defined run. What they leave as it is, such as bytes, arrays and
dates, then follows our own rules: JSON mode of pydantic has no bytes and no arrays.
"""

import sys

from .errors import NoJsonForm
from .loaded import instance_of
from .stdlib import stdlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

_is_model = instance_of("pydantic", "BaseModel")
_is_old_model = instance_of("pydantic.v1", "BaseModel")
_is_unset = instance_of("msgspec", "UnsetType")

_SCALARS = {str, int, float, bool, bytes, type(None)}
# Keys that are written as text already, or that have none.
_KEYS = (str, int, float, bool, type(None), bytes, tuple)

# Whether a class has serializers for JSON mode only; once pydantic was imported.
_json_only: "Any" = None


def is_pydantic(value: object) -> bool:
    """Whether pydantic serializes it: a model, or a dataclass of pydantic's."""
    return (
        _is_model(value) or _is_old_model(value) or hasattr(type(value), "__pydantic_serializer__")
    )


def pydantic_value(value: "Any", convert: "Callable[[object], object]") -> object:
    """What pydantic's own serialization makes of a value; `convert` makes its keys plain."""
    cls = type(value)
    mode = {"mode": "json"} if _has_json_serializers(cls) else {}
    if hasattr(value, "model_dump"):
        dumped = value.model_dump(**mode)
    elif hasattr(cls, "__pydantic_serializer__"):
        dumped = cls.__pydantic_serializer__.to_python(value, **mode)
    else:
        dumped = _old_value(value)
    return _with_plain_keys(dumped, convert)


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


def _has_json_serializers(cls: type) -> bool:
    """Whether a field of the class, at any depth, has a serializer for JSON mode only.

    Only JSON mode runs it, and only for the whole of a value.
    """
    global _json_only
    schema = getattr(cls, "__pydantic_core_schema__", None)
    if not isinstance(schema, dict):
        return False
    if _json_only is None:
        _json_only = stdlib("weakref").WeakKeyDictionary()
    if cls not in _json_only:
        _json_only[cls] = _mentions_json_serializer(schema)
    found: bool = _json_only[cls]
    return found


def _mentions_json_serializer(schema: "dict[str, Any]") -> bool:
    rest: list[Any] = [schema]
    while rest:
        part = rest.pop()
        if isinstance(part, dict):
            if "when_used" in part and "function" in part and _is_for_json(part):
                return True
            rest.extend(part[key] for key in part if key != "metadata")
        elif isinstance(part, (list, tuple)):
            rest.extend(part)
    return False


def _is_for_json(serialization: "dict[str, Any]") -> bool:
    if not str(serialization["when_used"]).startswith("json"):
        return False
    module = str(getattr(serialization["function"], "__module__", None))
    # Not those of pydantic's own types, such as Pattern: our rules know these.
    return module.partition(".")[0] not in ("pydantic", "operator")


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


def is_dataclass(value: object) -> bool:
    return hasattr(type(value), "__dataclass_fields__")


def dataclass_fields(value: object) -> "dict[str, Any]":
    fields = sys.modules["dataclasses"].fields(value)
    return {field.name: getattr(value, field.name) for field in fields}


def is_attrs(value: object) -> bool:
    return hasattr(type(value), "__attrs_attrs__")


def attrs_fields(value: "Any") -> "dict[str, Any]":
    return {field.name: getattr(value, field.name) for field in type(value).__attrs_attrs__}


def struct_fields(value: "Any") -> "dict[str, Any] | list[Any]":
    """The fields of a msgspec.Struct, as msgspec writes them: renamed, tagged, or as an array."""
    names = zip(value.__struct_encode_fields__, value.__struct_fields__)
    fields = {written: getattr(value, name) for written, name in names}
    config = value.__struct_config__
    tagged = {} if config.tag is None else {config.tag_field: config.tag}
    fields = {**tagged, **fields}
    if config.array_like:
        return list(fields.values())
    return {name: item for name, item in fields.items() if not _is_unset(item)}
