"""Hooks for the conventions of one kind of caller: names of functions, shapes of arguments.

A plugin is a package beside this one, with a class `Hooks` that extends `Plugin`. INIT names it. It
is loaded when it is first needed, so that neither start-up nor a plain call pays for it.
"""

import os
import sys
from _frozen_importlib import module_from_spec
from _frozen_importlib_external import SourceFileLoader, spec_from_file_location

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Dict, List, Tuple, Union

    AttributeValue = Union[str, bool, int, float, List[str]]
    Attributes = Dict[str, AttributeValue]
    Arguments = Tuple[object, ...]


class Plugin:
    """What a worker without a plugin does. A plugin overrides what it knows better."""

    # The environment variable that turns tracing on if the pool's option leaves it open. Its name
    # must contain "OTEL": a plugin is not loaded for an environment without such a name.
    tracing_variable: "str | None" = None

    # The name under which spans are reported.
    tracer = "python-worker-pool"

    # Where the functions that callers expect are documented.
    documentation: "str | None" = None

    def expected_functions(self, _missing: str) -> "str | None":
        """A paragraph on the functions that callers expect, if the missing one is among them."""
        return None

    def trace_context(self, _arguments: "Arguments") -> "dict[str, str]":
        """The W3C trace context of a call: `traceparent` and `tracestate`, as far as there are."""
        return {}

    def request_attributes(self, _function: str, _arguments: "Arguments") -> "Attributes":
        """The attributes of a call's span before it runs."""
        return {}

    def result_attributes(self, _result: object) -> "Attributes":
        """The attributes that a result adds."""
        return {}

    def result_error(self, _result: object) -> "str | None":
        """The text of the error that a result reports, if it does."""
        return None


def load_plugin(name: str) -> Plugin:
    """The hooks of the plugin called `name`; those of no plugin for ""."""
    if not name:
        return Plugin()
    # Not under its own name, which may be that of the user's script.
    full_name = f"{__package__}.{name}"
    if full_name not in sys.modules:
        # By way of our own folder, which is how tracebacks and stacks tell our frames from others.
        folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, name)
        path = os.path.join(folder, "__init__.py")
        loader = SourceFileLoader(full_name, path)
        spec = spec_from_file_location(
            full_name, path, loader=loader, submodule_search_locations=[folder]
        )
        assert spec is not None
        module = module_from_spec(spec)
        sys.modules[full_name] = module
        try:
            loader.exec_module(module)
        except BaseException:  # an interrupt: the next call tries again
            del sys.modules[full_name]
            raise
    hooks: Plugin = sys.modules[full_name].Hooks()
    return hooks
