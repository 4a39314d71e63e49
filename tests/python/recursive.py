# SPDX-License-Identifier: GPL-2.0-or-later
"""For tests: functions that call themselves, in each of the ways in which an inner activation can begin and end. Each
activation sleeps for a millisecond."""
import time


def walk(n):
    time.sleep(0.001)
    n = n and walk(n - 1) + len(sorted(range(20000), reverse=True))
    return n


def tree(n):
    time.sleep(0.001)
    yield n
    for i in range(n):
        yield from tree(i)


def mapped(n):
    time.sleep(0.001)
    return sum(map(mapped, range(n)))


def other(n):
    return through(n - 1)


def through(n):
    time.sleep(0.001)
    return other(n) if n else 0


def raising(n):
    time.sleep(0.001)
    if not n:
        raise ValueError
    raising(n - 1)


def even(n):
    time.sleep(0.001)
    try:
        return odd(n - 1)
    except ValueError:
        return n


def odd(n):
    time.sleep(0.001)
    if n < 0:
        raise ValueError
    return sum(even(n - 1) for _ in range(1))


def last():
    time.sleep(0.001)


if __name__ == "__main__":
    walk(30)
    list(tree(6))
    mapped(5)
    through(30)
    even(30)
    try:
        raising(10)
    except ValueError:
        last()
