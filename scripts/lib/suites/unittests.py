"""Runs the unit tests of the Python side, and prints how many passed and failed as the last line.

Arguments select tests: those with one of them in the name of the file, class or method.

`unittest` has no such line: Python 3.12.1 leaves skipped tests out of its total, and the other
versions do not.
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


loader = unittest.TestLoader()
if len(sys.argv) > 1:
    loader.testNamePatterns = ["*{}*".format(name) for name in sys.argv[1:]]
suite = loader.discover("python/tests", top_level_dir="python")
result = unittest.TextTestRunner(stream=sys.stdout, resultclass=CountingResult).run(suite)
failed = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
print(f"{result.passed} passed, {failed} failed")
sys.exit(failed > 0)
