"""Computes the same again and again, in two threads; writes whether the answer was right, the time, and how
long the turn took."""
import sys
import threading
import time


class Machine:
    def __init__(self, seed):
        self.state = seed

    def step(self, i):
        self.state = (self.state * 1103515245 + 12345 + i) % 2147483648
        return self.state


def turn(seed):
    machine = Machine(seed)
    total = 0
    for i in range(3000):
        value = machine.step(i)
        if value % 2:
            total += value
        else:
            total -= i
    return total


def run(seed, output):
    expected = turn(seed)
    while True:
        start = time.perf_counter()
        answer = turn(seed)
        elapsed = time.perf_counter() - start
        print("right" if answer == expected else "wrong", time.time(), elapsed, file=output, flush=True)


def main():
    with open(sys.argv[1], "w") as output:
        threads = [threading.Thread(target=run, args=(seed, output), daemon=True) for seed in (1, 2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


main()
