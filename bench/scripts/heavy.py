"""A script whose import takes a second, like that of a model or a large library."""

import time

time.sleep(1)


def echo(value):
    return value
