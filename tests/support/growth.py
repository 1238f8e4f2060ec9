"""How work grows with its size: the exponent decides, measured by the processor time of this thread, so a busy machine decides nothing."""

import time
from math import log
from statistics import linear_regression

#: Less processor time than this at the largest size is too little to measure, and too little to matter.
LEAST_S = 0.01
_ROUNDS = 4


def exponent(work, sizes):
    """The slope of time over size in logarithms: 1 is linear, 2 is quadratic; 0 where there is too little to measure.

    :param work: called with the argument of each size
    :param sizes: three sizes with their arguments
    """
    assert len(sizes) == 3
    best = dict.fromkeys(sizes, float("inf"))
    for round_ in range(_ROUNDS):  # what disturbs a measurement adds to it: the least is the truest
        for size, argument in sorted(sizes.items(), reverse=True):
            began = time.thread_time()
            work(argument)
            best[size] = min(best[size], time.thread_time() - began)
            if best[max(sizes)] < LEAST_S:
                return 0.0
        slope = linear_regression([log(size) for size in sizes], [log(max(best[s], 1e-7)) for s in sizes]).slope
        if round_ and slope < 1.3:  # one round alone may have met a slow moment at a small size
            break
    return slope
