"""Serializers of pydantic classes that run all of the user's functions, and leave the rest to us.

pydantic runs a serializer with `when_used="json"` in JSON mode only, which has no bytes and no
arrays. Ours is made from the same schema, in which such functions always run; and where pydantic
would look at a value itself, for want of a type, it asks us.
"""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    Infer = Callable[[Any], object]

# An attribute of the user's class, so that they live as long as that, and no longer.
_OURS = "__python_worker_pool_rules__"

# Parts of a schema that are values of the user's, not schemas.
_VALUES = {"metadata", "default", "expected", "members", "config", "cls", "function"}
# Schemas for values that pydantic knows no type of.
_UNTYPED = {"any", "is-instance", "function-plain"}
# Serializations that are for JSON mode, unless they say otherwise.
_FOR_JSON = {"to-string", "format"}


def rules_of(cls: type, infer: "Infer") -> "tuple[Any, bool]":
    """Returns (the serializer for a class, whether a field at any depth has one for JSON only).

    The serializer is None where the class's own does the same.
    """
    rules: tuple[Any, bool] | None = vars(cls).get(_OURS)
    if rules is None:
        rules = _make(cls, infer)
        type.__setattr__(cls, _OURS, rules)
    return rules


def _make(cls: type, infer: "Infer") -> "tuple[Any, bool]":
    rewriter = _Rewriter(infer)
    schema = getattr(cls, "__pydantic_core_schema__", None)
    if isinstance(schema, dict):
        schema = rewriter.schema(schema)
    serializer = None
    if rewriter.has_changed:
        try:
            serializer = _serializer(schema, rewriter.classes)
        except Exception:  # a version of pydantic with other schemas
            serializer = None
    return serializer, rewriter.has_json_serializers


def _serializer(schema: object, classes: "list[type]") -> "Any":
    # Else pydantic takes the ready serializers of these classes, not what their schemas say.
    complete = [cls for cls in classes if vars(cls).get("__pydantic_complete__") is True]
    try:
        for cls in complete:
            type.__setattr__(cls, "__pydantic_complete__", False)
        return sys.modules["pydantic_core"].SchemaSerializer(schema)
    finally:
        for cls in complete:
            type.__setattr__(cls, "__pydantic_complete__", True)


class _Rewriter:
    def __init__(self, infer: "Infer") -> None:
        self._inferring = {"type": "function-plain", "function": infer}
        self.has_changed = False
        self.has_json_serializers = False
        self.classes: list[type] = []

    def schema(self, part: "Any", allows_extra: bool = False) -> "Any":
        """A part of a schema, rewritten. With `allows_extra`, a model may have other fields."""
        if isinstance(part, (list, tuple)):
            return type(part)(self.schema(item) for item in part)
        if not isinstance(part, dict):
            return part
        kind = part.get("type")
        if not isinstance(kind, str):  # schemas by the names of fields, or of choices
            return {name: self.schema(item) for name, item in part.items()}
        if kind in ("model", "dataclass"):
            self.classes.append(part["cls"])
            config = part.get("config") or {}
            allows_extra = config.get("extra_fields_behavior") == "allow"
        rewritten = {
            key: item if key in _VALUES else self.schema(item, key == "schema" and allows_extra)
            for key, item in part.items()
            if key != "serialization"
        }
        if kind == "model-fields" and allows_extra and "extras_schema" not in part:
            rewritten["extras_schema"] = self._untyped({"type": "any"})
        if "serialization" in part:
            rewritten["serialization"] = self._serialization(part["serialization"])
        elif kind in _UNTYPED:
            return self._untyped(rewritten)
        return rewritten

    def _untyped(self, schema: "dict[str, Any]") -> "dict[str, Any]":
        self.has_changed = True
        return {**schema, "serialization": self._inferring}

    def _serialization(self, part: "dict[str, Any]") -> "dict[str, Any]":
        kind = part["type"]
        if kind == "any":  # SerializeAsAny
            self.has_changed = True
            return self._inferring
        rewritten = {
            key: item if key in _VALUES else self.schema(item) for key, item in part.items()
        }
        used = part.get("when_used", "json-unless-none" if kind in _FOR_JSON else "always")
        if used.startswith("json"):
            self.has_changed = self.has_json_serializers = True
            rewritten["when_used"] = "always" if used == "json" else "unless-none"
            if kind == "function-wrap":
                rewritten["function"] = _with_json_handler(part)
        if "function" in part and "return_schema" not in part:
            rewritten["return_schema"] = self._untyped({"type": "any"})
        return rewritten


def _with_json_handler(serialization: "dict[str, Any]") -> "Callable[..., object]":
    """The function of a serialization; its handler returns what it does in JSON mode."""
    function = serialization["function"]
    handler = 2 if serialization.get("is_field_serializer") else 1

    def serialize(*args: "Any") -> object:
        own = args[handler]
        return function(
            *args[:handler], lambda *value: _for_json(own(*value)), *args[handler + 1 :]
        )

    return serialize


def _for_json(value: "Any") -> object:
    """The value as in JSON mode; bytes and what has no form there stay as they are."""
    cls = type(value)
    if cls is dict:
        return {key: _for_json(item) for key, item in value.items()}
    if cls in (list, tuple, set, frozenset):
        return [_for_json(item) for item in value]
    if cls is bytes:
        return value
    try:
        return sys.modules["pydantic_core"].to_jsonable_python(value)
    except Exception:
        return value
