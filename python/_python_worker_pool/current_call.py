"""The context variable that names the call whose code runs, by its id; 0 elsewhere.

Tasks and callbacks inherit it from what made them. Only a plain call that runs when no other can
does without: `Cancels.plain` names it, as it does any plain call of the main thread.
"""

from _contextvars import ContextVar

current_call: "ContextVar[int]" = ContextVar("python_worker_pool_call", default=0)
