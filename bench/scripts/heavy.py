"""A script whose import takes a second, as that of a model or a large library does."""

import time

time.sleep(1)


def echo(value):
    return value
