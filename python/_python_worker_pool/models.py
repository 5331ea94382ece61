"""Objects of libraries that define classes by their fields: attrs, msgspec, dataclasses."""

import sys

from .loaded import instance_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_is_unset = instance_of("msgspec", "UnsetType")


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
