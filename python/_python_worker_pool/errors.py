"""Outcomes of a call other than a result, as exceptions that know their frame."""

from . import protocol

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class CallError(Exception):
    """A call that ends with a frame of `kind` and `details` as its JSON."""

    kind: int

    def __init__(self, **details: "Any") -> None:
        super().__init__(details.get("message"))
        self.details = details


class FunctionNotFound(CallError):
    """message, available"""

    kind = protocol.FUNCTION_NOT_FOUND


class NotSerializable(CallError):
    """path, message"""

    kind = protocol.NOT_SERIALIZABLE


class TooLarge(CallError):
    """size"""

    kind = protocol.TOO_LARGE


class Advice:
    """What to do about an exception. A text that ends in a colon is completed by the host.

    `package` is to be installed; `folder` is to be searched.
    """

    def __init__(
        self, text: str, package: "str | None" = None, folder: "str | None" = None
    ) -> None:
        self.details = {"text": text, "package": package, "folder": folder}


class NoJsonForm(TypeError):
    """A single value we have no rule for. The text says why and what to return instead."""


def qualified_name(cls: type) -> str:
    """`ValueError`, `openai.OpenAI`: a class as a user would write it."""
    module = getattr(cls, "__module__", None)
    if not isinstance(module, str) or module in ("builtins", "__main__"):
        return cls.__qualname__
    return f"{module}.{cls.__qualname__}"
