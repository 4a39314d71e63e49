# SPDX-License-Identifier: GPL-2.0-or-later
"""Loops until SIGTERM, then prints how many turns its loop has made and its processor time in nanoseconds.

turns.py hot|short|rare [later]: a turn takes some 50 ns or some milliseconds, and a loop takes a millisecond, some 20 us, or
longer. With `later`, it is nearly idle until SIGUSR1.
"""
import signal
import sys
import time


def hot(n):
    total = 0
    for i in range(n):
        x = i * 3
        if x & 1:
            total += x
        else:
            total -= 1
    return total


def short(n):
    total = 0
    for i in range(n):
        total ^= i
        total += 1
    return total


def rare(n):
    total = 0
    for i in range(n):
        total += sum(range(200000))
    return total


stopped, begun = [], []
signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))
signal.signal(signal.SIGUSR1, lambda *_: begun.append(True))
work, n = {"hot": (hot, 20000), "short": (short, 300), "rare": (rare, 5)}[sys.argv[1]]
turns = 0
print("ready", flush=True)
while "later" in sys.argv and not begun:
    work(3)
    time.sleep(0.05)
begun_ns = time.process_time_ns()
while not stopped:
    work(n)
    turns += n
print(turns, time.process_time_ns() - begun_ns)
