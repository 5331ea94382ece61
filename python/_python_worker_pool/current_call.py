"""The context variable that names the async call, or the call in a thread, whose code runs.

It is the id of the call, and 0 elsewhere. Tasks and callbacks inherit it from what made them. A
plain call of the main thread is the only one there: `Cancels.plain` names it.
"""

from _contextvars import ContextVar

current_call: "ContextVar[int]" = ContextVar("python_worker_pool_call", default=0)
