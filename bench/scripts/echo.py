"""What the peers call: work that costs nothing, so that the way to it is what is measured."""

import os
import signal
import time


def echo(value):
    return value


def sleep(seconds):
    time.sleep(seconds)


def crash():
    os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
