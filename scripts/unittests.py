"""Runs the unit tests of the worker's side, and says in the last line how many passed and failed.

What `unittest` itself prints does not do: Python 3.12.1 leaves skipped tests out of its total, and
the other versions do not.
"""

import sys
import unittest


class CountingResult(unittest.TextTestResult):
    """Counts the tests that passed, which the base class does not."""

    passed = 0

    def addSuccess(self, test):
        super().addSuccess(test)
        self.passed += 1

    def addExpectedFailure(self, test, err):
        super().addExpectedFailure(test, err)
        self.passed += 1


suite = unittest.defaultTestLoader.discover("python/tests", top_level_dir="python")
result = unittest.TextTestRunner(stream=sys.stdout, resultclass=CountingResult).run(suite)
failed = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
print(f"{result.passed} passed, {failed} failed")
sys.exit(failed > 0)
