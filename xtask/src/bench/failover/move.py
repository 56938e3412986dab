"""One virtual IP moves, as SimPy processes: a failure, probes, two operations, the guest, the service. Prints events a second.

The same waits as the bare loop of the benchmark: uniform and lognormal draws, a heap of what comes next.
"""

import math
import random
import sys
import time

import simpy

TRIALS = int(sys.argv[1])
SIGMA = math.log(8.0 / 1.2) / 2.3263478740408408
events = 0


def wait(env, seconds):
    global events
    events += 1
    return env.timeout(seconds)


def move(env, draw):
    yield wait(env, 1.0 + draw.uniform(0.0, 1.0))  # probes
    yield wait(env, draw.uniform(0.1, 0.5))  # read
    for _ in range(2):  # removal and addition
        yield wait(env, draw.uniform(0.1, 0.5))
        yield wait(env, 1.2 * math.exp(SIGMA * draw.gauss(0.0, 1.0)))
        yield wait(env, draw.uniform(0.0, 1.0))
    yield wait(env, draw.uniform(0.2, 3.0))  # guest
    yield wait(env, 3.0)  # service


def main():
    draw = random.Random(1)
    start = time.perf_counter()
    for _ in range(TRIALS):
        env = simpy.Environment()
        env.process(move(env, draw))
        env.run()
    took = time.perf_counter() - start
    print(simpy.__version__, events, took)


main()
