"""Which asyncio loop the worker runs.

The one that was current when the import of the script had ended: clients and servers made there are
bound to it. Else the one that is current at the first async call, else a new one.
"""

import sys
from _thread import get_ident

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    from typing import Any

    Loop = asyncio.AbstractEventLoop


class LoopChoice:
    def __init__(self) -> None:
        self._of_import: Loop | None = None

    def import_has_ended(self) -> None:
        """A later `asyncio.run` of a plain function leaves no current loop behind."""
        self._of_import = current_loop()

    def choose(self) -> "Loop":
        """Returns a loop that is not closed, and makes it the current one."""
        from .stdlib import apart, stdlib

        asyncio = stdlib("asyncio")
        of_import, self._of_import = self._of_import, None
        for loop in (of_import, current_loop()):
            if loop is not None and not loop.is_closed():
                break
        else:
            loop = apart(_new_loop, asyncio)
        asyncio.set_event_loop(loop)
        return loop


def _new_loop(asyncio: "Any") -> "Loop":
    """As `asyncio.new_event_loop`, whose record ("Using selector") no code of the script makes."""
    logger, thread = asyncio.log.logger, get_ident()

    def is_of_another(_record: object) -> bool:
        return get_ident() != thread

    logger.addFilter(is_of_another)
    try:
        loop: Loop = asyncio.new_event_loop()
    finally:
        logger.removeFilter(is_of_another)
    return loop


def current_loop() -> "Loop | None":
    """The main thread's current loop; asyncio itself would make one where there is none."""
    events: Any = sys.modules.get("asyncio.events")
    if sys.version_info >= (3, 14):  # where it makes none
        try:
            return events.get_event_loop() if events is not None else None  # type: ignore[no-any-return]
        except RuntimeError:
            return None
    policy = getattr(events, "_event_loop_policy", None)
    return getattr(getattr(policy, "_local", None), "_loop", None)
