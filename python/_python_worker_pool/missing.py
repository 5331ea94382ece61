"""The text for a function that is not in the script: what is there, and what was probably meant."""

from .errors import FunctionNotFound
from .stdlib import stdlib

SIGNATURES = {
    "call_api": "call_api(prompt, options, context) - for chat/completions",
    "call_embedding_api": "call_embedding_api(prompt, options) - for embeddings",
    "call_classification_api": "call_classification_api(prompt, options) - for classification",
}


def function_not_found(module, module_name, name):
    """Returns the FunctionNotFound for `name`."""
    names = available(module)
    paragraphs = [
        f"Function '{name}' not found in module '{module_name}'",
        f"Available functions in your module: {', '.join(names) or '(none)'}",
    ]
    if name in SIGNATURES:
        lines = [f"  • {signature}" for signature in SIGNATURES.values()]
        paragraphs.append("\n".join(["Expected function names for promptfoo:", *lines]))
    suggestion = suggest(name, names)
    if suggestion:
        paragraphs.append(suggestion)
    if name in SIGNATURES:
        paragraphs.append("See https://www.promptfoo.dev/docs/providers/python/ for details.")
    return FunctionNotFound(message="\n\n".join(paragraphs), available=names)


def suggest(name, available):
    """Returns the line that says what was probably meant, or None."""
    for near in available:
        if _core(near) == _core(name):
            return f"Did you mean to rename '{near}' to '{name}'?"
    lowered = {near.lower(): near for near in available}
    close = stdlib("difflib").get_close_matches(name.lower(), lowered, n=1, cutoff=0.7)
    return f"Did you mean '{lowered[close[0]]}'?" if close else None


def _core(name):
    name = name.lower()
    return name[name.startswith(("call_", "get_")) and name.index("_") + 1 :]


def available(module):
    """The public callables the module defines; those it imported when it defines none."""
    public = {}
    for name, value in list(vars(module).items()):
        if isinstance(name, str) and not name.startswith("_") and callable(value):
            public[name] = value
    own = [name for name, value in public.items() if _module_of(value) == module.__name__]
    return sorted(own or public)


def _module_of(value):
    try:
        return getattr(value, "__module__", None)
    except Exception:  # a proxy may raise for any attribute
        return None
