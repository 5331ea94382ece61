"""What a first call needs is imported before it: asyncio only if it needs a loop."""

from .client import WorkerTest

SCRIPT = """
    import functools
    import sys

    def has_asyncio():
        return "asyncio" in sys.modules

    async def job():
        pass

    def logged(function):
        @functools.wraps(function)
        def wrapper(*args):
            return function(*args)
        return wrapper

    class Caller:
        async def __call__(self):
            pass
        async def method(self):
            pass

    def many():
        yield

    async def many_later():
        yield

    decorated = logged(job)
    bound = functools.partial(job)
    caller = Caller()
"""


class FirstCalls(WorkerTest):
    def has_asyncio(self, function):
        return self.ready(SCRIPT, function=function).result("has_asyncio")

    def test_asyncio_is_there_for_an_async_function_however_it_is_wrapped(self):
        for function in ("job", "decorated", "bound", "caller", "caller.method"):
            with self.subTest(function):
                self.assertIs(self.has_asyncio(function), True)

    def test_it_is_there_for_a_generator(self):
        for function in ("many", "many_later"):
            with self.subTest(function):
                self.assertIs(self.has_asyncio(function), True)

    def test_no_other_worker_pays_for_it(self):
        for function in ("has_asyncio", "missing", "caller.missing", "sys", ""):
            with self.subTest(function):
                self.assertIs(self.has_asyncio(function), False)
