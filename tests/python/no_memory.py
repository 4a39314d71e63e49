#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Calls functions for the first time while there is no memory, which fails at each allocation by turns. Wants CPython's
own module for tests."""
import _testcapi

SOURCE = """
def first(n):
    total = 0
    for i in range(n):
        total += i
    return total
"""


def function():
    space = {}
    exec(compile(SOURCE, "<no memory>", "exec"), space)
    return space["first"]


def call(first, start, stop):
    """What the program sees of a call during which the allocations from number START to STOP fail."""
    _testcapi.set_nomemory(start, stop)
    try:
        first(3)
    except MemoryError:
        pass
    finally:
        _testcapi.remove_mem_hooks()
    return first(3)


for n_failing in 1, 2, 50:
    for start in range(40):
        assert call(function(), start, start + n_failing) == 3
print("goes on")
