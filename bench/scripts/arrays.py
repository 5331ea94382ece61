"""Numbers to numpy and back, as they come: a list, or the memory of a typed array."""

import numpy


def double(values, dtype):
    if isinstance(values, list):
        return (numpy.array(values, dtype) * 2).tolist()
    return numpy.frombuffer(values, dtype) * 2
