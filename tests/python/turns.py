# SPDX-License-Identifier: GPL-2.0-or-later
"""Loops until SIGTERM, then prints how many turns its loop has made and its processor time in nanoseconds.

turns.py hot|rare: a turn takes some 50 ns or some milliseconds.
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


def rare(n):
    total = 0
    for i in range(n):
        total += sum(range(200000))
    return total


stopped = []
signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))
work, n = {"hot": (hot, 20000), "rare": (rare, 5)}[sys.argv[1]]
turns = 0
print("ready", flush=True)
while not stopped:
    work(n)
    turns += n
print(turns, time.process_time_ns())
