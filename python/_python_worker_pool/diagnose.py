"""Why a value cannot be encoded, and where it is: a slow walk, after the fast encoder has failed.

The walk is in the encoder's order and without recursion, so it survives what the encoder did not.
"""

from .binary import Binary
from .convert import convert
from .errors import NoJsonForm, NotSerializable
from .protocol import ARRAYS_AS_LISTS, NAN_AS_NULL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator, List, Tuple

    Steps = List[Any]  # keys and indexes from the root to a value
    Children = Iterator[Tuple[Any, Any]]  # (step, child)

ROOT = "output"
MAX_PATH = 200  # characters


def diagnose(value: object, error: Exception, flags: int = 0, root: str = ROOT) -> NotSerializable:
    """Returns the NotSerializable for a value on which the encoder failed with `error`.

    `flags` are those of the call: in which form it wants the numbers of its result. `root` is what
    the value is called.
    """
    steps: Steps = []
    try:
        depth = _walk(value, steps, flags, root)
    except NoJsonForm as no_form:
        path, reason = _path(steps, root), str(no_form)
    else:
        path = root
        if isinstance(error, RecursionError):
            reason = f"nested too deeply for this Python ({depth} levels)"
        elif isinstance(error, NoJsonForm):
            reason = str(error)
        else:  # the value changed meanwhile, or differs each time it is looked at
            reason = f"{type(error).__name__}: {error}"
    return NotSerializable(path=path, message=f"{path}: {reason}")


def refuse_nan_keys(value: object, flags: int) -> None:
    """Raises NotSerializable if a key is a NaN or infinite, which the encoder has allowed."""
    steps: Steps = []
    try:
        _walk(value, steps, flags)
    except NoJsonForm as no_form:
        path = _path(steps)
        raise NotSerializable(path=path, message=f"{path}: {no_form}") from None


def _walk(value: object, steps: "Steps", flags: int, root: str = ROOT) -> int:
    """Raises NoJsonForm at the first value that has none, its path in `steps`.

    Returns how deep the value is nested.
    """
    depth = 0
    # (original container, iterator over its children), from the root down
    parents: list[tuple[object, Children]] = []
    open_at: dict[int, int] = {}  # id of each of these containers -> its depth
    current = value
    while True:
        children = _children(current, open_at, steps, flags, root)
        if children is not None:
            open_at[id(current)] = len(parents)
            parents.append((current, children))
            steps.append(None)
            depth = max(depth, len(parents))
        while parents:
            container, children = parents[-1]
            following = next(children, None)
            if following is not None:
                steps[-1], current = following
                break
            parents.pop()
            steps.pop()
            del open_at[id(container)]
        else:
            return depth


def _children(
    value: object, open_at: "dict[int, int]", steps: "Steps", flags: int, root: str
) -> "Children | None":
    """Returns an iterator over (step, child), or None for a value without children."""
    original = value
    for _ in range(100):  # bounded, in case values convert to each other
        if value is None or isinstance(value, (str, bool)):
            return None
        if isinstance(value, int):
            _check_int(value)
            return None
        if isinstance(value, float):
            if not flags & NAN_AS_NULL:
                _check_float(value, original, "return None or a string, or set nan: 'null'")
            return None
        if isinstance(value, (dict, list, tuple)):
            break
        if id(value) in open_at:
            break
        value = convert(value)
        if type(value) is Binary:
            if value.dtype is None or not flags & ARRAYS_AS_LISTS:
                return None
            value = value.tolist()
    if id(original) in open_at:
        above = _path(steps[: open_at[id(original)]], root)
        raise NoJsonForm(f"circular reference to {above}")
    if isinstance(value, dict):
        return _items(value)
    items: Any = value
    return iter(list(enumerate(items)))


def _items(mapping: "dict[Any, Any]") -> "Children":
    try:
        items = list(mapping.items())
    except Exception as error:
        raise NoJsonForm(f"its items() raised {type(error).__name__}: {error}") from error
    for key, _child in items:
        if isinstance(key, float):
            _check_float(key, key, "use a str key instead")
        elif not (key is None or isinstance(key, (str, int))):
            raise NoJsonForm(
                f"the key {_short(key)} is a {type(key).__name__}, which JSON does not have; "
                "use str(key) instead"
            )
    return iter(items)


def _check_int(value: int) -> None:
    try:
        int.__repr__(value)
    except ValueError as error:  # more digits than sys.set_int_max_str_digits allows
        raise NoJsonForm(f"{error}; return str(value) instead") from None


def _check_float(value: float, original: object, advice: str) -> None:
    if not float("-inf") < value < float("inf"):
        text = float.__repr__(value) if isinstance(original, float) else _short(original)
        raise NoJsonForm(f"{text} is not JSON; {advice}")


def _short(value: object) -> str:
    try:
        text = repr(value)
    except Exception:
        text = object.__repr__(value)
    return text if len(text) <= 80 else text[:77] + "..."


def _path(steps: "Steps", root: str = ROOT) -> str:
    text = root + "".join(map(_step, steps[:MAX_PATH]))
    if len(steps) <= MAX_PATH and len(text) <= MAX_PATH:
        return text
    return f"{text[: MAX_PATH // 2]}...({len(steps)} levels)...{_step(steps[-1])[:50]}"


def _step(step: object) -> str:
    if isinstance(step, str):
        return f".{step}" if step.isidentifier() else f"[{_short(step)}]"
    return f"[{_short(step)}]"
