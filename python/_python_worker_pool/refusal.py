"""Why a value can not cross, and where it is: a slow walk, after the fast encoder has failed.

The walk is in the encoder's order and without recursion, so it survives what the encoder did not.
"""

from .binary import Binary
from .convert import convert
from .errors import NoJsonForm, NotSerializable

ROOT = "output"
LONGEST_PATH = 200  # characters


def explain(value, error):
    """Returns the NotSerializable for a value on which the encoder failed with `error`."""
    steps = []  # keys and indexes from the root to the value looked at
    try:
        depth = _walk(value, steps)
    except NoJsonForm as refusal:
        path, why = _path(steps), str(refusal)
    else:
        path = ROOT
        if isinstance(error, RecursionError):
            why = f"nested too deeply for this Python ({depth} levels)"
        elif isinstance(error, NoJsonForm):
            why = str(error)
        else:  # a value that changed meanwhile, or has two faces
            why = f"{type(error).__name__}: {error}"
    return NotSerializable(path=path, message=f"{path}: {why}")


def _walk(value, steps):
    """Raises NoJsonForm at the first value that has none, its place in `steps`.

    Returns how deep the value is nested.
    """
    deepest = 0
    parents = []  # (original container, iterator over its children), from the root down
    open_at = {}  # id of each of these containers -> its depth
    current = value
    while True:
        children = _children(current, open_at, steps)
        if children is not None:
            open_at[id(current)] = len(parents)
            parents.append((current, children))
            steps.append(None)
            deepest = max(deepest, len(parents))
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
            return deepest


def _children(value, open_at, steps):
    """Returns an iterator over (step, child), or None for a value without children."""
    original = value
    for _ in range(100):  # an Enum of a Decimal of ...: bounded, should a value convert in circles
        if value is None or isinstance(value, (str, bool)):
            return None
        if isinstance(value, int):
            return _check_int(value)
        if isinstance(value, float):
            return _check_float(value)
        if isinstance(value, (dict, list, tuple)):
            break
        if id(value) in open_at:
            break
        value = convert(value)
        if type(value) is Binary:
            return None
    if id(original) in open_at:
        raise NoJsonForm(f"circular reference to {_path(steps[: open_at[id(original)]])}")
    if isinstance(value, dict):
        return _items(value)
    return iter(list(enumerate(value)))


def _items(mapping):
    try:
        items = list(mapping.items())
    except Exception as error:
        raise NoJsonForm(f"its items() raised {type(error).__name__}: {error}") from error
    for key, _child in items:
        if isinstance(key, float):
            _check_float(key)
        elif not (key is None or isinstance(key, (str, int))):
            raise NoJsonForm(
                f"the key {_short(key)} is a {type(key).__name__}, which JSON does not have; "
                "use str(key) instead"
            )
    return iter(items)


def _check_int(value):
    try:
        int.__repr__(value)
    except ValueError as error:  # more digits than sys.set_int_max_str_digits allows
        raise NoJsonForm(f"{error}; return str(value) instead") from None


def _check_float(value):
    if not float("-inf") < value < float("inf"):
        raise NoJsonForm(f"{float.__repr__(value)} is not JSON; return None or a string instead")


def _short(value):
    try:
        text = repr(value)
    except Exception:
        text = object.__repr__(value)
    return text if len(text) <= 80 else text[:77] + "..."


def _path(steps):
    text = ROOT + "".join(map(_step, steps[:LONGEST_PATH]))
    if len(steps) <= LONGEST_PATH and len(text) <= LONGEST_PATH:
        return text
    return f"{text[: LONGEST_PATH // 2]}...({len(steps)} levels)...{_step(steps[-1])[:50]}"


def _step(step):
    if isinstance(step, str):
        return f".{step}" if step.isidentifier() else f"[{_short(step)}]"
    return f"[{_short(step)}]"
