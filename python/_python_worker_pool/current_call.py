"""The context variable that names the call whose code runs: its id, 0 outside of calls.

Tasks and callbacks inherit it from the call that made them.
"""

from _contextvars import ContextVar

current_call: "ContextVar[int]" = ContextVar("python_worker_pool_call", default=0)
