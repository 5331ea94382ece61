"""Numbers to numpy and back, in the form they arrive in: a list, or the memory of a typed array."""

import numpy


def double(values, dtype):
    if isinstance(values, list):
        return (numpy.array(values, dtype) * 2).tolist()
    return numpy.frombuffer(values, dtype) * 2
