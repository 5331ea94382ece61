"""The functions that the peers call: they do no work, so that the benchmark measures the call itself."""

import os
import signal
import time


def echo(value):
    return value


def sleep(seconds):
    time.sleep(seconds)


def crash():
    os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
