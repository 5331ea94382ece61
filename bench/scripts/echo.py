"""The functions that the peers call: they do no work, so that only the call is measured."""

import os
import signal
import time


def echo(value):
    return value


def sleep(seconds):
    time.sleep(seconds)


def crash():
    os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
